"""A festival: everybody's wish comes into view at once, and goes out over the hours of its window."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path

from benchmarks.apart import apart, held
from benchmarks.measure import Figure, cpu_seconds
from benchmarks.people import write_people
from benchmarks.world import World, checked_rules
from engine.domain.civil import DAY, utc_midnight
from engine.domain.keys import SHARDS
from engine.stages.plan.plan import plan
from engine.store.book import book

FESTIVAL = utc_midnight(date(2026, 9, 25))
"""Mid-Autumn."""
EVE = FESTIVAL - 2 * DAY
"""The day on which the festival comes into view."""
SECONDS = 60.0
A_MILLION = 1_000_000


def festival(large: int, small: int) -> list[Figure]:
    """CPU of planning all of them, and by how much more memory than a small house has."""
    costs = {size: _planned(size) for size in (small, large)}
    return [
        Figure(f"{large:,} wishes of one day planned: CPU", costs[large][0], SECONDS * large / A_MILLION, "s", 1.0),
        Figure(f"  memory that it took for {large:,} and for {small:,}", costs[large][1], costs[small][1], "MB", 1.2),
    ]


def _planned(size: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch:
        path = Path(scratch) / "wishes.sqlite"
        write_people(path, size)
        with closing(sqlite3.connect(path)) as raw:  # nobody has anything but the festival
            for table in ("date_next", "date_record", "record"):
                raw.execute(f"DELETE FROM {table}")
            raw.execute("UPDATE lead SET last_contact_at = NULL, owner_since_at = NULL, registered_at = 0")
            raw.commit()
        done = apart(wish_all, str(path), size)
    cpu, before = done.result
    return cpu, done.peak - before


def wish_all(path: str, size: int) -> tuple[float, float]:
    """CPU seconds, and the MB that the process held before. AssertionError unless everybody has a wish in the book."""
    world = World(Path(path))
    try:
        world.adopt(checked_rules(world.settings))
        with world.db.writing() as connection:
            book.set_horizon(connection, FESTIVAL, range(SHARDS))
        plan(world.db, world.settings, world.books, world.clockwork, EVE - DAY)  # what a new house does once
        counts = []
        before = held("VmRSS")
        taken = cpu_seconds(
            lambda: counts.append(plan(world.db, world.settings, world.books, world.clockwork, EVE).touches)
        )
    finally:
        world.close()
    assert counts == [size], counts
    return taken, before
