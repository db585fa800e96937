"""Occasions on civil dates that come round: days in leads' lives, and festivals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from engine.domain.civil import utc_date
from engine.domain.dates import LifeDate
from engine.domain.intervals import nth_return
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import YEARLY, DateTrigger, HolidayTrigger
from engine.rulebook.wording import duration_text
from engine.stages.plan.candidates.scope import Candidate, Scope, Source
from engine.stages.plan.reach import Days, invert, occurrence_days
from engine.stages.plan.timing import Moment
from engine.store.book import date_rows
from engine.store.book.planning import LEAD_WIDTH, LeadRow, Segment
from engine.store.tables import lead


def _reachable(rule: Rule, scope: Scope, source: Source) -> Days:
    lo = scope.lo if scope.lo is not None else scope.now - source.catch_up
    return occurrence_days(rule, lo, scope.hi, scope.zones, source.calendars)


def dates(rule: Rule, on: DateTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    days = _reachable(rule, scope, source)
    if scope.lo is None:
        days = Days(utc_date(scope.now - source.catch_up), days.last)
    if on.every != YEARLY:
        yield from _intervals(on, days, segment, scope, source)
        return
    returns = on.returns(source.settings.date_policy)
    query = date_rows.dates_query(on.kind, returns, segment)
    for row in source.rows(query, scope, first_on=days.first.isoformat(), last_on=days.last.isoformat()):
        record, next_on, nth, year = row[LEAD_WIDTH:]
        if on.only and nth not in on.only:
            continue
        anchor = f"{on.kind}:date#{record}:{year}"
        yield Candidate(LeadRow._make(row[:LEAD_WIDTH]), anchor, Moment(_iso(next_on), 0), None, nth)


def _intervals(on: DateTrigger, days: Days, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    """Every return of a date on these days: the next one, and those after it, for a short interval has several."""
    returns = on.returns(source.settings.date_policy)
    ranges = _before(on, days, scope, source)
    for row in source.rows(date_rows.interval_query(on.kind, returns, len(ranges), segment), scope, ranges):
        record, n, *known = row[LEAD_WIDTH:]
        found = LifeDate(*known)
        while (day := nth_return(found, on.every, n)) is not None and day <= days.last:
            if day >= days.first and (not on.only or n in on.only):
                anchor = interval_anchor(on, record, n)
                yield Candidate(LeadRow._make(row[:LEAD_WIDTH]), anchor, Moment(day, 0), None, n)
            n += 1


def interval_anchor(on: DateTrigger, record: str, n: int) -> str:
    """`signing:date#ID:6mo+4`: the fourth return; another interval has returns of its own."""
    return f"{on.kind}:date#{record}:{duration_text(on.every)}+{n}"


def _before(on: DateTrigger, days: Days, scope: Scope, source: Source) -> Sequence[tuple[str, str]]:
    """Where the kept return of a date lies, first day and the one after the last, of which it or a later one falls on
    these days.

    None that is kept is older than the catch-up and a day. Months are counted from the date itself, so a return may
    lie three days beside the one before it and a month.
    """
    oldest = utc_date(scope.now - source.catch_up) - timedelta(days=2)
    found: list[tuple[str, str]] = []
    reached = days
    while reached.last + _BESIDE >= oldest:
        found.append(((reached.first - _BESIDE).isoformat(), (reached.last + _BESIDE + timedelta(days=1)).isoformat()))
        reached = invert(days, on.every.times(len(found)), source.calendars)
    return found


_BESIDE = timedelta(days=3)
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
                yield Candidate(LeadRow._make(row[:LEAD_WIDTH]), kept.anchor, Moment(kept.day, 0), None, None)


def more_keep_it(rule: Rule, on: HolidayTrigger, most: int, segment: Segment, scope: Scope, source: Source) -> bool:
    """Whether a festival of the rule that falls into the scope is kept by more than so many leads of its segment."""
    days = _reachable(rule, scope, source)
    for festival in on.festivals:
        for kept in source.calendars.kept_between(festival, days.first, days.last):
            query = date_rows.festival_query(festival, kept.keepers, kept.observers, segment)
            if any(source.rows(query.with_only_columns(lead.c.id).limit(1).offset(most), scope)):
                return True
    return False
