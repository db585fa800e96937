"""Who is not set aside, for the statements of every stage. The table holds a handful of rows at most times."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select

from engine.store.tables import lead, malformed_row

_LEADS = select(malformed_row.c.lead).where(malformed_row.c.lead != "")
_OCCASIONS = select(malformed_row.c.row).where(malformed_row.c.kind == "occasion", malformed_row.c.lead == "")
_TOUCHES = select(malformed_row.c.touch).where(malformed_row.c.touch.is_not(None))


def sound_lead(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether everything about the lead of that id can be read."""
    return column.not_in(_LEADS)


def sound_touch(touch: ColumnElement[Any], of_lead: ColumnElement[Any]) -> ColumnElement[bool]:
    """The same of a touch or a delivery, given its touch's id and its lead's, "" where a schedule made it."""
    return and_(sound_lead(of_lead), touch.not_in(_TOUCHES))


def readable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A JSON column of the lead, NULL where he is set aside: SQLite fails a whole statement over one broken text."""
    return case((sound_lead(lead.c.id), column))


def sound_occasion(of_lead: ColumnElement[Any], rule: ColumnElement[Any], anchor: ColumnElement[Any]) -> Any:
    """The same of an occasion; a schedule's has no lead."""
    return and_(sound_lead(of_lead), or_(of_lead != "", (rule + " " + anchor).not_in(_OCCASIONS)))
