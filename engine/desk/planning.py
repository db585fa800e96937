"""Who would get what, and when: the dry run's book read back as a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from engine.desk.folder import Checked
from engine.desk.overlay import overlay
from engine.domain.civil import local
from engine.domain.words import TOUCH_OPEN, Touch
from engine.settings.model import Settings
from engine.store.database import Connection, Database
from engine.store.lookups import lookups

ASSUMED = (
    "assumed: no contact but the signed greetings themselves, no reply, every draft signed, every send accepted"
)
"""What a plan takes for granted; said wherever one is shown."""

Progress = Callable[[int], None]
"""Called with each instant that has been played through."""


class Span(NamedTuple):
    """What is asked for: what comes up in `start <= t < end`, played from `now` on. Seconds UTC."""

    now: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PlannedTouch:
    """One touch of a plan. Instants are ISO 8601 with the receiver's offset.

    `comes_up_at` is when it asks for attention: due, or later if it was overdue at the outset or was held.
    `carried_by` is the key of the touch in whose message it goes out, `gathered` how many that one tells of.
    """

    rule: str
    step: str
    action: str
    lead: str
    audience: str
    receiver: str
    absent: str | None
    occasion: str
    occurrence_key: str
    nominal_at: str
    due_at: str
    state: str
    reason: str | None
    policy: str | None
    channels: list[str]
    category: str
    carried_by: str | None
    gathered: int | None
    comes_up_at: str

    def as_json(self) -> dict[str, Any]:
        """The contract's keys."""
        return {name: value for name, value in asdict(self).items() if name != "comes_up_at"}


def planned_touches(
    live: Database | None, settings: Settings, checked: Checked, span: Span, *, lead: str = "",
    progress: Progress | None = None,
) -> list[PlannedTouch]:  # fmt: skip
    """Every touch that comes up in the span, in the order in which they do.

    Played on a copy in memory; the live database is only read. What came due before `now` and is still open
    comes up at `now`; what was settled before is shown as it was.
    """
    tick = max(int(settings.service.tick), 1)
    with overlay(live, settings, checked, span.now) as stages:
        for now in stages.run(span.now, span.end + tick):
            if progress is not None:
                progress(now)
        with stages.db.reading() as connection:
            found = list(_read_back(connection, lead, span, tick))
    return [touch for _, touch in sorted(found, key=lambda one: (one[0], one[1].occurrence_key))]


def _read_back(connection: Connection, lead: str, span: Span, tick: int) -> Iterator[tuple[int, PlannedTouch]]:
    """What comes up in the span, and when. Row by row, for a year of a large house has hundreds of thousands."""
    only = lookups.Filter(lead=lead, until=span.end)
    messages = lookups.messages(connection, lookups.carriers(connection))
    for row in lookups.touches(connection, only):
        at = _comes_up(row, span.now, tick)
        if span.start <= at < span.end:
            yield at, _as_planned(row, at, span.now, messages.get(row["carried_by"]))


def _comes_up(row: Mapping[str, Any], now: int, tick: int) -> int:
    due_at: int = row["due_at"]
    released_at: int | None = row["released_at"]
    if released_at is not None and released_at >= due_at + tick:
        return released_at
    return max(due_at, now) if _is_ahead(row, now) else due_at


def _is_ahead(row: Mapping[str, Any], now: int) -> bool:
    """Whether it was still to come at the outset."""
    return row["settled_at"] is None or row["settled_at"] >= now


def _as_planned(row: Mapping[str, Any], at: int, now: int, message: tuple[str, int] | None) -> PlannedTouch:
    carried_by, gathered = message or (None, None)
    return PlannedTouch(
        rule=row["rule"], step=row["step"], action=row["action"], lead=row["lead"], audience=row["audience"],
        receiver=row["receiver"], absent=row["absent"], occasion=row["anchor"], occurrence_key=row["occurrence_key"],
        nominal_at=local(row["nominal_at"], row["zone"]).isoformat(),
        due_at=local(row["due_at"], row["zone"]).isoformat(),
        state=_state(row, now), reason=row["reason"], policy=row["policy"], channels=list(row["via"]),
        category=row["category"], carried_by=carried_by, gathered=gathered,
        comes_up_at=local(at, row["zone"]).isoformat(),
    )  # fmt: skip


def _state(row: Mapping[str, Any], now: int) -> str:
    """The state as a plan names it: what will go out is planned."""
    goes_out = row["state"] in (Touch.DELIVERED, Touch.RELEASED, Touch.SIGNED, Touch.DRAFT)
    still_open = row["state"] in TOUCH_OPEN or _is_ahead(row, now)
    return str(Touch.PLANNED) if goes_out and still_open else str(row["state"])
