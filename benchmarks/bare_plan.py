"""The floor of planning: the same customers by plain indexed windows, and the same rows, in one transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from benchmarks.lives import NEW_DAY, RHYTHM, TICK
from benchmarks.world import World
from engine.domain.civil import DAY, add_civil, utc_date, utc_midnight
from engine.ground.durations import Duration, parse_duration

_LEAD = "lead.id, lead.shard, lead.timezone, lead.country, lead.owner, lead.previous_owner"
_DATES = (
    f"SELECT {_LEAD}, n.date_record, n.next_on, n.nth, n.anchor_year FROM date_next n JOIN lead ON lead.id = n.lead"
    " WHERE n.kind = ? AND n.policy = 'feb28.leap_else_regular.last_day' AND n.next_on = ? AND lead.status != 'gone'"
)
_STAMPS = f"SELECT {_LEAD}, lead.last_contact_ref FROM lead WHERE {{0}} >= ? AND {{0}} < ? AND status != 'gone'"
_PURCHASES = (
    f"SELECT {_LEAD}, r.id, r.at FROM record r JOIN lead ON lead.id = r.lead"
    " WHERE r.kind = 'purchase' AND r.at >= ? AND r.at < ? AND NOT r.gone AND lead.status != 'gone'"
)
_STEPS = (
    f"SELECT occasion.*, {_LEAD} FROM occasion JOIN lead ON lead.id = occasion.lead"
    " WHERE next_step_at < ? AND ended_at IS NULL"
)


@dataclass(frozen=True)
class Written:
    """What one tick's plan stage wrote: the rows themselves, and the columns it set in rows that were there."""

    occasions: list[tuple[Any, ...]]
    touches: list[tuple[Any, ...]]
    steps: list[tuple[Any, ...]]
    dates: list[tuple[Any, ...]]

    def leads(self) -> set[str]:
        """Everybody who has a new touch."""
        return {row[_LEAD_OF_TOUCH] for row in self.touches}


_LEAD_OF_TOUCH = 2  # without the id: occurrence_key, rule, lead, ...


def written_by_tick(world: World) -> Written:
    """Run the stage once, and read what it wrote."""
    raw = world.raw()
    last = raw.execute("SELECT max(id) FROM touch").fetchone()[0]
    world.plan()
    moved = "FROM occasion JOIN kept_occasion USING (rule, lead, anchor)"
    written = Written(
        raw.execute("SELECT * FROM occasion WHERE born_at = ?", (TICK,)).fetchall(),
        [row[1:] for row in raw.execute("SELECT * FROM touch WHERE id > ?", (last,))],
        raw.execute(
            f"SELECT occasion.next_step_at, rule, lead, anchor {moved}"
            " WHERE occasion.next_step_at IS NOT kept_occasion.next_step_at"
        ).fetchall(),
        raw.execute(
            "SELECT n.next_on, n.nth, n.anchor_year, date_record, policy FROM date_next n"
            " JOIN kept_date_next k USING (date_record, policy) WHERE n.next_on != k.next_on"
        ).fetchall(),
    )
    world.rewind()
    return written


def bare_plan(raw: sqlite3.Connection, written: Written) -> set[str]:
    """Select whom the day concerns and insert what is theirs. The leads that were selected."""
    raw.execute("BEGIN IMMEDIATE")
    found = {row[0] for row in _select(raw)}
    found |= {row[1] for row in raw.execute(_STEPS, (NEW_DAY + DAY,)).fetchall()}
    raw.executemany("UPDATE date_next SET next_on=?, nth=?, anchor_year=? WHERE date_record=? AND policy=?",
                    written.dates)  # fmt: skip
    raw.executemany(_insert("occasion", written.occasions), written.occasions)
    raw.executemany(_insert("touch (" + ", ".join(_touch_columns(raw)) + ")", written.touches), written.touches)
    raw.executemany("UPDATE occasion SET next_step_at=? WHERE rule=? AND lead=? AND anchor=?", written.steps)
    raw.execute("UPDATE plan_cursor SET horizon_at=?", (NEW_DAY + DAY,))
    raw.execute("COMMIT")
    return found


def _select(raw: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """One window for each kind of life; three days of them where jitter may move a touch by one."""
    day, rows = utc_date(NEW_DAY), []
    for kind, span in (("birthday", 0), ("birthday", 3), ("signing", 3)):
        on = add_civil(day, Duration(days=span)).isoformat()
        rows += raw.execute(_DATES, (kind, on)).fetchall()
    for column, days in (("registered_at", 30), ("owner_since_at", 14), ("last_contact_at", 90)):
        rows += raw.execute(_STAMPS.format(column), _window(Duration(days=-days))).fetchall()
    for grade, span_text in RHYTHM.items():
        query = _STAMPS.format("last_contact_at") + " AND grade = ?"
        rows += raw.execute(query, (*_window(-parse_duration(span_text), DAY), grade)).fetchall()
    for back in (Duration(days=-30), *(Duration(months=-12 * years) for years in range(1, 11))):
        rows += raw.execute(_PURCHASES, _window(back)).fetchall()
    return rows


def _window(back: Duration, margin: int = 0) -> tuple[int, int]:
    first = utc_midnight(add_civil(utc_date(NEW_DAY), back))
    return first - margin, first + DAY + margin


def _touch_columns(raw: sqlite3.Connection) -> list[str]:
    return [row[1] for row in raw.execute("PRAGMA table_info(touch)")][1:]


def _insert(table: str, rows: list[tuple[Any, ...]]) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"
