"""Daemons behind PgBouncer in transaction mode, with fewer sessions than they have connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from benchmarks.fleet import Fleet, Letterbox
from engine.store.database import Database
from engine.store.turns import turn
from tests.contract.bouncer import bouncer
from tests.contract.schemas import Schemas

pytestmark = pytest.mark.pg

COUNT = 200


@pytest.fixture(scope="module")
def pooled(schemas: Schemas) -> Iterator[str]:
    """A database of its own: the pooler passes no search path on."""
    engine = create_engine(schemas.server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS pooled"))
        connection.execute(text("CREATE DATABASE pooled"))
    engine.dispose()
    with bouncer(schemas.server, "pooled") as url:
        yield url


def test_two_daemons_share_what_is_due_behind_a_pooler(pooled: str, tmp_path: Path) -> None:
    with Letterbox() as relay:
        fleet = Fleet(pooled, tmp_path / "home", relay)
        fleet.furnish(COUNT)
        result = fleet.share(2)
    assert result.states == {"sent": COUNT}
    assert set(relay.came.values()) == {1}
    assert len(relay.came) == COUNT


def test_a_turn_is_kept_while_other_transactions_come_and_go(pooled: str) -> None:
    one, other = Database(pooled), Database(pooled)
    with turn(one, "a task") as mine:
        for _ in range(20):
            with one.reading() as connection:
                connection.execute(text("SELECT 1"))
        with turn(other, "a task") as theirs:
            assert (mine, theirs) == (True, False)
    with turn(other, "a task") as theirs:
        assert theirs
    one.close()
    other.close()


def test_what_only_reads_leaves_no_session_that_cannot_write(pooled: str) -> None:
    reader, writer = Database(pooled, read_only=True), Database(pooled)
    for _ in range(20):
        with reader.reading() as connection, pytest.raises(DBAPIError):
            connection.execute(text("CREATE TABLE made (id int)"))
        with writer.writing() as connection:
            connection.execute(text("CREATE TABLE made (id int)"))
            connection.execute(text("DROP TABLE made"))
    reader.close()
    writer.close()
