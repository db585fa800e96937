"""Connections and transactions: a held connection a thread, short write transactions, both engines alike.

SQLite: WAL, `synchronous=FULL`, and `BEGIN IMMEDIATE` for every write transaction (deferred ones fail under
concurrent writers, because a reader cannot always become a writer). PostgreSQL: psycopg 3, READ COMMITTED, and
REPEATABLE READ, READ ONLY where it is only read. Nothing depends on a session but what prepared.py says: any pooler
may share connections out.
"""

from __future__ import annotations

import json
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, InternalError, OperationalError
from sqlalchemy.pool import NullPool

from engine.ground.clock import SystemClock
from engine.ground.errors import UsageError
from engine.store.many import insert_ignore

__all__ = ["BUSY_TIMEOUT", "Connection", "Database", "insert_ignore", "sqlite_path"]

BUSY_TIMEOUT = 15
"""Seconds a SQLite writer waits for another one before "database is locked"."""

CACHE = 1_000
"""KiB of pages that a SQLite connection keeps. A daemon has half a dozen connections; a tick among a million customers
takes as long as with SQLite's 2,000, for the system has the file in its cache as well (measured)."""

RENEWED = 20.0
"""Seconds between two signs of life of what a thread holds beside. Ours."""

_FORMS = "write sqlite:///FILE or postgresql://HOST/NAME"
_SERVERS_CLOCK = text("SELECT CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT)")


