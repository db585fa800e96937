"""Occasions that circumstances bring about."""

from __future__ import annotations

from collections.abc import Iterator

from engine.rulebook.model import EventTrigger
from engine.stages.plan.candidates.scope import Candidate, Scope, Source
from engine.stages.plan.timing import Moment
from engine.store.book import event_rows
from engine.store.book.planning import LEAD_WIDTH, LeadRow, Segment


def events(on: EventTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    query = event_rows.events_query(on.kinds, scope.now - source.catch_up, segment)
    for row in source.rows(query, scope):
        circumstance, kind, starts_at, ends_at = row[LEAD_WIDTH:]
        at = starts_at if on.anchor == "start" else ends_at
        if at is not None:
            anchor = f"{kind}:circumstance#{circumstance}"
            yield Candidate(LeadRow(*row[:LEAD_WIDTH]), anchor, Moment(None, at), starts_at, None)
