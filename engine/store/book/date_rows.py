"""Rows that may give birth on civil dates: returns of dates, and those who keep a festival."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_

from engine.domain.calendars.house import Where
from engine.store.aside.sound import readable
from engine.store.book.planning import Segment, living, unindexed, within
from engine.store.dialects import ListHolds
from engine.store.tables import date_next, date_record, lead


@lru_cache(maxsize=256)  # most of the time that a query takes is to build it, and it is the same every day
def dates_query(kind: str, policy: str, segment: Segment) -> Select[Any]:
    """Leads with a date of that kind returning from `first_on` to `last_on`, the ISO days that it is executed with.

    + record id, date, n-th, anchor year.
    """
    columns = (date_next.c.date_record, date_next.c.next_on, date_next.c.nth, date_next.c.anchor_year)
    query = living(*columns).join(date_next, date_next.c.lead == lead.c.id)
    return query.where(
        date_next.c.kind == kind,
        date_next.c.policy == policy,
        date_next.c.next_on >= bindparam("first_on"),
        date_next.c.next_on <= bindparam("last_on"),
        unindexed(segment),
    )


@lru_cache(maxsize=256)
def interval_query(kind: str, returns: str, ranges: int, segment: Segment) -> Select[Any]:
    """Leads with a date of that kind whose next return lies in any of so many ranges of ISO days (`window_values`).

    + record id, number of that return, + calendar, year, month, day, leap of the date.
    """
    known = (date_record.c.calendar, date_record.c.year, date_record.c.month, date_record.c.day, date_record.c.leap)
    query = living(date_record.c.id, date_next.c.nth, *known).join(date_next, date_next.c.lead == lead.c.id)
    query = query.join(date_record, date_record.c.id == date_next.c.date_record)
    mine = and_(date_next.c.kind == kind, date_next.c.policy == returns)
    inside = (and_(mine, within(date_next.c.next_on, n)) for n in range(ranges))
    return query.where(or_(false(), *inside), unindexed(segment))


@lru_cache(maxsize=256)
def festival_query(festival: str, keepers: Where, observers: Where, segment: Segment) -> Select[Any]:
    """Leads who keep a festival: by their country, or because they observe it. Own observances replace a country's."""
    by_country = and_(lead.c.observances.is_(None), _lives_in(keepers))
    observes = ListHolds(readable(lead.c.observances), festival)
    by_own = and_(lead.c.observances.is_not(None), _lives_in(observers), observes)
    return living().where(or_(by_country, by_own), segment)


def _lives_in(where: Where) -> ColumnElement[bool]:
    return lead.c.country.not_in(where.countries) if where.elsewhere else lead.c.country.in_(where.countries)
