"""The statements of every pass find their rows by an index: a daemon with a million touches sent is not slower."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from engine.store.database import Database
from engine.store.outbox import bodies, compose_rows, deliveries, held, rates, to_sign, transitions
from engine.store.upgrade import create_all


@pytest.fixture
def plans(tmp_path: Path) -> Iterator[tuple[Database, list[str]]]:
    """A SQLite database, and how it finds the rows of each statement."""
    db = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    create_all(db)
    found: list[str] = []

    def note(connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            raw = connection.connection.dbapi_connection
            plan = raw.execute(f"EXPLAIN QUERY PLAN {statement}", values[0] if many else values)
            found.extend(row[3] for row in plan.fetchall())

    event.listen(db.engine, "before_cursor_execute", note)
    yield db, found
    db.close()


def test_no_statement_of_compose_and_dispatch_walks_a_whole_table(plans: tuple[Database, list[str]]) -> None:
    db, found = plans
    with db.writing() as connection:
        compose_rows.to_write(connection, 5)
        deliveries.due(connection, 5, (), 5)
        deliveries.due(connection, 5, ("wang",), 5)
        deliveries.mark(connection, [deliveries.Mark(1, 1, 1, "wang")] * 2, deliveries.Moment(1, 1, 1))
        held.held(connection, [1, 2])
        held.lapsed(connection, 1, 5, all_leases=False)
        held.lapsed(connection, 1, 5, all_leases=True)
        held.overdue(connection, 1, 5)
        transitions.return_merged(connection, [1], 5)
        bodies.forget_confidential(connection, [1, 2])
        for locked in (False, True):
            to_sign.to_remind_of(connection, 5, 9, 1, locked=locked)
        to_sign.waiting(connection, ["li"], 1)
        to_sign.decided_since(connection, ["li"], 1)
        to_sign.noted_of(connection, "li", 1)
        one = to_sign.Paper(1, "r", "v", "s", 1, "l", None, False, "draft", None, "li", 5, 5, *[None] * 6)
        to_sign.said_before(connection, one)
        to_sign.said_nearby(connection, one)
    assert len(found) > 15
    assert any("ix_touch_to_remind" in step for step in found)
    assert [step for step in found if step in ("SCAN delivery", "SCAN touch", "SCAN lead")] == []


def test_what_has_a_limit_is_found_and_counted_by_indexes(plans: tuple[Database, list[str]]) -> None:
    db, found = plans
    shut = rates.Shut(["ding"], [("wecom", "li"), ("wecom", "wang")])
    token = rates.Token("robot", 1, 1)
    with db.writing() as connection:
        deliveries.due(connection, 5, (), 5, rates.urgent(shut))
        deliveries.due(connection, 5, (), 5, rates.ordinary(shut))
        rates.shorten(connection, ["robot"], 200)
        rates.locked(connection, ["robot"], 5)
        rates.take(connection, [token], 126)
        rates.count_until(connection, [(token, 66)] * 2)
        rates.close(connection, {"robot": 65}, 5)
    told = "\n".join(found)
    for index in ("ix_delivery_urgent", "ix_delivery_run_at", "ix_rate_token_free_at"):
        assert index in told
    assert [step for step in found if step.startswith(("SCAN delivery", "SCAN rate_"))] == []
