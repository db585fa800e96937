"""Rows that may give birth to occasions: dates, festivals, timestamps, counters, transitions, circumstances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, false, func, or_, select

from engine.domain.calendars.house import Where
from engine.store.dialects import ListHolds
from engine.store.tables import (
    circumstance,
    coverage,
    date_next,
    lead,
    record,
    rep,
    transition,
)

Segment = ColumnElement[bool]
"""A rule's segment as SQL over the lead table."""

STATUS_GONE = "gone"
"""Leads that their source no longer has: they never give birth to anything."""


class LeadRow(NamedTuple):
    """What planning needs of a lead; the first columns of every row that may give birth."""

    id: str
    shard: int
    timezone: str
    country: str
    owner: str | None
    previous_owner: str | None
    confidential: bool


LEAD_COLUMNS = (
    lead.c.id, lead.c.shard, lead.c.timezone, lead.c.country, lead.c.owner, lead.c.previous_owner, lead.c.confidential,
)  # fmt: skip
LEAD_WIDTH = len(LEAD_COLUMNS)


class RepRow(NamedTuple):
    """What planning needs of a rep. He is absent on the ISO days `absent_from` to `absent_to`, both included."""

    id: str
    timezone: str
    manager: str | None
    team: str | None
    absent_from: str | None = None
    absent_to: str | None = None
    delegate: str | None = None


def load_reps(connection: Connection) -> dict[str, RepRow]:
    """All reps by id."""
    rows = connection.execute(select(*(rep.c[name] for name in RepRow._fields)))
    return {row[0]: RepRow(*row) for row in rows}


def of_leads(query: Select[Any], leads: Sequence[str] | None) -> Select[Any]:
    """The same rows, of those leads only (None: of all)."""
    return query if leads is None else query.where(lead.c.id.in_(leads))


_LIVING = select(*LEAD_COLUMNS).where(lead.c.status != STATUS_GONE)


def _living(*columns: ColumnElement[Any]) -> Select[Any]:
    return _LIVING.add_columns(*columns)


def _filter(segment: Segment) -> Segment:
    """The segment as one expression that no index serves: rows are found by their window, then filtered.

    Without statistics SQLite takes `country = 'CN'` for ten leads and the window for a sixteenth of all.
    """
    return func.coalesce(segment, false())


def dates_query(kind: str, policy: str, first_on: str, last_on: str, segment: Segment) -> Select[Any]:
    """Leads with a date of that kind returning between two ISO days: + record id, date, n-th, anchor year."""
    columns = (date_next.c.date_record, date_next.c.next_on, date_next.c.nth, date_next.c.anchor_year)
    query = _living(*columns).join(date_next, date_next.c.lead == lead.c.id)
    return query.where(
        date_next.c.kind == kind,
        date_next.c.policy == policy,
        date_next.c.next_on >= first_on,
        date_next.c.next_on <= last_on,
        _filter(segment),
    )


def festival_query(festival: str, keepers: Where, observers: Where, segment: Segment) -> Select[Any]:
    """Leads who keep a festival: by their country, or because they observe it. Own observances replace a country's."""
    by_country = and_(lead.c.observances.is_(None), _lives_in(keepers))
    by_own = and_(lead.c.observances.is_not(None), _lives_in(observers), ListHolds(lead.c.observances, festival))
    return _living().where(or_(by_country, by_own), segment)


def _lives_in(where: Where) -> ColumnElement[bool]:
    return lead.c.country.not_in(where.countries) if where.elsewhere else lead.c.country.in_(where.countries)


LEAD_TIMESTAMPS: Mapping[str, ColumnElement[Any]] = {
    "last_contact": lead.c.last_contact_at,
    "last_attempt": lead.c.last_attempt_at,
    "last_order": lead.c.last_order_at,
    "registered": lead.c.registered_at,
    "owner_since": lead.c.owner_since_at,
    "stage_since": lead.c.stage_since_at,
}
"""The lead's own timestamps that `since` can count from, by the names rules use."""


Window = tuple[int, int]
"""Instants `first <= t < last`."""


