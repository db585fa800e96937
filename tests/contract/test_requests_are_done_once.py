"""Requests under one key at the same moment: one does the work, the others wait and hear what it answered."""

from __future__ import annotations

import threading

import pytest

from engine.store.database import Database
from engine.store.facts.idempotency import Answer, OtherBody, Request, begin, finish

REQUEST = Request("shop", "/api/events", "k1", "digest")
NOW = 1_771_000_000


def test_of_three_at_once_one_does_it_and_all_hear_the_same(database: Database) -> None:
    heard: list[str] = []
    together = threading.Barrier(3)

    def send() -> None:
        together.wait()
        with database.writing() as connection:
            before = begin(connection, REQUEST, NOW)
            if before is None:
                finish(connection, REQUEST, Answer(200, "done"))
                heard.append("did it")
            else:
                heard.append(before.body)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == ["did it", "done", "done"]
    with database.writing() as connection, pytest.raises(OtherBody):
        begin(connection, REQUEST._replace(digest="another"), NOW)


def test_what_failed_may_be_sent_again(database: Database) -> None:
    with database.writing() as connection:
        savepoint = connection.begin_nested()
        assert begin(connection, REQUEST, NOW) is None
        savepoint.rollback()
    with database.writing() as connection:
        assert begin(connection, REQUEST, NOW) is None
