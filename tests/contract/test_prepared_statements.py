"""Statements that PostgreSQL keeps ready: on every connection of ours, through reading, writing and locking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from engine.ground.errors import UsageError
from engine.store.database import Connection, Database
from engine.store.prepared import with_prepared
from engine.store.turns import turn

pytestmark = pytest.mark.pg

ASK = text("SELECT name FROM kept ORDER BY name")
KEPT = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT name FROM kept%'")


@pytest.fixture
def db(pg_url: str) -> Iterator[Database]:
    """With a table."""
    found = Database(pg_url)
    with found.writing() as connection:
        connection.execute(text("CREATE TABLE kept (name text)"))
    yield found
    found.close()


def ask(connection: Connection, times: int = 6) -> int:
    """How many statements are kept once it was asked so often."""
    for _ in range(times):
        connection.execute(ASK).all()
    return int(connection.execute(KEPT).scalar_one())


def test_what_is_asked_often_is_prepared_and_stays_so(db: Database) -> None:
    with db.reading() as connection:
        assert ask(connection) == 1
    with db.writing() as connection:
        assert ask(connection, times=0) == 1
    with turn(db, "a task"):
        pass
    with db.reading() as connection:
        assert ask(connection, times=0) == 1


def test_an_upgrade_beside_it_does_not_break_what_is_prepared(db: Database) -> None:
    """Migrations only add columns, and our statements name theirs."""
    with db.reading() as connection:
        ask(connection)
    newer = Database(db.engine.url.render_as_string(hide_password=False))
    with newer.writing() as connection:
        connection.execute(text("ALTER TABLE kept ADD COLUMN said text"))
    newer.close()
    with db.reading() as connection:
        assert connection.execute(ASK).all() == []


def test_nothing_is_prepared_where_config_says_so(db: Database) -> None:
    url = db.engine.url.render_as_string(hide_password=False)
    found = Database(with_prepared(url, wanted=False))
    with found.reading() as connection:
        assert ask(connection) == 0
    found.close()


def test_a_read_cannot_write(db: Database) -> None:
    with pytest.raises(Exception, match="read-only transaction"), db.reading() as connection:
        connection.execute(text("DELETE FROM kept"))


def test_a_url_says_true_or_false(pg_url: str) -> None:
    with pytest.raises(UsageError, match='prepared in the URL of the database must be "true" or "false"'):
        Database(f"{pg_url}&prepared=never")
