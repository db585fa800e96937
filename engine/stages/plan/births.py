"""From candidates to the book: which occasions are born, with the touches that open before the horizon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.domain.civil import local_date
from engine.domain.keys import share
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import ReachesTrigger, SinceTrigger
from engine.stages.plan.candidates import Candidate, Scope, has_window
from engine.stages.plan.ground import Ground
from engine.stages.plan.rows import (
    occasion_row,
    or_history,
    touch_row,
)
from engine.stages.plan.scheduling import (
    Planned,
    put_off,
    schedule,
)


@dataclass
class Book:
    """Rows for the database: what a pass adds."""

    occasions: list[dict[str, Any]] = field(default_factory=list)
    touches: list[dict[str, Any]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.occasions) + len(self.touches)

    def add(self, other: Book) -> None:
        """Take the rows of another one too."""
        self.occasions += other.occasions
        self.touches += other.touches

    def split(self, size: int) -> tuple[Book, Book]:
        """The first rows, at most `size` of them, occasions before touches; and the rest."""
        occasions = min(size, len(self.occasions))
        touches = size - occasions
        first = Book(self.occasions[:occasions], self.touches[:touches])
        return first, Book(self.occasions[occasions:], self.touches[touches:])


def give_birth(rule: Rule, found: Iterable[Candidate], scope: Scope, ground: Ground) -> Book:
    """Those of the candidates that open in the scope, as rows."""
    book = Book()
    for candidate in found:
        planned = schedule(rule, candidate, ground)
        if is_born(rule, candidate, planned, scope, ground):
            if rule.backfill.how == "spread" and is_backfill(rule, planned, ground):
                candidate = candidate._replace(spread_to=seeded(rule, candidate, ground))
                planned = put_off(rule, candidate, planned, ground)
            book.occasions.append(occasion_row(rule, candidate, planned, scope, ground))
            for one in planned:
                if one.times.opens_at < scope.hi:
                    row = touch_row(rule, candidate, one, scope.now, ground)
                    book.touches.append(or_history(row, candidate.lead, scope.now))
    return book


def is_born(rule: Rule, candidate: Candidate, planned: list[Planned], scope: Scope, ground: Ground) -> bool:
    """Whether the occasion opens in this scope, in the rule's own period, and something of it can still go out."""
    opens = min([one.times.opens_at for one in planned])
    if rule.backfill.how == "none" and is_backfill(rule, planned, ground):
        return False
    if is_history(rule, candidate, planned):
        return False
    if scope.lo is not None:
        return scope.lo <= opens < scope.hi and in_period(rule, candidate)
    if has_window(rule) and opens >= scope.hi:
        return False
    return in_period(rule, candidate) and any(_can_go_out(rule, one, scope.now, ground) for one in planned)


def is_history(rule: Rule, candidate: Candidate, planned: Sequence[Planned]) -> bool:
    """Whether all of it was due before the lead's history came in, or a counter reached its value by that import."""
    since = candidate.lead.history_at
    if since is None:
        return False
    if isinstance(rule.on, ReachesTrigger) and candidate.occurs.at <= since:
        return True
    return all(one.times.due_at < since for one in planned)


def is_backfill(rule: Rule, planned: Sequence[Planned], ground: Ground) -> bool:
    """Whether its first step was to be seen to before this revision of the rule was in force.

    By its own hour or draft: that levelling looks ahead makes nothing late.
    """
    since = ground.since.get((rule.id, rule.revision))
    return since is not None and min(min(one.times.nominal_at, one.times.look_at) for one in planned) < since


def seeded(rule: Rule, candidate: Candidate, ground: Ground) -> int:
    """The lead's own instant within the days of `spread`, the same at every look."""
    offset = share(f"{rule.id}|{candidate.lead.id}|backfill", rule.backfill.days * 86_400)
    return ground.since[rule.id, rule.revision] + offset


def in_period(rule: Rule, candidate: Candidate) -> bool:
    """Whether it occurs within the rule's `from` and `to`, days of the lead's own."""
    if rule.first_day is None and rule.last_day is None:
        return True
    occurs = candidate.occurs
    day = occurs.on or local_date(occurs.at, candidate.lead.timezone)
    first, last = rule.first_day or day, rule.last_day or day
    return first <= day <= last


def _can_go_out(rule: Rule, one: Planned, now: int, ground: Ground) -> bool:
    """Whether a step is still worth it, if nobody knew of it before now.

    A `since` rule has no bound here: somebody not called for two years is to be called today.
    """
    times = one.times
    if times.expires_at is not None:
        return times.expires_at > now
    return isinstance(rule.on, SinceTrigger) or times.due_at >= now - ground.settings.caps.catch_up_days * 86_400
