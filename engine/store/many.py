"""Statements that are run all day, without asking SQLAlchemy about every value of every row again.

SQLAlchemy compiles the statement and says how each value is bound and read, once a statement; after that a row is a
tuple (SQLite) or a mapping (PostgreSQL) handed to the driver. Measured: less than half of the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Connection,
    DefaultClause,
    Dialect,
    Float,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    literal_column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import visitors
from sqlalchemy.types import TypeEngine

Row = Mapping[str, Any]
Bind = Callable[[Any], Any]
Asked = Select[Any] | CompoundSelect[Any]
Kind = TypeVar("Kind", bound=NamedTuple)


@dataclass(frozen=True)
class _Compiled:
    """A statement for the driver: what it takes of a row, in which order and form."""

    sql: str
    names: Sequence[str]
    pick: Callable[[Row], Sequence[Any]]
    binds: Sequence[tuple[int, Bind]]
    constants: Row
    by_name: bool
    reads: Sequence[tuple[int, Bind]]  # columns of the result whose values the driver does not give as they are

    def parameters(self, row: Row) -> Any:
        picked = self.pick({**self.constants, **row} if self.constants else row)
        if self.binds:
            values = list(picked)
            for place, bind in self.binds:
                values[place] = bind(values[place])
            picked = tuple(values)
        return dict(zip(self.names, picked, strict=True)) if self.by_name else picked

    def as_read(self, found: Sequence[Any]) -> list[Any]:
        values = list(found)
        for place, read in self.reads:
            values[place] = read(values[place])
        return values


def insert_ignore(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert those rows whose unique keys are still free, and say how many there were.

    All rows must have the keys of the first one; columns left out take their declared defaults, the database's own
    where it has one.
    """
    if not rows:
        return 0
    given = rows[0].keys() | _databases_own(table)
    missing = {column.name: column.default for column in table.c if column.default and column.name not in given}
    if missing:
        rows = [{**{name: _value(default) for name, default in missing.items()}, **row} for row in rows]
    statement = _insert_or_nothing(table, tuple(rows[0]), connection.dialect.name)
    return write_many(connection, statement, rows)


def write_many(connection: Connection, statement: Insert | Update, rows: Sequence[Row]) -> int:
    """Execute the statement for each row, which names its parameters; how many rows of the table it concerned.

    The statement must be one that is kept: it is compiled once. No parameter of it may be a list.
    """
    if not rows:
        return 0
    compiled = _compiled(statement, connection.dialect)
    parameters = [compiled.parameters(row) for row in rows]
    with _run(connection, compiled.sql, parameters, many=True) as cursor:
        return int(cursor.rowcount)


def fetch(connection: Connection, statement: Asked, row: Row) -> list[tuple[Any, ...]]:
    """The rows that the statement selects with the parameters of `row`.

    The statement must be one that is kept: it is compiled once. Lists go by `among`, not by an expanding IN. What
    came as JSON may be one object for many rows: nobody changes it.
    """
    return list(map(tuple, _found(connection, statement, row)))


def fetch_as(connection: Connection, statement: Asked, kind: type[Kind], row: Row) -> list[Kind]:
    """The same, each as a named tuple of that kind, whose fields are the statement's columns in their order."""
    return list(map(kind._make, _found(connection, statement, row)))


def _found(connection: Connection, statement: Asked, row: Row) -> Iterable[Sequence[Any]]:
    compiled = _compiled(statement, connection.dialect)
    with _run(connection, compiled.sql, compiled.parameters(row), many=False) as cursor:
        found: list[Sequence[Any]] = cursor.fetchall()
    return map(compiled.as_read, found) if compiled.reads else found