def window_values(windows: Sequence[Window]) -> dict[str, int]:
    """The parameters that a query over that many windows is executed with."""
    return {f"{end}_{n}": at for n, window in enumerate(windows) for end, at in zip(_ENDS, window, strict=True)}


_ENDS = ("first", "last")


def timestamps_query(names: Sequence[str], windows: int, segment: Segment) -> Select[Any]:
    """Leads with any of these timestamps in any of so many windows (0: all leads).

    + all of the timestamps in order, + the last contact's ref.
    """
    return _timestamps(tuple(names), windows).where(_filter(segment))


def records_query(kind: str, windows: int, segment: Segment) -> Select[Any]:
    """Leads with a record of that kind whose `at` lies in any of so many windows: + the record's id and `at`."""
    return _records(kind, windows).where(_filter(segment))


@lru_cache(maxsize=256)  # most of the time that a query takes to build, and the same every day
def _timestamps(names: tuple[str, ...], windows: int) -> Select[Any]:
    columns = [LEAD_TIMESTAMPS[name] for name in names]
    query = _living(*columns, lead.c.last_contact_ref)
    return query.where(or_(*(_within(column, n) for column in columns for n in range(windows)))) if windows else query


@lru_cache(maxsize=256)
def _records(kind: str, windows: int) -> Select[Any]:
    query = _living(record.c.id, record.c.at).join(record, record.c.lead == lead.c.id).where(~record.c.gone)
    if not windows:
        return query.where(record.c.kind == kind, record.c.at.is_not(None))
    # The kind stands in every branch: beside them, SQLite would walk through all records of the kind.
    return query.where(or_(*(and_(record.c.kind == kind, _within(record.c.at, n)) for n in range(windows))))


def _within(column: ColumnElement[Any], n: int) -> ColumnElement[bool]:
    return and_(column >= bindparam(f"first_{n}"), column < bindparam(f"last_{n}"))


_EPOCHS: Mapping[str, Mapping[str, ColumnElement[Any]]] = {
    "contacts": {
        "order": lead.c.contacts_since_order,
        "owner": lead.c.contacts_since_owner,
        "registered": lead.c.contacts,
    },
    "attempts": {"registered": lead.c.attempts},
    "orders": {"registered": lead.c.orders},
}
_EPOCH_START: Mapping[str, ColumnElement[Any]] = {
    "order": lead.c.last_order_at,
    "owner": lead.c.owner_since_at,
    "registered": lead.c.registered_at,
}
_COUNTER_AT: Mapping[str, ColumnElement[Any]] = {
    "contacts": lead.c.last_contact_at,
    "attempts": lead.c.last_attempt_at,
    "orders": lead.c.last_order_at,
}


def counter_query(counter: str, epoch: str, value: int, segment: Segment) -> Select[Any]:
    """Leads whose counter has reached the value in this epoch: + the epoch's start, + when it last counted."""
    column = _EPOCHS[counter][epoch]
    return _living(_EPOCH_START[epoch], _COUNTER_AT[counter]).where(column >= value, segment)


def transitions_query(subject: str, field: str, value: str, since: int, segment: Segment) -> Select[Any]:
    """Leads of whom that field took that value since then: + the transition's id and instant."""
    query = _living(transition.c.id, transition.c.at).join(transition, transition.c.lead == lead.c.id)
    return query.where(
        transition.c.subject.like(f"{subject}%"),
        transition.c.field == field,
        transition.c.value == value,
        transition.c.at >= since,
        segment,
    )


def events_query(kinds: Sequence[str], since: int, segment: Segment) -> Select[Any]:
    """Leads covered by a circumstance of those kinds that began, ends or ended since then: + id, start, end."""
    query = _living(circumstance.c.id, circumstance.c.kind, circumstance.c.starts_at, circumstance.c.ends_at)
    query = query.join(coverage, coverage.c.lead == lead.c.id)
    query = query.join(circumstance, circumstance.c.id == coverage.c.circumstance)
    recent = or_(circumstance.c.starts_at >= since, circumstance.c.ends_at >= since)
    return query.where(circumstance.c.kind.in_(kinds), recent, segment)
