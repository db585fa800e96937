"""What a new day brings is found by indexes: its cost follows what is due, not how much was ever recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, event, true

from engine.store.book import change_rows, date_rows, due_rows, event_rows, timestamp_rows
from engine.store.book.planning import window_values
from engine.store.database import Connection, Database
from engine.store.upgrade import create_all

DAYS = due_rows.Bounds("2026-03-01", "2026-03-02")
WINDOWS = [(5, 6), (7, 8)]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    db = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    create_all(db)
    with db.reading() as opened:
        yield opened
    db.close()


QUERIES = [
    timestamp_rows.timestamps_query(("last.visit", "last_contact", "registered"), 2, true()),
    timestamp_rows.records_query("opportunity", 2, true()),
    change_rows.interactions_query(("no_answer",), ("phone",), (), true()),
    event_rows.window_query(("flood", "storm"), "start", 2, true()),
    event_rows.window_query(("flood",), "end", 2, true()),
    date_rows.interval_query("signing", "every 6mo0d signing", 2, true()),
]
DUE = {
    **dict.fromkeys(("contract.ends_on", "receivable.due_on", "opportunity.expected_close", "attrs.moved_on"), DAYS),
    "appointment.starts": due_rows.Bounds(5, 9),
}


@pytest.mark.parametrize(
    ("query", "values"),
    [
        *((query, window_values(WINDOWS) | {"since": 5}) for query in QUERIES),
        *((due_rows.due_query(field, bounds, true()), bounds.values) for field, bounds in DUE.items()),
    ],
)
def test_no_birth_walks_through_a_whole_table(
    connection: Connection, query: Select[Any], values: dict[str, Any]
) -> None:
    steps: list[str] = []

    def note(running: Any, _cursor: Any, sql: str, given: Any, _context: Any, _many: bool) -> None:
        raw = running.connection.dbapi_connection
        steps.extend(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", given))

    event.listen(connection.engine, "before_cursor_execute", note)
    connection.execute(query, values).all()
    tables = ("lead", "record", "opportunity", "interaction", "circumstance", "coverage", "date_next", "date_record",
              "attribute_day", "last_talk")  # fmt: skip
    assert steps
    assert [step for step in steps if step.split()[0] == "SCAN" and step.split()[1] in tables] == []
