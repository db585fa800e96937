"""The board's lists find their rows by an index: a book of a million touches is not read through for a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from engine.store.database import Database
from engine.store.lookups import customers, lookups, sendings, touch_lists
from engine.store.lookups.channel_health import channel_health
from engine.store.lookups.circumstances_around import circumstances_since, places_covered
from engine.store.lookups.rule_figures import rule_figures
from engine.store.lookups.timeline import KINDS, Moment, timeline
from engine.store.lookups.touch_lists import Chosen, Place
from engine.store.upgrade import create_all

ALL = Chosen()
TEAM = Chosen(rule="call", category="sales", rep="li", owners=frozenset({"li", "su"}))

SMALL = (
    "ix_touch_queued", "ix_delivery_run_at", "ix_delivery_lease", "ix_delivery_handed", "ix_delivery_in_doubt",
    "ix_delivery_failed", "CONSTANT ROW", "(subquery-1)", "(subquery-4)",
)  # fmt: skip
"""Indexes of what waits or went wrong: these may be counted as a whole."""


@pytest.fixture
def plans(tmp_path: Path) -> Iterator[tuple[Database, list[str]]]:
    """A SQLite database, and how it finds the rows of each statement."""
    db = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    create_all(db)
    found: list[str] = []

    def note(connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("SELECT"):
            raw = connection.connection.dbapi_connection
            found.extend(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())

    event.listen(db.engine, "before_cursor_execute", note)
    yield db, found
    event.remove(db.engine, "before_cursor_execute", note)
    db.close()


def test_no_list_walks_a_whole_table(plans: tuple[Database, list[str]]) -> None:
    db, found = plans
    with db.reading() as connection:
        for chosen in (ALL, TEAM):
            touch_lists.waiting(connection, "dead", chosen, Place(5, 1), 51)
            touch_lists.due_on(connection, "2026-02-14", chosen, Place(5, 1), 51)
            touch_lists.counts_by_day(connection, "2026-02-01", "2026-02-28", chosen)
            sendings.doubts(connection, chosen.owners, 5, 51)
        assert "USE TEMP B-TREE FOR ORDER BY" not in found
        touch_lists.listed(connection, 5)
        sendings.sendings(connection, 5)
        sendings.touch_of(connection, 5)
        for kind in KINDS:
            timeline(connection, "lin", Moment(5, kind, "7"), 51, looks=True)
        rule_figures(connection, "2026-02-01", "2026-02-10")
        channel_health(connection, ("email", "sms"), 5)
        circumstances_since(connection, 5, 200)
        places_covered(connection, ["flood"], 500)
        customers.find_exactly(connection, "lin", 20, ("+86138",))
        lookups.touches_by_state(connection)
        lookups.deliveries_by_state(connection)
    assert len(found) > 15
    assert [step for step in found if step.startswith("SCAN") and not step.endswith(SMALL)] == []
