"""Rows that may give birth at what is known beforehand: records, opportunities, attributes that are days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, literal

from engine.store.book.planning import Segment, living, unindexed
from engine.store.tables import attribute_day, lead, opportunity, record


class Bounds(NamedTuple):
    """Values `first <= v <= last`, ISO days or instants; None: no bound."""

    first: str | int | None = None
    last: str | int | None = None


_RECORDS: Mapping[str, tuple[str, ColumnElement[Any]]] = {
    "appointment.starts": ("appointment", record.c.starts_at),
    "contract.ends_on": ("contract", record.c.ends_on),
    "receivable.due_on": ("receivable", record.c.due_on),
}


def due_query(field: str, bounds: Bounds, segment: Segment) -> Select[Any]:
    """Leads with such a value between the bounds: + what it stands in (`record#`; "" for the lead), + its id, + value.

    Records that are gone and opportunities that are closed have none.
    """
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
    return _between(query.where(column.is_not(None)), column, bounds).where(unindexed(segment))


def _between(query: Select[Any], column: ColumnElement[Any], bounds: Bounds) -> Select[Any]:
    if bounds.first is not None:
        query = query.where(column >= bounds.first)
    return query if bounds.last is None else query.where(column <= bounds.last)
