"""A row that somebody wrote past followup sets aside its own customer; everybody else's book is as without it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text, update

from engine.stages.aside import LOOK_AGAIN, Isolation, look_again, look_over
from engine.stages.books import Books
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.aside.rows import aside
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from engine.store.ledger import delivery, touch
from engine.store.tables import attribute_day, date_record, dirty_lead, lead, malformed_row, record
from engine.store.upgrade import METADATA
from tests.contract.composing import World
from tests.contract.outbox import NOON, Outbox
from tests.contract.planned_house import DAY, SETTINGS, PlannedHouse, instant

NOW = instant("2026-02-16T08:00")
HOUR = 3_600
PEOPLE = ("a", "bad", "c")


def raw(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def _zone(connection: Connection) -> None:
    raw(connection, "UPDATE lead SET timezone = 'Mars/Base' WHERE id = 'bad'")


def _status(connection: Connection) -> None:
    raw(connection, "UPDATE lead SET status = 'asleep' WHERE id = 'bad'")


def _shard(connection: Connection) -> None:
    raw(connection, "UPDATE lead SET shard = 99 WHERE id = 'bad'")


def _list_for_attributes(connection: Connection) -> None:
    raw(connection, "UPDATE lead SET attrs = '[1]' WHERE id = 'bad'")


def _infinite(connection: Connection) -> None:
    connection.execute(insert(record).values(id="r", lead="bad", kind="purchase", amount=float("inf"), at=NOW))


def _impossible_date(connection: Connection) -> None:
    connection.execute(insert(date_record).values(id="d", lead="bad", kind="birthday", month=2, day=31))


def _impossible_day(connection: Connection) -> None:
    connection.execute(insert(attribute_day).values(lead="bad", name="left_on", day_on="2026-02-30"))


def _broken_json(connection: Connection) -> None:
    raw(connection, "UPDATE lead SET attrs = '{\"moved_on\": ' WHERE id = 'bad'")


def _not_a_number(connection: Connection) -> None:
    raw(connection, "UPDATE lead SET attrs = '{\"size\": NaN}' WHERE id = 'bad'")


def _words_for_a_number(connection: Connection) -> None:
    raw(connection, "UPDATE lead SET registered_at = 'last week' WHERE id = 'bad'")


EVERYWHERE = (_zone, _status, _shard, _list_for_attributes, _infinite, _impossible_date, _impossible_day)
SQLITE_ONLY = (_broken_json, _not_a_number, _words_for_a_number)
"""PostgreSQL takes nothing like that."""


def ways(db: Database) -> tuple[Any, ...]:
    return EVERYWHERE + SQLITE_ONLY if db.dialect == "sqlite" else EVERYWHERE


def book(db: Database) -> list[tuple[Any, ...]]:
    """What is planned for others, without the numbers that the database gives."""
    columns = [column for column in touch.c if column.name not in ("id", "judge_at", "generation")]
    query = select(*columns).where(touch.c.lead != "bad").order_by(touch.c.occurrence_key)
    with db.reading() as connection:
        return [tuple(row) for row in connection.execute(query)]


def isolated(house: PlannedHouse, now: int = NOW) -> None:
    """As the daemon plans."""
    Isolation(house.db, SETTINGS).around(lambda: house.plan(now), now)


def people(house: PlannedHouse) -> None:
    """Three who registered yesterday, so that a step is due an hour from now, and one the day after tomorrow."""
    house.people(*PEOPLE, now=NOW, registered_at=NOW - DAY, attrs={"moved_on": "2025-02-17"})
    house.rule("{since: registered, after: 1d}", "0d 09:00", "2d 09:00", now=NOW,
               more="    for: {attrs.moved_on: {exists: true}, channels: {exists: false}}\n")  # fmt: skip


def empty(db: Database) -> None:
    with db.writing() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(table.delete())


def test_everybody_elses_plan_is_as_without_the_bad_row(database: Database) -> None:
    house = PlannedHouse(database)
    people(house)
    house.plan(NOW)
    expected = book(database)
    assert len(expected) == 4
    for write in ways(database):
        for planned_before in (False, True):
            empty(database)
            people(house)
            if planned_before:
                house.plan(NOW)
            with database.writing() as connection:
                write(connection)
                rows = [{"lead": one, "reason": "x", "at": NOW} for one in PEOPLE]
                connection.execute(insert(dirty_lead), rows)
            look_over(database, SETTINGS, NOW)
            house.plan(NOW)
            assert book(database) == expected, write.__name__
            with database.reading() as connection:
                assert aside(connection) == {"bad"}, write.__name__


def test_a_row_that_breaks_a_pass_is_found_then_and_costs_nobody_else_that_pass(database: Database) -> None:
    house = PlannedHouse(database)
    people(house)
    with database.writing() as connection:
        _zone(connection)
    isolated(house)
    assert len(book(database)) == 4
    assert {lead for lead, _, _ in house.book()} == {"s1 a", "s1 c", "s2 a", "s2 c"}


def test_whoever_is_mended_is_planned_as_if_nothing_had_been(database: Database) -> None:
    house = PlannedHouse(database)
    people(house)
    house.plan(NOW)
    expected = house.book()
    empty(database)
    people(house)
    with database.writing() as connection:
        _zone(connection)
    isolated(house)
    with database.writing() as connection:
        connection.execute(update(lead).where(lead.c.id == "bad").values(timezone="UTC"))
    look_again(database, SETTINGS, NOW + 1)
    house.plan(NOW + 1)
    assert "s1 bad" not in {one for one, _, _ in house.book()}  # it is looked at again now and then
    look_again(database, SETTINGS, NOW + LOOK_AGAIN)
    house.plan(NOW + LOOK_AGAIN)
    assert house.book() == expected


def test_a_change_that_is_told_of_has_him_looked_at_at_once(database: Database) -> None:
    house = PlannedHouse(database)
    people(house)
    with database.writing() as connection:
        _status(connection)
    look_over(database, SETTINGS, NOW)
    with database.writing() as connection:
        change_leads(connection, {"bad": {"status": "active"}}, Stamp(NOW, "ops"))
    house.plan(NOW)
    assert "s1 bad" in {one for one, _, _ in house.book()}


def _let_go(release: Release) -> None:
    release.run(NOW + 2 * HOUR)


def test_an_import_mends_what_it_brings(database: Database) -> None:
    house = PlannedHouse(database)
    people(house)
    house.plan(NOW)
    expected = house.book()
    for write in (_list_for_attributes, *(SQLITE_ONLY if database.dialect == "sqlite" else ())):
        with database.writing() as connection:
            write(connection)
        look_over(database, SETTINGS, NOW)
        people(house)
        house.plan(NOW)
        with database.reading() as connection:
            assert aside(connection) == frozenset(), write.__name__
        assert house.book() == expected, write.__name__


def test_release_lets_the_others_go_and_leaves_him_as_he_is(database: Database) -> None:
    house = PlannedHouse(database)
    people(house)
    house.plan(NOW)
    with database.writing() as connection:
        _zone(connection)
    release = Release(database, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS))
    Isolation(database, SETTINGS).around(partial(_let_go, release), NOW)
    assert [one for one, _, _ in house.book("released")] == ["s1 a", "s1 c"]
    assert [one for one, _, _ in house.book()][:1] == ["s1 bad"]
    release.close()


@pytest.mark.parametrize("statement", [
    "UPDATE touch SET day_on = '2026-02-30' WHERE lead = 'bad'",
    "UPDATE touch SET via = '{}' WHERE lead = 'bad'",
    "UPDATE occasion SET occurs_on = 'soon' WHERE lead = 'bad'",
])  # fmt: skip
def test_a_malformed_touch_or_occasion_sets_its_customer_aside(database: Database, statement: str) -> None:
    house = PlannedHouse(database)
    people(house)
    house.plan(NOW)
    with database.writing() as connection:
        connection.execute(text(statement))
    look_over(database, SETTINGS, NOW)
    release = Release(database, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS))
    release.run(NOW + 2 * HOUR)
    assert [one for one, _, _ in house.book("released")] == ["s1 a", "s1 c"]
    release.close()


def test_compose_writes_what_others_get(database: Database) -> None:
    world = World(database)
    with database.writing() as connection:
        row = connection.execute(select(lead).where(lead.c.id == "wang")).mappings().one()
        connection.execute(insert(lead).values(dict(row) | {"id": "bad", "timezone": "Mars/Base"}))
    good = world.release()
    bad = world.release("k2", lead="bad", receiver="bad")
    look_over(database, world.settings, NOON)
    world.compose()
    assert [row.touch for row in world.rows(delivery)] == [good]
    assert world.touch(bad).state == "released"


def _sent(world: Outbox) -> None:
    world.send()


def test_dispatch_sends_to_others_and_nothing_for_him(database: Database) -> None:
    world = Outbox(database)
    good = world.release()
    world.release("k2", lead="zhao", receiver="zhao")
    world.release("k3", lead="zhao", audience="rep")
    with database.writing() as connection:
        connection.execute(text("UPDATE delivery SET timezone = 'Mars/Base' WHERE lead = 'zhao'"))
    Isolation(database, world.settings).around(partial(_sent, world), NOON)
    assert [message.message_id for message in world.email.arrived] == [world.delivery(good).message_id]
    with database.reading() as connection:
        assert aside(connection) == {"zhao"}


def test_each_is_looked_at_once_in_a_while_and_told_of_once(database: Database) -> None:
    house = PlannedHouse(database)
    people(house)
    with database.writing() as connection:
        _zone(connection)
    assert [one.told for one in look_over(database, SETTINGS, NOW)] == [
        "lead bad: timezone is no time zone; use a name like Asia/Shanghai"
    ]
    assert look_over(database, SETTINGS, NOW + 1) == []
    with database.reading() as connection:
        assert connection.execute(select(malformed_row.c.found_at)).scalars().all() == [NOW]
