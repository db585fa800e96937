"""Occasions that something brings about: a counter reaches a value, a field takes one, a talk has an outcome."""

from __future__ import annotations

from collections.abc import Iterator

from engine.rulebook.trigger_kinds import BecomesTrigger, OutcomeTrigger, ReachesTrigger
from engine.stages.plan.candidates.scope import Candidate, Scope, Source
from engine.stages.plan.timing import Moment
from engine.store.book import change_rows
from engine.store.book.planning import LEAD_WIDTH, LeadRow, Segment


def reaches(on: ReachesTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    query = change_rows.counter_query(on.counter, on.epoch, on.value, segment)
    for row in source.rows(query, scope):
        start, counted_at = row[LEAD_WIDTH:]
        anchor = f"{on.counter}:{on.epoch}@{start or 0}:{on.value}"
        at = counted_at if counted_at is not None else scope.now
        yield Candidate(LeadRow._make(row[:LEAD_WIDTH]), anchor, Moment(None, at), at, None)


def becomes(on: BecomesTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    subject, _, field = on.field.rpartition(".")
    since = scope.now - source.catch_up
    query = change_rows.transitions_query(subject or "lead", field, _word(on.value), segment)
    for row in source.rows(query, scope, since=since):
        transition, at = row[LEAD_WIDTH:]
        anchor = f"{on.field}:transition#{transition}"
        yield Candidate(LeadRow._make(row[:LEAD_WIDTH]), anchor, Moment(None, at), at, None)


def _word(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def outcomes(on: OutcomeTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    """One for each interaction; those of an old history, imported or logged late, are too old to be reacted to."""
    since = scope.now - source.catch_up
    query = change_rows.interactions_query(on.outcomes, on.channels, on.purposes, segment)
    for row in source.rows(query, scope, since=since):
        interaction, at, outcome = row[LEAD_WIDTH:]
        anchor = f"{outcome}:interaction#{interaction}"
        yield Candidate(LeadRow._make(row[:LEAD_WIDTH]), anchor, Moment(None, at), at, None)
