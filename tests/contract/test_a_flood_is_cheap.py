"""A flood over a prefecture: each rep gets one list, and what is said to the database hardly grows with the leads."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from engine.domain.people import LeadEntry, RepEntry
from engine.stages.compose.compose import compose
from engine.stages.plan.plan import plan
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from tests.contract.flooded_house import CN, House, at

REPS = 10


def crowd(house: House, leads: int) -> None:
    """So many customers in Chengdu, dealt out to the reps."""
    place = {"timezone": CN, "locale": "en", "country": "CN", "registered_at": house.clock.now(), "region": "510104"}
    with house.db.writing() as connection:
        reps = [RepEntry(f"r{n}", {"name": f"r{n}", "timezone": CN, "locale": "en"}) for n in range(REPS)]
        upsert_reps(connection, reps, {}, 0)
        entries = [LeadEntry(f"x{n}", place | {"name": f"x{n}", "owner": f"r{n % REPS}"}) for n in range(leads)]
        upsert_leads(connection, entries, {}, Stamp(house.clock.now(), "test"))


@contextmanager
def counted(db: Database) -> Iterator[Counter[str]]:
    """Statements by their first word; one for many rows counts once."""
    said: Counter[str] = Counter()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said[statement.split(None, 1)[0]] += 1

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("leads", [200, 1_000])
def test_a_flood_is_one_message_a_rep_and_a_bounded_number_of_statements(database: Database, leads: int) -> None:
    house = House(database)
    crowd(house, leads)
    house.tick("02T12:30")
    house.happens("flood")
    house.clock.move_to(at("02T13:00"))
    plan(house.db, house.settings, house.books, house.clockwork, house.clock.now())
    began = time.process_time()
    with counted(house.db) as said:
        house.release.run(house.clock.now())
        compose(house.db, house.shelf, house.settings, house.clock.now())
        house.dispatcher.run()
    house.close()
    assert len(house.far.arrived) == REPS + 2
    assert set(house.states().values()) == {"delivered"}
    assert said.total() < 200, (said, time.process_time() - began)
