"""Rows that may give birth at what is known beforehand: records, opportunities, attributes that are days."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, literal

from engine.store.book.planning import Segment, living, unindexed
from engine.store.tables import attribute_day, lead, opportunity, record


class Bounds(NamedTuple):
    """Values `first <= v <= last`, ISO days or instants; None: no bound."""

    first: str | int | None = None
    last: str | int | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The parameters that a query between them is executed with."""
        return {end: value for end, value in zip(self._fields, self, strict=True) if value is not None}


_RECORDS: Mapping[str, tuple[str, ColumnElement[Any]]] = {
    "appointment.starts": ("appointment", record.c.starts_at),
    "contract.ends_on": ("contract", record.c.ends_on),
    "receivable.due_on": ("receivable", record.c.due_on),
}


def due_query(field: str, bounds: Bounds, segment: Segment) -> Select[Any]:
    """Leads with such a value between the bounds: + what it stands in (`record#`; "" for the lead), + its id, + value.

    It is executed with the values of the bounds. Records that are gone and opportunities that are closed have none.
    """
    return _due(field, frozenset(bounds.values), segment)


@lru_cache(maxsize=256)  # most of the time that a query takes is to build it, and it is the same every day
def _due(field: str, ends: frozenset[str], segment: Segment) -> Select[Any]:
    if field in _RECORDS:
        kind, column = _RECORDS[field]
        query = living(literal("record#"), record.c.id, column).join(record, record.c.lead == lead.c.id)
        query = query.where(record.c.kind == kind, ~record.c.gone)
    elif field == "opportunity.expected_close":
        column = opportunity.c.expected_close_on
        query = living(literal("opportunity#"), opportunity.c.id, column)
        query = query.join(opportunity, opportunity.c.lead == lead.c.id).where(opportunity.c.open)
    else:
        column = attribute_day.c.day_on
        query = living(literal(""), literal(""), column).join(attribute_day, attribute_day.c.lead == lead.c.id)
        query = query.where(attribute_day.c.name == field.removeprefix("attrs."))
    query = query.where(column.is_not(None))
    if "first" in ends:
        query = query.where(column >= bindparam("first"))
    if "last" in ends:
        query = query.where(column <= bindparam("last"))
    return query.where(unindexed(segment))
