"""Occasions on civil dates that come round: days in leads' lives, and festivals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from engine.domain.civil import utc_date
from engine.rulebook.model import DateTrigger, HolidayTrigger, Rule
from engine.stages.plan.candidates.scope import Candidate, Scope, Source
from engine.stages.plan.reach import Days, occurrence_days
from engine.stages.plan.timing import Moment
from engine.store.book import date_rows
from engine.store.book.planning import LEAD_WIDTH, LeadRow, Segment


def _reachable(rule: Rule, scope: Scope, source: Source) -> Days:
    lo = scope.lo if scope.lo is not None else scope.now - source.catch_up
    return occurrence_days(rule, lo, scope.hi, scope.zones, source.calendars)


def dates(rule: Rule, on: DateTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    days = _reachable(rule, scope, source)
    first = days.first if scope.lo is not None else utc_date(scope.now - source.catch_up)
    policy = on.policy(source.settings.date_policy).text
    query = date_rows.dates_query(on.kind, policy, first.isoformat(), days.last.isoformat(), segment)
    for row in source.rows(query, scope):
        record, next_on, nth, year = row[LEAD_WIDTH:]
        if on.only and nth not in on.only:
            continue
        anchor = f"{on.kind}:date#{record}:{year}"
        yield Candidate(LeadRow(*row[:LEAD_WIDTH]), anchor, Moment(_iso(next_on), 0), None, nth)


_DATES: dict[str, date] = {}


def _iso(text: str) -> date:
    known = _DATES.get(text)
    if known is None:
        known = _DATES[text] = date.fromisoformat(text)
    return known


def holidays(rule: Rule, on: HolidayTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    days = _reachable(rule, scope, source)
    for festival in on.festivals:
        for kept in source.calendars.kept_between(festival, days.first, days.last):
            query = date_rows.festival_query(festival, kept.keepers, kept.observers, segment)
            for row in source.rows(query, scope):
                yield Candidate(LeadRow(*row[:LEAD_WIDTH]), kept.anchor, Moment(kept.day, 0), None, None)
