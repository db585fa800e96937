"""What has no lead, the touches of schedules: let go at their hour, or ended with a reason. No policy speaks of them.

Everything is read at the hour itself: who is absent, and whether there is anything to tell.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.domain.civil import DAY, local_date
from engine.domain.words import Action, Misfire, Touch
from engine.rulebook.model import Rule, Step
from engine.settings.model import Settings
from engine.stages.books import Books, Generation
from engine.stages.compose.receivers import usual_ways
from engine.stages.digest.collect import asked, collect
from engine.stages.plan.absence import is_absent
from engine.stages.release.before import OVERDUE, Decision, kept_back
from engine.stages.report.mailed import has_something
from engine.store.book import planning, schedule_rows
from engine.store.book.planning import RepRow
from engine.store.database import Connection
from engine.store.outbox import entries, gathered
from engine.store.outbox.transitions import end_touches, return_merged


@dataclass(frozen=True)
class Due:
    """A touch of a schedule whose hour has come. `rule` None: it is no longer in the book, or switched off."""

    row: Any
    rule: Rule | None
    step: Step | None
    receiver: RepRow | None
    quarantined: bool


@dataclass(frozen=True)
class Scheduled:
    """What is decided of one touch, and the entries that it carries. `via` is empty for those that end."""

    row: Any
    decision: Decision
    via: tuple[str, ...] = ()
    carries: tuple[int, ...] = ()

    def as_row(self, now: int) -> dict[str, Any]:
        """Parameters of the compare-and-set that writes it."""
        state = self.decision.state
        released, goes_on = state is Touch.RELEASED, state in (Touch.RELEASED, Touch.HELD)
        return {
            "b_id": self.row.id, "b_was": self.row.state, "b_state": state.value,
            "b_reason": self.decision.reason or None, "b_via": list(self.via),
            "b_released": now if released else None, "b_settled": None if goes_on else now,
            "b_judge": now + DAY if state is Touch.HELD else None,  # not for ever: it may expire meanwhile
        }  # fmt: skip


def let_go(
    connection: Connection, generation: Generation, books: Books, settings: Settings, now: int
) -> list[Scheduled]:
    """What becomes of everything that a schedule has due by `now`."""
    rows = schedule_rows.due(connection, now)
    if not rows:
        return []
    reps = planning.load_reps(connection)
    in_force = {rule.id for rule in generation.book.rules if rule.enabled}
    held_back = generation.book.held_back
    dues = [_due(row, books.rule(connection, row.rule, row.revision), reps, in_force, held_back) for row in rows]
    return list(_decided(connection, dues, settings, now))


def write(connection: Connection, found: Sequence[Scheduled], now: int) -> None:
    """Store it; what changed meanwhile is left alone."""
    for one in found:
        if schedule_rows.settle(connection, one.as_row(now)):
            entries.carry(connection, one.row.id, one.carries)


def expire_entries(connection: Connection, now: int) -> int:
    """End what no digest and no other message took in time; how many."""
    late = [*entries.overdue(connection, now), *gathered.overdue(connection, now)]
    end_touches(connection, Touch.EXPIRED, [(ident, "not_sent_in_time") for ident in late], now)
    return_merged(connection, late, now)
    return len(late)


def _due(
    row: Any, rule: Rule | None, reps: Mapping[str, RepRow], in_force: set[str], held_back: Container[str]
) -> Due:
    rule = rule if row.rule in in_force else None
    step = next((step for step in rule.steps if step.id == row.step), None) if rule else None
    return Due(row, rule, step, reps.get(row.receiver), row.rule in held_back)


def _decided(connection: Connection, dues: Sequence[Due], settings: Settings, now: int) -> Iterator[Scheduled]:
    latest = _latest(dues)
    ended = {one.row.id: ending for one in dues if (ending := _ending(one, now) or _coalesced(one, latest))}
    digests = [
        one for one in dues if one.row.id not in ended and one.row.action == Action.DIGEST and not _is_report(one)
    ]
    told = collect(connection, [asked(one.row, one.step, one.receiver) for one in digests if one.step and one.receiver])
    free = entries.waiting(connection, {one.row.receiver for one in digests}, now) if digests else {}
    for one in dues:
        carries = tuple(ident for ident, receiver in free.items() if receiver == one.row.receiver)
        if one.row.id in ended:
            yield Scheduled(one.row, ended[one.row.id])
        elif (one.row.id in told and not told[one.row.id].count and not carries) or _reports_nothing(
            connection, one, settings
        ):
            yield Scheduled(one.row, Decision(Touch.CANCELLED, "empty"))
        else:
            carries = carries if one.row.id in told else ()
            free = {ident: receiver for ident, receiver in free.items() if ident not in carries}
            via = one.step.via if one.step and one.step.via else usual_ways(one.receiver, settings)
            yield Scheduled(one.row, Decision(Touch.RELEASED, ""), tuple(via), carries)


def _is_report(one: Due) -> bool:
    return one.step is not None and one.step.report is not None


def _reports_nothing(connection: Connection, one: Due, settings: Settings) -> bool:
    if one.step is None or one.step.report is None or one.receiver is None:
        return False
    slot = local_date(one.row.nominal_at, one.receiver.timezone)
    return not has_something(connection, settings, one.step, one.receiver.id, slot)


def _ending(one: Due, now: int) -> Decision | None:
    """The first thing that stands in its way."""
    row = one.row
    if one.step is None and not one.quarantined:
        return Decision(Touch.CANCELLED, "rule_gone")
    if row.expires_at is not None and row.expires_at <= now:
        return Decision(Touch.EXPIRED, "misfire" if row.nominal_at + OVERDUE < now else "expired")
    if one.quarantined:
        return kept_back(row, now)
    if one.receiver is not None and is_absent(one.receiver, local_date(now, one.receiver.timezone)):
        return Decision(Touch.CANCELLED, "absent")
    return None


def _latest(dues: Sequence[Due]) -> set[int]:
    """Of several slots of one step for one receiver that came due together, the last."""
    last = {(one.row.rule, one.row.step, one.row.receiver): one.row.id for one in dues}
    return set(last.values())


def _coalesced(one: Due, latest: set[int]) -> Decision | None:
    """One of a kind is enough: with `once`, whatever its age, the latest takes the place of the others."""
    if one.step is None or one.step.misfire is not Misfire.ONCE or one.row.id in latest:
        return None
    return Decision(Touch.EXPIRED, "coalesced")
