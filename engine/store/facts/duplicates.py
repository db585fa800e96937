"""Leads that are perhaps the same person: one telephone, e-mail address or WeCom id on two of them.

They are told and never merged; two people of one company may well share a telephone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from engine.domain.people import LeadEntry
from engine.store.facts.dirty import chunks
from engine.store.tables import lead

FIELDS = ("phone", "email", "wecom")
_GONE = "gone"
MOST = 20
"""Leads that one duplicate names."""


class Duplicate(NamedTuple):
    """A value of a field, and the leads that have it, the first of them by id."""

    field: str
    value: str
    leads: tuple[str, ...]


def duplicates_of(connection: Connection, entries: Sequence[LeadEntry]) -> Iterator[Duplicate]:
    """Duplicates among the leads whose values these entries, which are written already, have."""
    for field in FIELDS:
        values = {str(entry.values[field]) for entry in entries if entry.values.get(field)}
        yield from _shared(connection, field, sorted(values))


def all_duplicates(connection: Connection, limit: int) -> Iterator[Duplicate]:
    """Duplicates among all leads, at most so many a field."""
    for field in FIELDS:
        column = lead.c[field]
        query = select(column).where(column.is_not(None), lead.c.status != _GONE)
        query = query.group_by(column).having(func.count() > 1).order_by(column).limit(limit)
        yield from _shared(connection, field, connection.execute(query).scalars().all())


def _shared(connection: Connection, field: str, values: Sequence[str]) -> Iterator[Duplicate]:
    column = lead.c[field]
    for chunk in chunks(values):
        query = select(column, lead.c.id).where(column.in_(chunk), lead.c.status != _GONE).order_by(column, lead.c.id)
        found: dict[str, list[str]] = defaultdict(list)
        for value, ident in connection.execute(query):
            if len(found[value]) < MOST:
                found[value].append(ident)
        yield from (Duplicate(field, value, tuple(ids)) for value, ids in found.items() if len(ids) > 1)
