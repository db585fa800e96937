"""Rows that followup never wrote so: somebody changed the tables by hand, or a zone has gone from the zone database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    Select,
    Table,
    false,
    literal_column,
    or_,
    select,
)

from engine.domain.civil import zone
from engine.ground.errors import FollowupError
from engine.store.database import Connection, Database
from engine.store.tables import lead, rep

_TABLES = (rep, lead)
_MOST = 20
"""Rows that are named; whoever mends these is told of the next."""


class MalformedRows(FollowupError):
    """Rows of people that cannot be read, one a line, by table and id, without what stands in them."""


@contextmanager
def naming_rows(db: Database) -> Iterator[None]:
    """What fails in the block for rows that cannot be read is MalformedRows; all else stays what it is."""
    try:
        yield
    except (ValueError, TypeError) as error:
        with db.reading() as connection:
            rows = list(malformed(connection))
        if not rows:
            raise
        lines = "\n".join(rows)
        raise MalformedRows(f"{lines}\nnothing goes on before they are mended") from error


def malformed(connection: Connection) -> Iterator[str]:
    """What is wrong with which row, in words."""
    for table in _TABLES:
        yield from _without_zone(connection, table)
        if connection.dialect.name == "sqlite":  # PostgreSQL takes nothing of another type
            yield from _of_other_types(connection, table)


def _without_zone(connection: Connection, table: Table) -> Iterator[str]:
    unknown = [name for name in connection.execute(select(table.c.timezone).distinct()).scalars() if not _known(name)]
    query = select(table.c.id, table.c.timezone).where(table.c.timezone.in_(unknown)).order_by(table.c.id)
    for ident, name in connection.execute(query.limit(_MOST)) if unknown else ():
        yield f'{table.name} {ident}: there is no time zone "{name}"; use a name like Asia/Shanghai'


def _known(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True


def _of_other_types(connection: Connection, table: Table) -> Iterator[str]:
    for row in connection.execute(_ill_typed(table)):
        names = [column.name for column, is_wrong in zip(_typed(table), row[1:], strict=True) if is_wrong]
        yield f"{table.name} {row[0]}: {', '.join(names)} cannot be read"


@cache
def _ill_typed(table: Table) -> Select[Any]:
    checks = [_is_wrong(table, column.name) for column in _typed(table)]
    return select(table.c.id, *checks).where(or_(false(), *checks)).order_by(table.c.id).limit(_MOST)


def _typed(table: Table) -> list[Column[Any]]:
    return [column for column in table.c if isinstance(column.type, (JSON, Integer, BigInteger))]


def _is_wrong(table: Table, name: str) -> ColumnElement[bool]:
    stored = f"{table.name}.{name}"
    if isinstance(table.c[name].type, JSON):
        return literal_column(f"({stored} IS NOT NULL AND NOT json_valid({stored}))", Boolean)
    return literal_column(f"(typeof({stored}) NOT IN ('integer', 'null'))", Boolean)
