"""Issue 1: a tick with a thousand due costs the same among ten thousand customers and among a million."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from benchmarks.bare_plan import written_by_tick
from benchmarks.bare_release import released_by_tick
from benchmarks.ticks import LARGE, SMALL, leaves_the_same, tick_steps
from benchmarks.world import World, steady_world

SMALL_TABLES = ("rep", "generation", "rule_revision", "plan_cursor", "dirty_lead", "pause", "service_state", "zone",
                "date_policy", "malformed_row", "json_each")  # the last is a list that a statement is given
PARTIAL = ("ix_touch_entry", "ix_touch_to_gather")
"""Indexes that hold nothing but what waits to be carried or delivered: they stay small as tables grow."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with steady_world(tmp_path_factory.mktemp("small"), SMALL) as small:
        yield small


@pytest.mark.slow
def test_a_million_customers_cost_a_tick_no_more_than_ten_thousand(world: World) -> None:
    # Not below tmp_path, which pytest keeps: this is most of a gigabyte.
    with tempfile.TemporaryDirectory() as scratch, steady_world(Path(scratch), LARGE) as large:
        assert tick_steps(large) <= 1.05 * tick_steps(world)


def test_no_statement_of_a_tick_walks_through_a_table_that_grows(world: World) -> None:
    seen: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        seen.setdefault(sql, values[0] if many else values)

    event.listen(world.db.engine, "before_cursor_execute", note)
    assert (world.plan().touches, world.release().released) == (1_000, 1_000)
    event.remove(world.db.engine, "before_cursor_execute", note)
    world.rewind()
    scans = {sql: found for sql, values in seen.items() if (found := scanned(world, sql, values))}
    assert len(seen) > 30
    assert scans == {}


def scanned(world: World, sql: str, values: Any) -> list[str]:
    """Tables that SQLite reads from end to end for this statement, small ones and partial indexes left out."""
    if sql.split()[0] not in ("SELECT", "UPDATE", "DELETE", "WITH"):
        return []
    steps = [row[3].split() for row in world.raw().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    scans = [words for words in steps if words[0] == "SCAN" and words[-1] not in PARTIAL]
    return [words[1] for words in scans if words[1] not in SMALL_TABLES]


def test_the_floor_of_a_tick_leaves_the_rows_that_a_tick_leaves(world: World) -> None:
    written, released = written_by_tick(world), released_by_tick(world)  # a policy has a hundred looked at early
    assert (len(written.occasions), len(written.touches), len(released.rows)) == (900, 1_000, 1_100)
    leaves_the_same(world, written, released)
