"""Occasions of schedules have no lead, so they lie together: a year of digests is looked through once, not squared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import insert

from engine.store.book.book import live_occasions
from engine.store.database import Database
from engine.store.ledger import occasion, touch
from engine.store.upgrade import create_all

STRIDE = 100
NO_LEAD = ""


def fill(db: Database, days: int) -> None:
    """A digest for each of so many days: all have left but the last."""
    known = {"rule": "morning", "lead": NO_LEAD, "shard": 0, "revision": "r", "generation": 1}
    occasions: list[dict[str, Any]] = []
    touches: list[dict[str, Any]] = []
    for day in range(days):
        mine = known | {"anchor": f"rep#li@{day}"}
        occasions.append(mine | {"occurs_at": day, "counts_from_at": day, "born_at": day})
        touches.append(mine | {
            "occurrence_key": f"morning-{day}", "step": "send", "receiver": "li", "action": "digest", "audience": "rep",
            "category": "report", "priority": 100, "nominal_at": day, "due_at": day, "day_on": "2026-03-01",
            "judge_at": None, "state": "planned" if day == days - 1 else "delivered", "via": ["email"], "via_index": 0,
        })  # fmt: skip
    with db.writing() as connection:
        connection.execute(insert(occasion), occasions)
        connection.execute(insert(touch), touches)


def steps(folder: Path, days: int) -> int:
    """Instructions of SQLite's machine that it takes to find the one that waits, in hundreds."""
    db = Database(f"sqlite:///{folder / f'{days}.sqlite'}")
    create_all(db)
    fill(db, days)
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    with db.reading() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.set_progress_handler(count, STRIDE)
        found = live_occasions(connection, [NO_LEAD])
        raw.set_progress_handler(None, STRIDE)
    db.close()
    assert [row.anchor for row in found] == [f"rep#li@{days - 1}"]
    return counted


def test_four_times_the_digests_cost_four_times_as_much(tmp_path: Path) -> None:
    assert steps(tmp_path, 1_600) < 6 * steps(tmp_path, 400)
