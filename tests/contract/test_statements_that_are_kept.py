"""Statements that run for every message: written once, read back as the columns say, prepared once."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Insert, Select, Update, bindparam, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from engine.domain.words import Delivery, Touch
from engine.store.among import among
from engine.store.database import Database
from engine.store.ledger import service_state, touch
from engine.store.many import _compiled, fetch, insert_ignore, write_many
from engine.store.outbox import deliveries, held, transitions
from engine.store.upgrade import create_all

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


def planned(n: int, **more: Any) -> dict[str, Any]:
    return {
        "occurrence_key": f"birthday|{n}|2026|wish|{n}", "rule": "birthday", "lead": str(n), "anchor": "2026",
        "step": "wish", "receiver": str(n), "shard": 0, "revision": "r", "generation": 1, "action": "greet",
        "audience": "lead", "category": "festive", "priority": 50, "nominal_at": n, "due_at": n, "day_on": "2026-02-16",
        "judge_at": n, "state": "planned", "via": [], **more,
    }  # fmt: skip


def test_a_row_that_is_refused_leaves_those_before_it_and_the_transaction_as_they_are(database: Database) -> None:
    with database.writing() as connection:
        if database.dialect == "sqlite":  # PostgreSQL has nothing more of a transaction in which something failed
            with pytest.raises(DBAPIError, match="NOT NULL"):
                insert_ignore(connection, touch, [planned(1), planned(2), planned(3, category=None)])
        again = insert_ignore(connection, touch, [planned(1, via=["email"]), planned(2), planned(4, via=["邮件"])])
        assert again == (1 if database.dialect == "sqlite" else 3)
        found = connection.execute(select(touch.c.via, touch.c.snoozes, touch.c.gathered).order_by(touch.c.id)).all()
    assert found[-1] == (["邮件"], 0, False)
    assert len(found) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own counts of what a process writes")
def test_rows_of_touches_are_written_to_no_file_before_the_commit(tmp_path: Path) -> None:
    """SQLite would keep a journal for every single row, because of the trigger that looks into the archive."""
    db = Database(f"sqlite:///{tmp_path / 'house.sqlite'}")
    create_all(db)
    rows = [planned(n * 7_919 % 100_003, receiver=str(n * 17 % 1_009)) for n in range(2_000)]
    with db.writing() as connection:
        before = _bytes_written()
        insert_ignore(connection, touch, rows)
        assert _bytes_written() == before
    assert _bytes_written() > before
    db.close()


def _bytes_written() -> int:
    return int(Path("/proc/self/io").read_text("ascii").partition("wchar: ")[2].split()[0])


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


@pytest.mark.parametrize(
    "statement", [transitions._END_FROM[Touch.RELEASED], deliveries._CLAIM, deliveries._MARK],
    ids=["end", "claim", "mark"],
)  # fmt: skip
def test_no_table_of_words_is_made_for_each_row_that_is_written(statement: Update) -> None:
    """A list of more than two words in the condition of an index is one."""
    db = Database("sqlite://")
    create_all(db)
    kept = _compiled(statement, sqlite.dialect())
    with db.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN {kept.sql}", (None,) * len(kept.names)).all()
    assert "Insert" in {step.opcode for step in plan}
    assert "OpenEphemeral" not in {step.opcode for step in plan}


def test_a_word_that_a_state_is_compared_with_is_part_of_the_statement() -> None:
    asked = select(touch.c.id).where(touch.c.state == Touch.RELEASED, touch.c.state.in_({Touch.PLANNED, Touch.DEAD}))
    assert str(asked).endswith("WHERE touch.state = 'released' AND touch.state IN ('dead', 'planned')")
