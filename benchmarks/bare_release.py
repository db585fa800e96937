"""The floor of release: the touches that are due with all that a judgement reads of their customers, and what came
of them written, in one transaction. It judges nothing."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from benchmarks.lives import TICK
from benchmarks.world import World

_DUE = (
    "SELECT t.*, o.counts_from_at, o.end_reason, lead.timezone, lead.owner, lead.status, lead.channels, lead.email,"
    " lead.judge_version, lead.last_contact_at, lead.last_attempt_at, lead.unsubscribed, lead.restricted_at"
    " FROM touch t JOIN occasion o USING (rule, lead, anchor) JOIN lead ON lead.id = t.lead WHERE t.judge_at <= ?"
)


class Released(NamedTuple):
    """What one tick's release stage changed: the columns that differ, and their values for each touch, its id last."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def ids(self) -> set[int]:
        """Every touch that was looked at."""
        return {row[-1] for row in self.rows}


def released_by_tick(world: World) -> Released:
    """Run the stage once after plan, and read what it changed."""
    raw = world.raw()
    world.plan()
    names = [row[1] for row in raw.execute("PRAGMA table_info(touch)")]
    before = {row[0]: row for row in raw.execute("SELECT * FROM touch WHERE judge_at <= ?", (TICK,))}
    world.release()
    after = {row[0]: row for row in raw.execute("SELECT * FROM touch") if row[0] in before}
    world.rewind()
    changed = [n for n in range(len(names)) if any(after[ident][n] != before[ident][n] for ident in before)]
    rows = [(*(after[ident][n] for n in changed), ident) for ident in before]
    return Released(tuple(names[n] for n in changed), rows)


def bare_release(raw: sqlite3.Connection, released: Released) -> set[int]:
    """Select what is due and write what became of it. The touches that were selected."""
    raw.execute("BEGIN IMMEDIATE")
    found = {row[0] for row in raw.execute(_DUE, (TICK,)).fetchall()}
    columns = ", ".join(f"{name} = ?" for name in released.columns)
    raw.executemany(f"UPDATE touch SET {columns} WHERE id = ?", released.rows)
    raw.execute("COMMIT")
    return found
