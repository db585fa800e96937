"""A table of somebody else's database, read piece by piece: a CRM that is there already.

Nothing is written on their side: every connection is read-only by the database's own means, not by our good will.
The one exception is the statement that config.yaml names for writing back, on a connection of its own.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, literal_column, make_url, or_, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import FromClause, column, table
from sqlalchemy.sql.expression import ColumnClause, Select, TextClause

PIECE = 1000
"""Rows that are held in memory at a time."""
PATIENCE = 15
"""Seconds to wait for a connection, or for a lock on theirs."""

_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
}
"""How each database is told that this transaction must not write. Other databases are refused."""
_DRIVERS = {
    "sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}  # fmt: skip
_WAITS: Mapping[str, Mapping[str, Any]] = {
    "sqlite": {"timeout": PATIENCE},
    "postgresql": {"connect_timeout": PATIENCE},
    "mysql": {"connect_timeout": PATIENCE},
    "mariadb": {"connect_timeout": PATIENCE},
}


_EXTRAS = {"pymysql": "; pip install 'followup[mysql]'"}
"""How to come by a driver that is not always there."""


class SourceFailure(Exception):
    """The source does not give what is asked for: it is away, or no longer what it was. One line, without secrets."""


@dataclass(frozen=True)
class Asked:
    """What is read: a table, or a query, its columns, the one that tells rows apart, and the one that only grows.

    `columns` holds `key` and `watermark`. Without a watermark every look reads every row.
    """

    columns: tuple[str, ...]
    key: str
    watermark: str = ""
    table: str = ""
    query: str = ""

    @property
    def name(self) -> str:
        """What messages call it."""
        return f'the table "{self.table}"' if self.table else "the query"


class SqlSource:
    """A database that is asked one thing. SourceFailure: the URL names no database that we can read."""

    def __init__(self, url: str, asked: Asked) -> None:
        self.asked = asked
        self._url = _parsed(url)
        self._from = _from(asked)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """One read-only transaction over there. SourceFailure, also from the reader's iterators."""
        with _opened(self._url, writing=False) as connection:
            reader = Reader(connection, self.asked, self._from)
            reader.require_columns()
            yield reader

    def write_back(self, statement: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Run the named statement once for each row of parameters, in one transaction. SourceFailure: none was."""
        with _opened(self._url, writing=True) as connection, _named_failures():
            connection.execute(text(statement), list(rows))
            connection.commit()


class Reader:
    """Looks at the source within one transaction of theirs."""

    def __init__(self, connection: Connection, asked: Asked, rows_from: FromClause) -> None:
        self._connection = connection
        self._asked = asked
        self._from = rows_from

    def require_columns(self) -> None:
        """SourceFailure names the columns that are no longer there."""
        with _named_failures():
            there = tuple(self._connection.execute(select(literal_column("*")).select_from(self._from).limit(0)).keys())
        missing = [_missing(name, there) for name in self._asked.columns if name not in there]
        if missing:
            raise SourceFailure(f"{self._asked.name} has no {'; no '.join(missing)}")

    def pieces(self, since: object = None) -> Generator[list[tuple[Any, ...]]]:
        """Rows in the order of the watermark, from the one given on (those that are level with it again included).

        Rows without a watermark are always among them: nothing says that they have not changed.
        """
        asked = self._rows()
        if self._asked.watermark:
            mark: ColumnClause[Any] = column(self._asked.watermark)
            asked = asked if since is None else asked.where(or_(mark >= since, mark.is_(None)))
            asked = asked.order_by(mark, column(self._asked.key))
        return self._stream(asked)

    def those(self, keys: Sequence[object]) -> Generator[list[tuple[Any, ...]]]:
        """The rows of these keys, as far as they are still there."""
        return self._stream(self._rows().where(column(self._asked.key).in_(keys)))

    def every_key(self) -> Iterator[list[object]]:
        """Every key that is there."""
        asked: Select[Any] = select(column(self._asked.key)).select_from(self._from)
        return ([row[0] for row in piece] for piece in self._stream(asked))

    def _rows(self) -> Select[Any]:
        columns: list[Any] = [column(name) for name in self._asked.columns]
        return select(*columns).select_from(self._from)

    def _stream(self, asked: Select[Any]) -> Generator[list[tuple[Any, ...]]]:
        with _named_failures(), self._connection.execution_options(yield_per=PIECE).execute(asked) as result:
            for piece in result.partitions():
                yield [tuple(row) for row in piece]


def _from(asked: Asked) -> FromClause:
    """The query's own colons are not parameters: it takes none."""
    names: list[ColumnClause[Any]] = [column(name) for name in asked.columns]
    if asked.table:
        schema, _, name = asked.table.rpartition(".")
        return table(name, *names, schema=schema or None)
    return _literally(asked.query).columns(*names).subquery("source")


def _literally(query: str) -> TextClause:
    return text(re.sub(":", r"\:", query.strip().rstrip(";")))


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SourceFailure("url is not a SQLAlchemy URL; write e.g. postgresql://HOST/NAME") from error
    kind = parsed.get_backend_name()
    if kind not in _READ_ONLY:
        raise SourceFailure(f"{kind} databases are not read; there are {', '.join(_READ_ONLY)}")
    if parsed.drivername in _DRIVERS:
        parsed = parsed.set(drivername=_DRIVERS[kind])
    if kind == "sqlite":
        path = quote(str(parsed.database))
        return parsed.set(database=f"file:{path}", query={**parsed.query, "uri": "true"})
    return parsed


@contextmanager
def _opened(url: URL, *, writing: bool) -> Iterator[Connection]:
    """A connection that ends with the block, together with its transaction. What fails in the block is not named
    here: it may well be something of ours."""
    with _named_failures():
        engine = _engine(url, writing)
        connection = engine.connect()
    try:
        yield connection
    finally:
        connection.close()
        engine.dispose()


def _engine(url: URL, writing: bool) -> Engine:
    """A file that is not there must not come into being by being read, so SQLite is always told how to open it."""
    kind = url.get_backend_name()
    if kind == "sqlite":
        url = url.update_query_dict({"mode": "rw" if writing else "ro"})
    waits = dict(_WAITS.get(kind, {}))
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=waits)
    if not writing:
        event.listen(engine, "begin", _read_only(kind))
    return engine


def _read_only(kind: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(_READ_ONLY[kind])

    return begin


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except NoSuchModuleError as error:
        raise SourceFailure(f"there is no driver for it: {_first_line(error)}") from error
    except ModuleNotFoundError as error:
        more = _EXTRAS.get(error.name or "", "")
        raise SourceFailure(f"its driver is not installed: {error.name}{more}") from error
    except SQLAlchemyError as error:
        raise SourceFailure(_first_line(error.orig if isinstance(error, DBAPIError) else error)) from error


def _first_line(error: BaseException | None) -> str:
    """What the driver says; of MySQL's number and sentence the sentence."""
    match getattr(error, "args", ()):
        case (int(), str(sentence)):
            return sentence.strip().partition("\n")[0]
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__


def _missing(name: str, there: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, there, 1)
    return f'column "{name}"' + (f', but "{near[0]}"' if near else "")