@contextmanager
def _run(connection: Connection, sql: str, parameters: Any, *, many: bool) -> Iterator[Any]:
    """The driver's cursor after it ran the statement; its errors are raised as SQLAlchemy's.

    SQLAlchemy's own way is taken where somebody listens to statements, or a transaction has still to begin: it costs
    more than most of these statements.
    """
    if connection.engine.dispatch.before_cursor_execute or not connection.in_transaction():
        yield connection.exec_driver_sql(sql, parameters, execution_options={"preserve_rowcount": True})
        return
    driver = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, parameters)
        yield cursor
    except driver.Error as error:
        raise DBAPIError.instance(
            sql, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
    finally:
        cursor.close()


@lru_cache(maxsize=256)
def _insert_or_nothing(table: Table, names: tuple[str, ...], dialect: str) -> Insert:
    # OR FAIL is as good as ABORT for one row, and has SQLite keep no journal of what the statement would take back:
    # beside the trigger on touches it would write every page that a row changes into a temporary file.
    insert = sqlite.insert(table).prefix_with("OR FAIL") if dialect == "sqlite" else postgresql.insert(table)
    own = {name: default for name, default in _databases_own(table).items() if name not in names}
    named = {name: bindparam(name, type_=table.c[name].type) for name in names}
    return insert.values(named | own).on_conflict_do_nothing()


def _databases_own(table: Table) -> dict[str, Any]:
    """What the database itself puts into columns that are left out; SQLAlchemy would bind what we declare for them."""
    found = {one.name: one.server_default.arg for one in table.c if isinstance(one.server_default, DefaultClause)}
    return {name: literal_column(f"'{said}'") if isinstance(said, str) else said for name, said in found.items()}


@lru_cache(maxsize=256)
def _compiled(statement: Insert | Update | Asked, dialect: Dialect) -> _Compiled:
    plain: Any = visitors.replacement_traverse(statement, {}, partial(_written_out, dialect))
    compiled = plain.compile(dialect=dialect)
    positions = compiled.positiontup
    names = positions or list(compiled.binds)
    binds = [(place, bind) for place, name in enumerate(names) if (bind := _bind(compiled.binds[name], dialect))]
    constants = {name: bound.effective_value for name, bound in compiled.binds.items() if not bound.required}
    reads = [
        (place, read)
        for place, column in enumerate(compiled._result_columns)
        if (read := _read(column.type, dialect))
    ]
    return _Compiled(str(compiled), names, _picking(names), binds, constants, by_name=not positions, reads=reads)


def _written_out(dialect: Dialect, element: Any, **_: Any) -> ColumnElement[Any] | None:
    """A string that never changes, as part of the text; None for all else, which stays as it is.

    SQLite looks at the value of a parameter that a partial index's condition may be compared with (`state = ?`), and
    prepares the statement anew each time such a parameter is bound: for a mark, ten times what running it costs.
    """
    if not isinstance(element, BindParameter) or not isinstance(element.value, str) or "%" in element.value:
        return None
    write = element.type.dialect_impl(dialect).literal_processor(dialect)
    return literal_column(write(element.value), element.type) if write else None


def _picking(names: Sequence[str]) -> Callable[[Row], Sequence[Any]]:
    """The row's values in that order; a getter of a single name would give it bare."""
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)


def _read(kind: TypeEngine[Any], dialect: Dialect) -> Bind | None:
    """What makes a value of what the driver gives. Most JSON is a word or two that thousands of rows have.

    A float comes as a float from PostgreSQL, or as a Decimal where it was summed up of whole numbers: SQLAlchemy
    asks the row for which of them it is, and nobody has run the statement yet.
    """
    if isinstance(kind, Float) and dialect.name == "postgresql":
        return _as_float
    read = kind.dialect_impl(dialect).result_processor(dialect, None)
    return lru_cache(maxsize=1024)(read) if read and isinstance(kind, JSON) else read


def _as_float(value: Any) -> float | None:
    return None if value is None else float(value)


def _bind(parameter: BindParameter[Any], dialect: Dialect) -> Bind | None:
    """What makes a value for the driver of ours; both drivers take True and False as they are."""
    if isinstance(parameter.type, Boolean):
        return None
    bind = parameter.type.dialect_impl(dialect).bind_processor(dialect)
    return _knowing_empty(bind) if bind and isinstance(parameter.type, JSON) else bind


def _knowing_empty(bind: Bind) -> Bind:
    """The same, with the empty list bound once: most lists of channels are, on thousands of rows."""
    empty = bind([])
    return lambda value: empty if value == [] else bind(value)


def _value(default: Any) -> Any:
    return default.arg(None) if default.is_callable else default.arg
