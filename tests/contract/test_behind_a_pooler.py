"""Daemons behind PgBouncer in transaction mode, with fewer sessions than they have connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from benchmarks.fleet import Fleet, Letterbox
from engine.service.log_keys import shown
from engine.store.database import Database
from engine.store.failures import failure_line, failure_word
from engine.store.prepared import with_prepared
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


def _run_once(db: Database) -> None:
    with db.reading() as connection:
        connection.execute(text("SELECT 'said often'")).all()


def _run_in_turn(*databases: Database, times: int) -> None:
    for _ in range(times):
        for db in databases:
            _run_once(db)


def _prepared_after_many_runs(db: Database) -> int:
    for _ in range(10):
        _run_once(db)
    with db.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one())


def test_nothing_is_prepared_where_a_pooler_lies_in_between(pooled: str) -> None:
    db = Database(pooled)
    assert [_prepared_after_many_runs(db) for _ in range(2)] == [0, 0]
    db.close()


def test_a_pooler_that_loses_what_was_prepared_is_told_with_the_key(pooled: str) -> None:
    """This one (PgBouncer before 1.21) does: both get the same session in turn, and name what they prepare alike."""
    one, other = (Database(with_prepared(pooled, wanted=True)) for _ in range(2))
    with pytest.raises(DBAPIError) as caught:
        _run_in_turn(one, other, times=10)
    assert failure_line(caught.value) == (
        "a pooler in between loses PostgreSQL's prepared statements; set database.prepared: false in config.yaml"
    )
    assert shown("reason", failure_word(caught.value)) == "pooler_breaks database.prepared"
    one.close()
    other.close()
