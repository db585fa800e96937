"""Occasions at what is known beforehand: the end of a contract, an appointment, the day of an attribute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from engine.domain.keys import instant_mark
from engine.ground.durations import ZERO
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import DueTrigger
from engine.stages.plan.candidates.scope import Candidate, Scope, Source
from engine.stages.plan.reach import occurrence_days, timestamps
from engine.stages.plan.timing import Moment
from engine.store.book.due_rows import Bounds, due_query
from engine.store.book.planning import LEAD_WIDTH, LeadRow, Segment


def due(rule: Rule, on: DueTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    """One for each value. Its anchor names the record and the value, so a value that moves is another occasion."""
    bounds = _bounds(rule, on, scope, source)
    for row in source.rows(due_query(on.field, bounds, segment), scope, **bounds.values):
        table, ident, value = row[LEAD_WIDTH:]
        shown = value if on.civil else instant_mark(value)
        anchor = f"{on.field}:{table}{ident}@{shown}" if table else f"{on.field}@{shown}"
        occurs = Moment(date.fromisoformat(value), 0) if on.civil else Moment(None, value)
        yield Candidate(LeadRow._make(row[:LEAD_WIDTH]), anchor, occurs, None, None)


def _bounds(rule: Rule, on: DueTrigger, scope: Scope, source: Source) -> Bounds:
    """What may open in the scope. How long a step is worth it is its own matter, so old values have no bound here."""
    if scope.every_return:
        return Bounds()
    lo = scope.now if scope.lo is None else scope.lo
    if on.civil:
        days = occurrence_days(rule, lo, scope.hi, scope.zones, source.calendars)
        return Bounds(None if scope.lo is None else days.first.isoformat(), days.last.isoformat())
    span = timestamps(rule, ZERO, ZERO, lo, scope.hi, scope.zones, source.calendars)
    return Bounds(None if scope.lo is None else span.first, span.last)
