"""Where the occasions of one rule lie for one lead, and which of them will not come. The planner's own arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from engine.domain.civil import DAY
from engine.domain.words import Touch
from engine.rulebook.conditions import TRUE
from engine.rulebook.model import Rule
from engine.settings.model import Settings
from engine.stages.plan.births import in_period, is_backfill, is_history, seeded
from engine.stages.plan.candidates import Candidate, Scope, Source, candidates, has_window
from engine.stages.plan.ground import Ground
from engine.stages.plan.scheduling import Planned, schedule
from engine.stages.plan.timing import Clockwork
from engine.store.book import book, generations, planning
from engine.store.book.event_rows import Hosts
from engine.store.book.taking_up import in_the_book
from engine.store.conditions.fields import zones_in_use
from engine.store.database import Connection
from engine.store.facts.dirty import is_dirty

YEAR_AHEAD = 400 * DAY
"""How far ahead the next occasion is looked for: a whole year, and what steps may lie before it."""


@dataclass(frozen=True)
class View:
    """One lead, looked at at one instant: the open connection, his row, config.yaml, and the instant."""

    connection: Connection
    settings: Settings
    lead: Mapping[str, Any]
    now: int

    @property
    def ground(self) -> Ground:
        """What births are judged by: rules that are in force look back as far as plan lets them."""
        reps, since = planning.load_reps(self.connection), generations.in_force_since(self.connection)
        clockwork, hosts = Clockwork.of(self.settings), Hosts(self.connection)
        return Ground(self.settings, clockwork, reps, 0, since=since, hosts=hosts)

    def scope(self) -> Scope:
        reps = {rep.timezone for rep in planning.load_reps(self.connection).values()}
        zones = tuple(sorted({*zones_in_use(self.connection), *reps, self.settings.defaults.timezone}))
        return Scope(self.now, None, self.now + YEAR_AHEAD, (str(self.lead["id"]),), zones, every_return=True)


class Prospect(NamedTuple):
    """An occasion of the rule for the lead, and when its steps are due (step id, seconds UTC).

    `why_not`: why nothing more of it will come; "" where it will, if the segment holds.
    """

    candidate: Candidate
    dues: tuple[tuple[str, int], ...]
    why_not: str = ""

    @property
    def last_due(self) -> int:
        return max(due for _, due in self.dues)


def prospects(rule: Rule, view: View, *, matched: bool = False) -> list[Prospect]:
    """Every occasion that the rule's trigger gives this lead, whatever its segment says, by its first step.

    What opened before the rule was in force lies where its backfill puts it, or is left out. `matched`: the segment
    holds, so that an occasion which is in view and not in the book will not come by itself.
    """
    ground = _ground_of(rule, view)
    there = in_the_book(view.connection, rule.id, str(view.lead["id"]))
    seen_to = _seen_to(rule, view) if matched else None
    found = []
    for candidate in every_candidate(rule, view, ground):
        known = there.get(candidate.anchor)
        placed = candidate._replace(spread_to=known.spread_to) if known else _placed(rule, candidate, ground)
        if placed is not None:
            planned = schedule(rule, placed, ground)
            why_not = _ended(known) if known else _unborn(rule, placed, planned, seen_to)
            found.append(Prospect(placed, tuple((one.step.id, one.times.due_at) for one in planned), why_not))
    return sorted(found, key=lambda one: (min(due for _, due in one.dues), one.candidate.anchor))


def _ground_of(rule: Rule, view: View) -> Ground:
    """A rule that is not in force yet would be so from now on, as a reload would have it."""
    ground = view.ground
    if generations.is_in_force(view.connection, rule.id, rule.revision):
        return ground
    return replace(ground, since={**ground.since, (rule.id, rule.revision): view.now})


def every_candidate(rule: Rule, view: View, ground: Ground | None = None) -> Iterable[Candidate]:
    """What the trigger finds for the lead, born or not, whatever the segment says."""
    source = Source(view.connection, view.settings, (ground or view.ground).clockwork.calendars)
    return candidates(replace(rule, segment=TRUE), view.scope(), source)


def _placed(rule: Rule, candidate: Candidate, ground: Ground) -> Candidate | None:
    """An occasion not in the book yet, as it would be born; None: it opened before, and nothing of it is wanted."""
    if rule.backfill.how == "now" or not is_backfill(rule, schedule(rule, candidate, ground), ground):
        return candidate
    return None if rule.backfill.how == "none" else candidate._replace(spread_to=seeded(rule, candidate, ground))


def _ended(known: Any) -> str:
    """Of an occasion in the book; a fact that comes back revives a superseded one."""
    is_over = known.ended_at is not None and known.end_reason != Touch.SUPERSEDED
    return f"its occasion has ended: {known.end_reason}" if is_over else ""


def _unborn(rule: Rule, candidate: Candidate, planned: list[Planned], seen_to: int | None) -> str:
    """Of an occasion that is not in the book: what keeps the planner from it."""
    if not in_period(rule, candidate):
        return "it lies outside the days of from and to"
    if is_history(rule, candidate, planned):
        return "it came in with the lead's history"
    if seen_to is not None and min(one.times.opens_at for one in planned) < seen_to:
        return "it came into view while the segment did not hold"
    return ""


def _seen_to(rule: Rule, view: View) -> int | None:
    """Up to when the planner has looked at everything that this lead has by the rule; None: it will look anew.

    What does not come by the passing of time it has looked at for good.
    """
    as_it_stands = generations.is_planned(view.connection, rule.id, rule.revision)
    if not as_it_stands or is_dirty(view.connection, str(view.lead["id"])):
        return None
    return book.horizon(view.connection) if has_window(rule) else view.now + 2 * YEAR_AHEAD
