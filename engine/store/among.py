"""A column among a list of values, as one parameter: the statement's text is the same however long the list is.

An expanding IN is another statement for each length, which SQLAlchemy writes and the database prepares anew.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Boolean, ColumnElement, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine, UserDefinedType


class _Listed(UserDefinedType[Any]):
    """A list in one parameter: JSON for SQLite; psycopg makes it an array by itself."""

    cache_ok = True

    def bind_processor(self, dialect: Any) -> Any:
        return json.dumps if dialect.name == "sqlite" else None


class _Among(ColumnElement[bool]):
    inherit_cache = False  # for statements that are compiled once and kept
    type: TypeEngine[bool] = Boolean()

    def self_group(self, against: Any = None) -> ColumnElement[bool]:  # noqa: ARG002
        return self  # it is a condition already; SQLAlchemy would ask whether it equals 1

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.listed = bindparam(name, type_=_Listed())


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column is one of the list of numbers or strings that is bound as `name`."""
    return _Among(column, name)


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, listed = compiler.process(element.column, **kw), compiler.process(element.listed, **kw)
    return f"{column} IN (SELECT value FROM json_each({listed}))"


@compiles(_Among, "postgresql")
def _any_of_array(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, listed = compiler.process(element.column, **kw), compiler.process(element.listed, **kw)
    return f"{column} = ANY({listed})"
