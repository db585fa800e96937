"""Rows that may give birth as timestamps grow old: those of leads, and those of their records."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, false, null, or_, select, union

from engine.store.book.planning import Segment, living, unindexed, within
from engine.store.conditions.fields import last_talk_column
from engine.store.tables import last_talk, lead, opportunity, record

LEAD_TIMESTAMPS: Mapping[str, ColumnElement[Any]] = {
    "last_contact": lead.c.last_contact_at,
    "last_attempt": lead.c.last_attempt_at,
    "last_order": lead.c.last_order_at,
    "registered": lead.c.registered_at,
    "owner_since": lead.c.owner_since_at,
    "stage_since": lead.c.stage_since_at,
}
"""The lead's own timestamps that `since` can count from, by the names rules use; `last.WORD` are kept apart."""

_LAST = "last."
_RECORDS: Mapping[str, tuple[Table, ColumnElement[Any], ColumnElement[bool]]] = {
    "purchase": (record, record.c.at, and_(record.c.kind == "purchase", ~record.c.gone)),
    "opportunity": (opportunity, opportunity.c.stage_since_at, opportunity.c.open),
}


@lru_cache(maxsize=256)  # most of the time that a query takes is to build it, and it is the same every day
def timestamps_query(names: tuple[str, ...], windows: int, segment: Segment) -> Select[Any]:
    """Leads with any of these timestamps in any of so many windows (0: all leads).

    + all of the timestamps in order, + the interaction that each of them is (missing: it is none).
    """
    return _timestamps(names, windows).where(unindexed(segment))


@lru_cache(maxsize=256)
def records_query(kind: str, windows: int, segment: Segment) -> Select[Any]:
    """Leads with a purchase or an open opportunity whose instant lies in any of so many windows: + its id, + it."""
    return _records(kind, windows).where(unindexed(segment))


def _timestamps(names: tuple[str, ...], windows: int) -> Select[Any]:
    query = living(*map(_instant, names), *map(_interaction, names))
    if not windows:
        return query
    columns = [LEAD_TIMESTAMPS[name] for name in names if name in LEAD_TIMESTAMPS]
    inside = or_(false(), *(within(column, n) for column in columns for n in range(windows)))
    words = [name.removeprefix(_LAST) for name in names if name.startswith(_LAST)]
    if not words:
        return query.where(inside)
    # Ids first: over a subquery for each lead no index helps, so that "or" would walk through all leads.
    talks = [_talked_in(word, windows) for word in words]
    return query.where(lead.c.id.in_(union(*talks, *([select(lead.c.id).where(inside)] if columns else []))))


def _talked_in(word: str, windows: int) -> Select[Any]:
    branches = (and_(last_talk.c.word == word, within(last_talk.c.at, n)) for n in range(windows))
    return select(last_talk.c.lead).where(or_(*branches))


def _instant(name: str) -> ColumnElement[Any]:
    if name.startswith(_LAST):
        return last_talk_column(last_talk.c.at, name.removeprefix(_LAST))
    return LEAD_TIMESTAMPS[name]


def _interaction(name: str) -> ColumnElement[Any]:
    """Which interaction the timestamp is."""
    if name.startswith(_LAST):
        return last_talk_column(last_talk.c.interaction, name.removeprefix(_LAST))
    return lead.c.last_contact_ref if name == "last_contact" else null()


def _records(kind: str, windows: int) -> Select[Any]:
    table, at, counts = _RECORDS[kind]
    query = living(table.c.id, at).join(table, table.c.lead == lead.c.id)
    if not windows:
        return query.where(counts, at.is_not(None))
    # The kind stands in every branch: beside them, SQLite would walk through all records of the kind.
    return query.where(or_(*(and_(counts, within(at, n)) for n in range(windows))))
