"""Several daemons on one PostgreSQL database: each lead is planned and judged by one of them at a time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from engine.domain.civil import DAY
from engine.domain.keys import shard_of
from engine.stages.books import Books
from engine.stages.plan import bearing
from engine.stages.plan import plan as stage
from engine.stages.plan.changed_leads import facts_of, plan_lead
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.book.generations import dirty_rules
from engine.store.database import Database
from engine.store.ledger import rule_shard
from engine.store.parts import all_parts, part_of
from engine.store.turns import turn, turns, wait_here, waited_turn
from engine.store.upgrade import create_all
from tests.contract.planned_house import SETTINGS, PlannedHouse, instant

pytestmark = pytest.mark.pg

NOW = instant("2026-03-02T06:00")
LEADS = [f"lead-{n}" for n in range(120)]


@pytest.fixture
def house(pg_url: str) -> Iterator[PlannedHouse]:
    """A hundred leads who are to be called a day after they were registered, and again three days later."""
    db = Database(pg_url)
    create_all(db)
    house = PlannedHouse(db)
    house.people(*LEADS, now=NOW)
    house.rule("{since: registered, after: 1d}", "+0d", "+3d", now=NOW)
    yield house
    db.close()


def planned_by(url: str, now: int, done: list[int]) -> None:
    db = Database(url)
    try:
        done.append(plan(db, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS), now).touches)
    finally:
        db.close()


def at_once(*works: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_three_daemons_write_the_book_of_one_and_plan_no_lead_twice(
    house: PlannedHouse, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    born: Counter[str] = Counter()
    give_birth = bearing.give_birth

    def counted(rule: object, found: object, scope: object, ground: object) -> object:
        book = give_birth(rule, found, scope, ground)  # type: ignore[arg-type]
        born.update(row["lead"] for row in book.occasions)
        return book

    monkeypatch.setattr(bearing, "give_birth", counted)
    monkeypatch.setattr(stage, "dirty_leads", lambda _this: stage.PlanCounts())  # the rule's own reconcile alone
    done: list[int] = []
    at_once(*[lambda: planned_by(pg_url, NOW, done)] * 3)
    assert len(done) == 3
    assert sum(done) == len(LEADS)
    assert born == Counter(LEADS)
    at_once(*[lambda: planned_by(pg_url, NOW + 2 * DAY, done)] * 3)
    assert {name for name, _, _ in house.book()} == {f"{step} {one}" for one in LEADS for step in ("s1", "s2")}
    with house.db.reading() as connection:
        assert dirty_rules(connection) == frozenset()
        assert connection.execute(select(rule_shard)).all() == []


def test_a_part_at_which_another_daemon_is_waits_for_the_next_pass(house: PlannedHouse, pg_url: str) -> None:
    other = Database(pg_url)
    theirs = part_of(house.db, LEADS[0])
    left = {f"s1 {one}" for one in LEADS if theirs.holds(shard_of(one))}
    with turn(other, theirs.name) as mine:
        assert mine
        house.plan(NOW)
    assert {name for name, _, _ in house.book()} == {f"s1 {one}" for one in LEADS} - left
    with house.db.reading() as connection:
        assert len(dirty_rules(connection)) == 1
    house.plan(NOW)
    assert {name for name, _, _ in house.book()} == {f"s1 {one}" for one in LEADS}
    other.close()


def test_what_a_daemon_that_judges_holds_is_judged_by_nobody_else(house: PlannedHouse, pg_url: str) -> None:
    house.plan(NOW)
    books, due = Books(SETTINGS), NOW + DAY
    release = Release(house.db, SETTINGS, books, Clockwork.of(SETTINGS))
    other = Database(pg_url)
    names = [part.name for part in all_parts(house.db)]
    theirs = part_of(house.db, LEADS[0])
    with turns(other, names) as all_of_them:
        assert len(all_of_them) == len(names)
        assert release.run(due).suppressed == Counter()
    with turn(other, theirs.name):
        first = release.run(due)
    second = release.run(due)
    release.close()
    other.close()
    told = [sum(one.suppressed.values()) + one.released for one in (first, second)]
    kept = sum(theirs.holds(shard_of(one)) for one in LEADS)
    assert told == [len(LEADS) - kept, kept]


def test_who_has_just_changed_a_lead_waits_for_the_daemon_that_plans_his_part(
    house: PlannedHouse, pg_url: str
) -> None:
    """Else the daemon, which has read the older fact, would write over what follows from the newer one."""
    house.plan(NOW)
    house.talk(LEADS[0], "connected", NOW + 60, NOW + 60)
    with house.db.writing() as connection:
        wait_here(connection, facts_of(part_of(house.db, LEADS[0])))
        db = Database(pg_url)
        work = threading.Thread(
            target=plan_lead, args=(db, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS), LEADS[0], NOW + 60)
        )
        work.start()
        work.join(0.3)
        assert work.is_alive()
    work.join(10)
    assert not work.is_alive()
    db.close()


def test_a_turn_is_over_when_its_connection_is_gone(pg_url: str) -> None:
    one, other = Database(pg_url), Database(pg_url)
    with turn(one, "a task") as mine, turn(other, "a task") as theirs:
        assert (mine, theirs) == (True, False)
    with turn(other, "a task") as theirs:
        assert theirs
        with other.beside() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.close()
        with waited_turn(one, "a task"):
            pass
    with turn(other, "a task") as theirs:
        assert theirs
    one.close()
    other.close()


def test_who_waits_for_a_turn_is_not_stuck_and_who_gets_on_keeps_his(
    pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.store.database.RENEWED", 0.1)
    beats: list[float] = []
    one, other = Database(pg_url), Database(pg_url)
    other.committed = lambda: beats.append(time.monotonic())

    def wait() -> None:
        with waited_turn(other, "a task"):
            beats.append(0.0)

    waiting = threading.Thread(target=wait)
    with turn(one, "a task", silence=1):
        waiting.start()
        for _ in range(8):  # longer than the silence, but never silent
            time.sleep(0.25)
            with one.writing() as connection:
                connection.execute(select(1))
        assert len(beats) > 3
        assert beats[-1] > 0
        waiting.join(5)  # silent now: the server ends it
        assert beats[-1] == 0.0
    one.close()
    other.close()


def test_a_reader_sees_one_instant_whatever_others_write_meanwhile(house: PlannedHouse, pg_url: str) -> None:
    other = PlannedHouse(Database(pg_url))
    with house.db.reading():
        before = len(house.book())
        other.plan(NOW)
        assert len(house.book()) == before == 0
    assert len(house.book()) == len(LEADS)
    other.db.close()
