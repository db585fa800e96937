"""Databases for tests: empty ones, and one of each engine with all tables, which is used again and again."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from engine.store.database import Connection, Database
from engine.store.upgrade import METADATA, create_all, revisions

_TABLES = [table.name for table in METADATA.sorted_tables]
_FILLED = text(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in _TABLES))
_OBJECTS = text(
    "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = s.oid),"
    " (SELECT count(*) FROM pg_proc WHERE pronamespace = s.oid),"
    " (SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    "  WHERE c.relnamespace = s.oid AND NOT t.tgisinternal)"
    " FROM pg_namespace s WHERE s.nspname = current_schema()"
)
_COUNT_ANEW = text(
    "SELECT setval(oid::regclass, 1, false) FROM pg_class"
    " WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace"
)


class Schemas:
    """What a server at that URL has for tests. Making all tables costs ten times as much as emptying them."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._numbers = itertools.count(1)
        self._furnished = ""
        self._objects: tuple[int, ...] = ()

    def empty(self) -> str:
        """The URL of a fresh schema without tables."""
        name = f"test_{next(self._numbers)}"
        run(self.server, f"CREATE SCHEMA {name}")
        return f"{self.server}&options=-csearch_path%3D{name}"

    def furnished(self) -> str:
        """The URL of a schema with all tables and no rows: the last one, where its test left nothing but rows."""
        if not self._furnished or not self._cleared(self._furnished):
            self._furnished = self._made()
        return self._furnished

    def _made(self) -> str:
        url = self.empty()
        db = Database(url)
        create_all(db)
        with db.reading() as connection:
            self._objects = _objects(connection)
        db.close()
        return url

    def _cleared(self, url: str) -> bool:
        """Take the rows away; False if the test changed more than rows, or something of it still holds them."""
        db = Database(url)
        try:
            with db.writing() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '500ms'"))
                _clear(connection)
                return _objects(connection) == self._objects
        except OperationalError:
            return False
        finally:
            db.close()


class SqliteFile:
    """A SQLite file in that folder, put back to what it was when its tables were made."""

    def __init__(self, folder: Path) -> None:
        self._file, self._made = folder / "store.sqlite", folder / "made.sqlite"
        db = Database(f"sqlite:///{self._made}")
        create_all(db)
        db.close()

    def furnished(self) -> str:
        """Its URL."""
        for left in self._file.parent.glob("store.sqlite-*"):
            left.unlink()
        shutil.copy(self._made, self._file)
        return f"sqlite:///{self._file}"


def run(url: str, *statements: str) -> None:
    """Each in a transaction of its own."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _clear(connection: Connection) -> None:
    filled = connection.execute(_FILLED).scalars().all()
    if filled:
        connection.execute(text(f"TRUNCATE {', '.join(filled)} CASCADE"))
    connection.execute(_COUNT_ANEW).all()
    connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": revisions()[-1]})


def _objects(connection: Connection) -> tuple[int, ...]:
    """How many relations, functions and triggers the schema has."""
    return tuple(connection.execute(_OBJECTS).one())
