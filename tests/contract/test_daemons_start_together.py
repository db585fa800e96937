"""Daemons that start on one PostgreSQL database at the same moment: one generation is in force."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from engine.store.book import generations
from engine.store.database import Connection, Database
from engine.store.ledger import generation
from engine.store.upgrade import create_all

pytestmark = pytest.mark.pg


def adopted(connection: Connection, digest: str) -> int:
    return generations.adopt(connection, digest, {}, {}, [("wish", digest)], [], 0)


def in_time_of_its_own(db: Database, digest: str) -> int:
    with db.writing() as connection:
        return adopted(connection, digest)


@pytest.mark.parametrize("digest", ["as the first", "another"])
def test_one_generation_is_in_force_when_two_put_theirs_in_force_at_once(pg_url: str, digest: str) -> None:
    first, second = Database(pg_url), Database(pg_url)
    create_all(first)
    with ThreadPoolExecutor(1) as pool:
        with first.writing() as connection:
            ours = adopted(connection, "as the first")
            theirs: Future[int] = pool.submit(in_time_of_its_own, second, digest)
            with pytest.raises(TimeoutError):
                theirs.result(0.3)
        assert (theirs.result(10) == ours) is (digest == "as the first")
    with first.reading() as connection:
        active = select(func.count()).select_from(generation).where(generation.c.active)
        assert connection.execute(active).scalar_one() == 1
        assert generations.active_id(connection) == theirs.result()
    first.close()
    second.close()
