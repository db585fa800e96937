"""`remind: host`: who receives the guests of a journey; the owner where nobody is named."""

from __future__ import annotations

from sqlalchemy import select

from engine.domain.people import RepEntry
from engine.store.database import Database
from engine.store.facts.circumstances import Happening, add_circumstance
from engine.store.facts.people import upsert_reps
from engine.store.ledger import touch
from tests.contract.planned_house import DAY, PlannedHouse, instant

NOW = instant("2026-03-02T06:00")


def receivers(house: PlannedHouse) -> list[tuple[str, str, str]]:
    query = select(touch.c.lead, touch.c.step, touch.c.receiver).order_by(touch.c.lead, touch.c.step)
    with house.db.reading() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_the_host_is_reminded_in_every_step_and_the_owner_where_there_is_none(database: Database) -> None:
    house = PlannedHouse(database)
    house.people("ann", "bo", now=NOW)
    with database.writing() as connection:
        upsert_reps(connection, [RepEntry("zhao", {"name": "zhao", "timezone": "UTC", "locale": "en"})], {}, NOW)
    house.rule("{event: journey}", "-1d", "+5d", now=NOW, remind="host")
    start = NOW + 2 * DAY
    with database.writing() as connection:
        add_circumstance(connection, Happening("a", "journey", start, lead="ann", attrs={"host": "zhao"}), "test", NOW)
        add_circumstance(connection, Happening("b", "journey", start, lead="bo"), "test", NOW)
    house.plan(NOW, NOW + 6 * DAY)
    assert receivers(house) == [
        ("ann", "s1", "zhao"), ("ann", "s2", "zhao"), ("bo", "s1", "li"), ("bo", "s2", "li"),
    ]  # fmt: skip