class Database:
    """One database, used from any thread. Each thread holds its own connection until `close`.

    An in-memory SQLite database (`sqlite://`) belongs to the thread that uses it.
    UsageError: the URL names neither SQLite nor PostgreSQL, or a file to be read is not there.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.read_only = read_only
        parsed = _parse(url)
        if read_only:
            _require_file(parsed)
        self.engine = _engine(parsed, read_only)
        self.dialect = self.engine.dialect.name
        self.committed: Callable[[], None] = lambda: None
        """Called in the thread after each commit, and while it waits for others: so the daemon sees that it gets on."""
        self._thread = threading.local()
        self._lock = threading.Lock()
        # SQLite has one writer, and lets those who wait try their luck: of forty threads some would never have it.
        self._turn: AbstractContextManager[object] = threading.Lock() if self.dialect == "sqlite" else nullcontext()
        self._held: list[tuple[threading.Thread, Connection]] = []

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent look at the database; inside `writing` of the same thread, the same transaction."""
        connection = self._connection()
        if connection.in_transaction():
            yield connection
            return
        with connection.begin() as transaction:
            yield connection
            if self.dialect == "sqlite":
                transaction.rollback()  # on PostgreSQL it would throw away what is prepared, see prepared.py

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction: committed at the end, rolled back on any exception. It does not nest."""
        connection = self._connection()
        if connection.in_transaction():
            raise RuntimeError("a write transaction cannot begin inside another transaction of its thread")
        connection.info["begin"] = "BEGIN IMMEDIATE"
        try:
            with self._turn, connection.begin():
                yield connection
        finally:
            connection.info.pop("begin", None)
        self._renew_turn()
        self.committed()

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """A transaction of its own, on a second connection of this thread, that writes nothing: for its locks.

        Inside another one of the same thread, that one.
        """
        open_one: Connection | None = getattr(self._thread, "beside", None)
        if open_one is not None and open_one.in_transaction():
            yield open_one
            return
        connection = self._thread.beside = open_one or self._held_open()
        connection.info["begin"] = "BEGIN"
        transaction = connection.begin()
        try:
            yield connection
        finally:
            try:
                (transaction.rollback if connection.invalidated else transaction.commit)()
            except (OperationalError, InternalError):  # the server ended it: what we held, we hold no longer
                self._thread.beside = None

    def _renew_turn(self) -> None:
        """Have the server see that whoever has locks beside gets on: it ends transactions that are idle for long."""
        beside: Connection | None = getattr(self._thread, "beside", None)
        if beside is None or not beside.in_transaction():
            return
        if time.monotonic() - getattr(self._thread, "renewed", 0.0) > RENEWED:
            self._thread.renewed = time.monotonic()
            with suppress(OperationalError, InternalError):  # it is over: others may be at it too, doing nothing twice
                beside.exec_driver_sql("SELECT 1")

    def now(self) -> int:
        """The store's clock, in seconds since the epoch: the one clock that all daemons share (leases).

        SQLite's is the machine's.
        """
        if self.dialect == "sqlite":
            return SystemClock().now()
        with self.reading() as connection:
            return int(connection.execute(_SERVERS_CLOCK).scalar_one())

    def rewrite(self) -> bool:
        """Write a SQLite file anew, so that nothing of what was deleted is left in it or in its log.

        False: others are reading, and the old pages are still there. PostgreSQL frees them by itself (autovacuum).
        """
        if self.dialect != "sqlite":
            return True
        raw = self.engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("VACUUM")
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            cursor.close()
        finally:
            raw.close()
        return not busy

    def close(self) -> None:
        """Close every thread's connection. Call it when no other thread is using the database."""
        with self._lock:
            for _, connection in self._held:
                connection.close()
            self._held.clear()
        self._thread = threading.local()

    def _connection(self) -> Connection:
        held: Connection | None = getattr(self._thread, "connection", None)
        if held is None:
            held = self._thread.connection = self._held_open()
        elif self.dialect == "postgresql" and not (held.in_transaction() or held.invalidated) and _hung_up(held):
            held.invalidate()  # the next statement opens another one
        return held

    def _held_open(self) -> Connection:
        """A connection that is closed with this thread or this object, whichever ends first."""
        connection = self.engine.connect()
        with self._lock:
            self._close_those_of_ended_threads()
            self._held.append((threading.current_thread(), connection))
        return connection

    def _close_those_of_ended_threads(self) -> None:
        for ended in [pair for pair in self._held if not pair[0].is_alive()]:
            ended[1].close()
            self._held.remove(ended)


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL; None for other engines and for databases in memory."""
    parsed = _parse(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(f"the database is not a URL; {_FORMS}") from error
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return parsed.set(drivername="sqlite+pysqlite")
    if kind in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise UsageError(f'database "{kind}" is not supported; {_FORMS}')


def require_file(url: str) -> None:
    """UsageError if the SQLite file is not there. A daemon makes none: its folder may not be mounted, and in a new
    database nobody has been written to yet."""
    _require_file(_parse(url))


def _require_file(url: URL) -> None:
    """UsageError if that is a SQLite file which is not there: a reader makes none."""
    if url.get_backend_name() == "sqlite" and not _in_memory(url) and not Path(str(url.database)).exists():
        name = Path(str(url.database)).name
        raise UsageError(f'there is no database "{name}" yet; make it with: followup db upgrade')


def _in_memory(url: URL) -> bool:
    return url.database in (None, "", ":memory:")


@lru_cache(maxsize=8)
def _engine(url: URL, read_only: bool) -> Engine:
    """One of each kind: it holds no connection, but every statement as compiled, which costs more than running it.

    So a thousand dry runs and rule tests, each in a memory of its own, compile their statements once.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, read_only)
    from engine.store.server import server_engine  # its driver takes 10 MB, which a house on SQLite does without

    return server_engine(url, read_only, _to_json)


def _sqlite_engine(url: URL, read_only: bool) -> Engine:
    if read_only and not _in_memory(url):
        file = f"file:{quote(str(Path(str(url.database))))}"
        url = url.set(database=file, query={"mode": "ro", "uri": "true"})
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        json_serializer=_to_json,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_reader if read_only else _prepare_writer)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_reader(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # the driver's own transactions off: `_begin` says when, and how
    raw.execute("PRAGMA query_only = ON").close()


def _prepare_writer(raw: Any, _record: object) -> None:
    raw.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", f"cache_size = -{CACHE}"):
        raw.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.info.get("begin", "BEGIN"))


def _hung_up(connection: Connection) -> bool:
    """Whether the server, which restarted perhaps, has closed a connection that was idle: it alone speaks unasked."""
    raw: Any = connection.connection.dbapi_connection
    if raw.closed:
        return True
    watch = select.poll()
    watch.register(raw.fileno(), select.POLLIN)
    return bool(watch.poll(0))


def _to_json(value: object) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return _words_to_json(tuple(value))
    return _encode(value)


_encode = json.JSONEncoder(ensure_ascii=False).encode


@lru_cache(maxsize=1024)
def _words_to_json(words: tuple[str, ...]) -> str:
    """A list of words, as most columns of JSON hold: the same few names of channels for thousands of touches."""
    return _encode(list(words))
