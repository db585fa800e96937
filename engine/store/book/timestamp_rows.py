"""Rows that may give birth as timestamps grow old: those of leads, and those of their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_

from engine.store.book.planning import Segment, living, unindexed, within
from engine.store.tables import lead, record

LEAD_TIMESTAMPS: Mapping[str, ColumnElement[Any]] = {
    "last_contact": lead.c.last_contact_at,
    "last_attempt": lead.c.last_attempt_at,
    "last_order": lead.c.last_order_at,
    "registered": lead.c.registered_at,
    "owner_since": lead.c.owner_since_at,
    "stage_since": lead.c.stage_since_at,
}
"""The lead's own timestamps that `since` can count from, by the names rules use."""


def timestamps_query(names: Sequence[str], windows: int, segment: Segment) -> Select[Any]:
    """Leads with any of these timestamps in any of so many windows (0: all leads).

    + all of the timestamps in order, + the last contact's ref.
    """
    return _timestamps(tuple(names), windows).where(unindexed(segment))


def records_query(kind: str, windows: int, segment: Segment) -> Select[Any]:
    """Leads with a record of that kind whose `at` lies in any of so many windows: + the record's id and `at`."""
    return _records(kind, windows).where(unindexed(segment))


@lru_cache(maxsize=256)  # most of the time that a query takes to build, and the same every day
def _timestamps(names: tuple[str, ...], windows: int) -> Select[Any]:
    columns = [LEAD_TIMESTAMPS[name] for name in names]
    query = living(*columns, lead.c.last_contact_ref)
    return query.where(or_(*(within(column, n) for column in columns for n in range(windows)))) if windows else query


@lru_cache(maxsize=256)
def _records(kind: str, windows: int) -> Select[Any]:
    query = living(record.c.id, record.c.at).join(record, record.c.lead == lead.c.id).where(~record.c.gone)
    if not windows:
        return query.where(record.c.kind == kind, record.c.at.is_not(None))
    # The kind stands in every branch: beside them, SQLite would walk through all records of the kind.
    return query.where(or_(*(and_(record.c.kind == kind, within(record.c.at, n)) for n in range(windows))))
