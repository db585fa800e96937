"""What of several daemons on one PostgreSQL database one does for all, and what all of them come to know."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.ground.clock import FrozenClock
from engine.service.app import App
from engine.service.slots import in_our_slot
from engine.stages.books import Books
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.upgrade import create_all
from engine.store.wakeup import Ear, wake_daemons
from tests.contract.planned_house import SETTINGS, PlannedHouse, instant

pytestmark = pytest.mark.pg

NOW = instant("2026-03-02T06:00")


@pytest.fixture
def daemons(pg_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[App]]:
    """Three, with a clock of their own each."""
    first = Database(pg_url)
    create_all(first)
    dbs = [first, Database(pg_url), Database(pg_url)]
    home = tmp_path_factory.mktemp("home")
    yield [App(SETTINGS, home, db, FrozenClock(NOW), Books(SETTINGS), Clockwork.of(SETTINGS), False) for db in dbs]
    for db in dbs:
        db.close()


def test_a_feed_is_looked_at_once_each_time_however_many_daemons_there_are(daemons: list[App]) -> None:
    looks: list[int] = []
    for at in range(NOW, NOW + 600, 20):
        for n, app in enumerate(daemons):
            here = replace(app, clock=FrozenClock(at + 5 * n))
            in_our_slot(here, "feed cma", 60, lambda at=at: looks.append(at))  # type: ignore[misc]
    assert looks == list(range(NOW, NOW + 600, 60))


def test_a_daemon_that_is_at_it_keeps_the_others_from_it_however_long_it_takes(daemons: list[App]) -> None:
    later = replace(daemons[1], clock=FrozenClock(NOW + 3_600))
    beside: list[bool] = []
    assert in_our_slot(daemons[0], "inbox", 60, lambda: beside.append(in_our_slot(later, "inbox", 60, lambda: None)))
    assert beside == [False]
    assert in_our_slot(later, "inbox", 60, lambda: None)


def test_a_daemon_hears_that_another_has_written_something_to_send(daemons: list[App]) -> None:
    heard = threading.Event()
    ear = Ear(daemons[1].db, heard.set)
    ear.start()
    until = time.monotonic() + 30
    while not heard.is_set() and time.monotonic() < until:
        with daemons[0].db.writing() as connection:
            wake_daemons(connection)
        heard.wait(0.05)
    ear.stop()
    assert heard.is_set()


def test_whoever_cannot_listen_goes_on_without_and_ends_when_asked() -> None:
    ear = Ear(Database("postgresql://nobody@127.0.0.1:1/nowhere"), lambda: None)
    ear.start()
    began = time.monotonic()
    ear.stop()
    assert time.monotonic() - began < 10


def test_a_reload_at_one_daemon_is_in_force_at_the_next_pass_of_the_others(daemons: list[App]) -> None:
    house = PlannedHouse(daemons[0].db)
    house.people("ann", now=NOW)
    seen = []
    for step in ("+0d", "+5d"):
        house.rule("{since: registered, after: 1d}", step, now=NOW)
        for app in daemons:
            with app.db.reading() as connection:
                generation = app.books.active(connection)
            assert generation is not None
            seen.append((generation.id, generation.book.rules[0].steps[0].at.offset.days))
    assert seen[:3] == [seen[0]] * 3
    assert seen[3:] == [(seen[0][0] + 1, 5)] * 3
