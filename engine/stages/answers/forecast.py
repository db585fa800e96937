"""What will come for a rep behind the horizon: the planner's own arithmetic on facts as they are, nothing written.

Policies have not been asked, and nobody has been talked to meanwhile: it is what lies ahead as things stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.rulebook.model import Rule
from engine.stages.answers.means import Means
from engine.stages.plan.births import is_born
from engine.stages.plan.candidates import Candidate, Scope, Source, candidates, has_window
from engine.stages.plan.ground import Ground
from engine.stages.plan.passes import Pass
from engine.stages.plan.places import stored_candidate
from engine.stages.plan.scheduling import Planned, schedule
from engine.store.book import book, upcoming
from engine.store.database import Connection, Database
from engine.store.facts.handover import owned_by

PIECE = 500
"""Customers looked at together."""


@dataclass(frozen=True)
class Ahead:
    """A reminder that is not in the book yet, due at `due_at` (seconds UTC) as things stand."""

    due_at: int
    rule: str
    step: str
    summary: str
    lead: str


def forecast(db: Database, connection: Connection, means: Means, rep: str, now: int, until: int) -> list[Ahead]:
    """His reminders about his own customers that are due before `until` and not in the book yet, in their order."""
    generation, horizon = means.books.active(connection), book.horizon(connection)
    if generation is None or horizon is None:
        return []
    this = Pass(db, means.settings, means.books, generation, means.clockwork, now)
    ground = this.ground(connection)
    scope = this.scope(connection, ground, horizon, until)
    rules = [rule for rule in this.rules if rule.of_leads and has_window(rule) and _tells_reps(rule)]
    source = Source(connection, means.settings, means.clockwork.calendars)
    found: list[Ahead] = []
    for leads in _pieces(connection, rep):
        of_these = replace(scope, leads=tuple(leads))
        found += _births(rules, of_these, source, ground, rep)
    found += _later_steps(connection, means, ground, rep, until)
    return sorted(found, key=lambda one: (one.due_at, one.rule, one.step, one.lead))


def _tells_reps(rule: Rule) -> bool:
    return any(step.target != "lead" for step in rule.steps)


def _pieces(connection: Connection, rep: str) -> Iterator[list[str]]:
    after = ""
    while leads := owned_by(connection, rep, after, PIECE):
        yield leads
        after = leads[-1]


def _births(rules: Sequence[Rule], scope: Scope, source: Source, ground: Ground, rep: str) -> Iterator[Ahead]:
    """Of occasions that come into view in the scope."""
    for rule in rules:
        for candidate in candidates(rule, scope, source):
            planned = schedule(rule, candidate, ground)
            if is_born(rule, candidate, planned, scope, ground):
                yield from _his(rule, candidate, planned, rep, scope.hi)


def _later_steps(
    connection: Connection, means: Means, ground: Ground, rep: str, until: int
) -> Iterator[Ahead]:
    """Of occasions in the book."""
    for row in upcoming.steps_for(connection, rep, until):
        rule = means.books.rule(connection, row.rule, row.revision)
        if rule is not None:
            candidate = stored_candidate(row, ground)
            planned = [one for one in schedule(rule, candidate, ground) if one.times.opens_at >= row.next_step_at]
            yield from _his(rule, candidate, planned, rep, until)


def _his(rule: Rule, candidate: Candidate, planned: Sequence[Planned], rep: str, until: int) -> Iterator[Ahead]:
    for one in planned:
        if one.receiver.id == rep and one.times.due_at < until:
            yield Ahead(one.times.due_at, rule.id, one.step.id, rule.summary or rule.id, candidate.lead.id)
