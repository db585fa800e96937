"""A house moves from its SQLite file to a PostgreSQL database: every table, as it is, or nothing at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection, Integer, Table, func, select, text

from engine.ground.errors import FollowupError, UsageError
from engine.store.database import Database
from engine.store.upgrade import METADATA, require_schema, upgrade

_FETCH = 2_000
_WHOLE = 1 << 64

Progress = Callable[[int, int], None]
"""Called with the rows copied so far and the rows there are."""


@dataclass(frozen=True)
class CopiedTable:
    """A table that is the same on both sides: its rows, and a sum over their content that no order changes."""

    name: str
    rows: int
    checksum: str


def copy_house(source: Database, target: Database, progress: Progress) -> list[CopiedTable]:
    """Copy all tables in one transaction, compare both sides, and set what counts ids.

    UsageError: not from SQLite to PostgreSQL, or the target holds something already. FollowupError: a value that
    PostgreSQL does not take, or a table that is not the same over there; then nothing was copied.
    """
    if (source.dialect, target.dialect) != ("sqlite", "postgresql"):
        raise UsageError("db copy goes from a SQLite file to a PostgreSQL database; see docs/postgresql.md")
    require_schema(source)
    upgrade(target)
    with source.reading() as here, target.writing() as there:
        _insist_on_empty(there)
        total, done = sum(_count(here, table) for table in METADATA.sorted_tables), 0
        for table in METADATA.sorted_tables:
            for rows in _copied(here, there, table):
                done += rows
                progress(done, total)
            _count_on(there, table)
        return [_compared(here, there, table) for table in METADATA.sorted_tables]


def _insist_on_empty(there: Connection) -> None:
    filled = [table.name for table in METADATA.sorted_tables if there.execute(select(table).limit(1)).first()]
    if filled:
        raise UsageError(f"the target is not empty ({', '.join(filled[:3])}); name a database of its own")


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _copied(here: Connection, there: Connection, table: Table) -> Iterator[int]:
    """Stream a table as its values are stored, so that JSON keeps its very text; how many rows went over at a time."""
    names = ", ".join(f'"{column.name}"' for column in table.c)
    raw: Any = there.connection.dbapi_connection
    try:
        with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as into:
            for rows in here.exec_driver_sql(f'SELECT {names} FROM "{table.name}"').partitions(_FETCH):
                for row in rows:
                    into.write_row(row)
                yield len(rows)
    except psycopg.Error as error:
        said = str(error).splitlines()[0]
        raise FollowupError(f'table "{table.name}" holds what PostgreSQL does not take: {said}') from error


def _count_on(there: Connection, table: Table) -> None:
    """Have its ids go on behind the last one."""
    for column in table.primary_key:
        if table.autoincrement_column is column and isinstance(column.type, Integer):
            there.execute(
                text(f'SELECT setval(pg_get_serial_sequence(:name, :id), coalesce(max("{column.name}"), 0) + 1, false)'
                     f' FROM "{table.name}"'), {"name": table.name, "id": column.name},
            )  # fmt: skip


def _compared(here: Connection, there: Connection, table: Table) -> CopiedTable:
    mine, theirs = content_of(here, table), content_of(there, table)
    if mine != theirs:
        raise FollowupError(f'table "{table.name}" is not the same over there: {theirs.rows} rows of {mine.rows}')
    return mine


def content_of(connection: Connection, table: Table) -> CopiedTable:
    """What a table holds, whichever engine it is in."""
    rows = total = 0
    for row in _rows(connection, table):
        written = json.dumps(list(row), sort_keys=True, ensure_ascii=False, default=bytes.hex)
        total += int.from_bytes(hashlib.blake2b(written.encode(), digest_size=8).digest(), "big")
        rows += 1
    return CopiedTable(table.name, rows, f"{total % _WHOLE:016x}")


def _rows(connection: Connection, table: Table) -> Iterator[Any]:
    found = connection.execute(select(table), execution_options={"stream_results": True})
    for some in found.partitions(_FETCH):
        yield from some
