"""What SQLite and PostgreSQL spell differently: reading JSON, and comparing text byte by byte.

A JSON field is a JSON column and a key. A value of another JSON type than the one asked for is NULL, so that
no comparison sees an engine's own idea of `"5" > 5`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Float, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from engine.domain.wildcards import as_glob, as_like


class _JsonField(FunctionElement[Any]):
    """A value in a JSON column. Both spellings of the key are bound; each engine uses its own."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], key: str, *more: ColumnElement[Any]) -> None:
        super().__init__(column, literal(f'$."{key}"', Text), literal(key, Text), *more)


class JsonText(_JsonField):
    """The field's text, or NULL."""

    inherit_cache = True
    type: TypeEngine[Any] = Text()


class JsonNumber(_JsonField):
    """The field's number, or NULL."""

    inherit_cache = True
    type: TypeEngine[Any] = Float()


class JsonBool(_JsonField):
    """The field's true or false, or NULL."""

    inherit_cache = True
    type: TypeEngine[Any] = Boolean()


class JsonPresent(_JsonField):
    """Whether the field is there and not null."""

    inherit_cache = True
    type: TypeEngine[Any] = Boolean()


class JsonListHolds(_JsonField):
    """Whether the field is a list that holds a text."""

    inherit_cache = True
    type: TypeEngine[Any] = Boolean()

    def __init__(self, column: ColumnElement[Any], key: str, element: str) -> None:
        super().__init__(column, key, literal(element, Text))


class ListHolds(FunctionElement[Any]):
    """Whether a JSON column that is a list holds a text."""

    inherit_cache = True
    type: TypeEngine[Any] = Boolean()

    def __init__(self, column: ColumnElement[Any], element: str) -> None:
        super().__init__(column, literal(element, Text))


class FindText(FunctionElement[Any]):
    """The place of one text in another, from 1; 0 where it is not."""

    inherit_cache = True


class MatchesText(FunctionElement[Any]):
    """Whether a whole text fits a pattern of `*` and `?`. Both spellings are bound; each engine uses its own."""

    inherit_cache = True
    type: TypeEngine[Any] = Boolean()

    def __init__(self, whole: ColumnElement[Any], pattern: str) -> None:
        super().__init__(whole, literal(as_glob(pattern), Text), literal(as_like(pattern), Text))


class ByteOrder(FunctionElement[Any]):
    """A text that is compared and sorted by code point, whatever the database's collation."""

    inherit_cache = True
    type: TypeEngine[Any] = Text()


_SPELLINGS: dict[type[FunctionElement[Any]], tuple[str, str]] = {
    JsonText: (
        "CASE json_type({0}, {1}) WHEN 'text' THEN json_extract({0}, {1}) END",
        "CASE json_typeof({0} -> {2}) WHEN 'string' THEN {0} ->> {2} END",
    ),
    JsonNumber: (
        "CASE WHEN json_type({0}, {1}) IN ('integer', 'real') THEN json_extract({0}, {1}) END",
        "CASE json_typeof({0} -> {2}) WHEN 'number' THEN CAST({0} ->> {2} AS DOUBLE PRECISION) END",
    ),
    JsonBool: (
        "CASE json_type({0}, {1}) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END",
        "CASE json_typeof({0} -> {2}) WHEN 'boolean' THEN CAST({0} ->> {2} AS BOOLEAN) END",
    ),
    JsonPresent: (
        "(coalesce(json_type({0}, {1}), 'null') <> 'null')",
        "(coalesce(json_typeof({0} -> {2}), 'null') <> 'null')",
    ),
    JsonListHolds: (
        "(CASE json_type({0}, {1}) WHEN 'array'"
        " THEN {3} IN (SELECT value FROM json_each({0}, {1})) ELSE 0 END)",
        "(CASE json_typeof({0} -> {2}) WHEN 'array' THEN CAST({0} -> {2} AS JSONB) ? {3} ELSE false END)",
    ),
    ListHolds: (
        "({1} IN (SELECT value FROM json_each({0})))",
        "(CAST({0} AS JSONB) ? {1})",
    ),
    FindText: ("instr({0}, {1})", "strpos({0}, {1})"),
    MatchesText: ("({0} GLOB {1})", "({0} LIKE {2})"),
    ByteOrder: ("{0}", '({0} COLLATE "C")'),
}


def _spell(construct: type[FunctionElement[Any]], dialect: str, pattern: str) -> None:
    def compile_it(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
        spelled = [  # an argument that this engine does not use must not leave its parameter behind
            compiler.process(argument, **kw) if f"{{{n}}}" in pattern else ""
            for n, argument in enumerate(element.clauses)
        ]
        return pattern.format(*spelled)

    compiles(construct, dialect)(compile_it)


for _construct, (_sqlite, _postgresql) in _SPELLINGS.items():
    _spell(_construct, "sqlite", _sqlite)
    _spell(_construct, "postgresql", _postgresql)
