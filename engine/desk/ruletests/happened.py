"""What came up for each lead on a civil day of his: touches sent, written, stopped or moved, as the ticks saw them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from engine.desk.ruletests.model import SENT
from engine.desk.ruletests.play import Play, Sight
from engine.domain.civil import day_start, local
from engine.domain.words import Touch

_GOES_OUT = (Touch.RELEASED, Touch.DELIVERED)


@dataclass(frozen=True)
class Happened:
    """One touch of a day. `clock` is the receiver's wall time at which it came to this state."""

    rule: str
    step: str
    to: str
    lead: str
    state: str
    clock: str
    policy: str
    reason: str
    gathered: int = 0  # how many customers its message tells of; 0: it is not one that would tell of several

    @property
    def why(self) -> str:
        """The policy that decided, or the reason."""
        return self.policy or self.reason


def happened_on(day: date, play: Play) -> list[Happened]:
    """In the order in which they came. The day is the lead's; the receiver's where there is no lead."""
    found: list[tuple[int, Happened]] = []
    messages = Counter(last["carried_by"] for sights in play.sights.values() if (last := sights[-1].row)["gathered"])
    for sights in play.sights.values():
        row = sights[0].row
        zone = play.test.zones.get(row["lead"], row["zone"])
        span = day_start(day, zone), day_start(day + timedelta(days=1), zone)
        together = messages[sights[-1].row["carried_by"]] if sights[-1].row["gathered"] else 0
        found += ((at, replace(one, gathered=together))
                  for at, one in _of_touch(sights, span, day.isoformat(), play.stages.tick))  # fmt: skip
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].rule, pair[1].step, pair[1].to))]


def _of_touch(
    sights: Sequence[Sight], span: tuple[int, int], day_on: str, tick: int
) -> Iterator[tuple[int, Happened]]:
    """What became of it by the end of the day, if it stirred that day, was due that day, or is held."""
    until = [sight for sight in sights if sight.at < span[1]]
    if not until:
        return
    at, row = until[-1]
    today = at >= span[0]
    state = _state(row)
    if state == Touch.PLANNED or (not today and state in (SENT, Touch.SIGNED, Touch.DRAFT)):
        return
    if today or row["day_on"] == day_on or state == Touch.HELD:
        yield at, _told(row, state, at, tick)


def _state(row: Mapping[str, Any]) -> str:
    return SENT if row["state"] in _GOES_OUT else str(row["state"])


def _told(row: Mapping[str, Any], state: str, at: int, tick: int) -> Happened:
    punctual = state == SENT and at - tick < row["due_at"] <= at
    clock = local(row["due_at"] if punctual else at, row["zone"]).strftime("%H:%M")
    return Happened(
        row["rule"], row["step"], row["receiver"], row["lead"], state, clock, row["policy"] or "", row["reason"] or ""
    )
