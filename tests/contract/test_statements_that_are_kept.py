"""Statements that run for every message: written once, read back as the columns say, prepared once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Insert, Select, Update, bindparam, select, update
from sqlalchemy.dialects import sqlite

from engine.domain.words import Delivery, Touch
from engine.store.among import among
from engine.store.database import Database
from engine.store.ledger import service_state, touch
from engine.store.many import _compiled, fetch, insert_ignore, write_many
from engine.store.outbox import deliveries, held, transitions

_s = service_state.c
NAMES = ["%d", "a", "b'c"]
ODD = update(service_state).where(_s.name == "100% o'clock").values(value={"found": True})
BY_NAME = select(_s.name, _s.value).where(among(_s.name, "names")).order_by(_s.name)
NAMED = update(service_state).where(_s.name == bindparam("b_name"))
SET = NAMED.values(value=bindparam("b_value", type_=_s.value.type))


def test_a_list_is_one_parameter_however_long_and_values_are_read_as_their_columns_say(database: Database) -> None:
    with database.writing() as connection:
        insert_ignore(connection, service_state, [{"name": name, "value": {"is": name}, "at": 0} for name in NAMES])
        for wanted in ([], ["a"], [*NAMES, "nobody"]):
            found = fetch(connection, BY_NAME, {"names": wanted})
            assert found == [(name, {"is": name}) for name in sorted(wanted) if name != "nobody"]
        assert write_many(connection, SET, [{"b_name": "a", "b_value": [1]}, {"b_name": "z", "b_value": [2]}]) == 1
        assert fetch(connection, BY_NAME, {"names": ["a"]}) == [("a", [1])]


def test_a_constant_with_signs_of_its_own_stays_what_it_is(database: Database) -> None:
    with database.writing() as connection:
        insert_ignore(connection, service_state, [{"name": "100% o'clock", "value": {}, "at": 0}])
        assert write_many(connection, ODD, [{}]) == 1


@pytest.mark.parametrize(
    "statement",
    [deliveries._MARK, deliveries._MARKED, held._HELD_BY_ID, transitions._UPDATE_FROM[Delivery.SENDING],
     transitions._END_FROM[Touch.RELEASED]],
    ids=["mark", "marked", "held", "update", "end"],
)  # fmt: skip
def test_no_state_is_asked_for_by_a_parameter(statement: Insert | Update | Select[tuple[object, ...]]) -> None:
    """SQLite would prepare the statement at every run: a partial index might serve this state, or not that one."""
    conditions = _compiled(statement, sqlite.dialect()).sql.partition("WHERE")[2]
    assert re.findall(r"\w+\.(?:state|carried_by|settled_at)\s+(?:=|IN)\s+\(?\?", conditions) == []


def test_a_word_that_a_state_is_compared_with_is_part_of_the_statement() -> None:
    asked = select(touch.c.id).where(touch.c.state == Touch.RELEASED, touch.c.state.in_({Touch.PLANNED, Touch.DEAD}))
    assert str(asked).endswith("WHERE touch.state = 'released' AND touch.state IN ('dead', 'planned')")
