"""How a column's value is of another kind than the column says, in the words of either engine."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Connection, Float, false, literal_column

_NUMBERS = "'integer', 'null'"
_FLOATS = "'real', 'integer', 'null'"


class Shape(NamedTuple):
    """What a JSON column holds: an object or an array. `optional`: or nothing."""

    kind: str
    optional: bool = False


def wrong_json(connection: Connection, column: Any, shape: Shape) -> ColumnElement[bool]:
    """Whether it holds anything else, or no JSON at all."""
    stored = f"{column.table.name}.{column.name}"
    if connection.dialect.name == "sqlite":
        found = f"CASE WHEN json_valid({stored}) THEN json_type({stored}) ELSE 'none' END"
    else:
        found = f"json_typeof({stored})"
    kinds = f"'{shape.kind}', 'null'" if shape.optional else f"'{shape.kind}'"
    return literal_column(f"({stored} IS NOT NULL AND {found} NOT IN ({kinds}))", Boolean)


def ill_typed(connection: Connection, column: Any) -> ColumnElement[bool]:
    """Whether a column of numbers holds something else. PostgreSQL takes nothing of another type."""
    if connection.dialect.name != "sqlite":
        return false()
    kinds = _FLOATS if isinstance(column.type, Float) else _NUMBERS
    return literal_column(f"(typeof({column.table.name}.{column.name}) NOT IN ({kinds}))", Boolean)
