"""A flood over one prefecture: what it costs until every rep has his reminders and nothing festive leaves any more.

Ten thousand customers live inside, however many there are; a fifth of them have a birthday wish that is about to leave.
The others live all around the earth at the same latitudes, so that an index on latitude alone would show.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, update

from benchmarks.lives import BEFORE, FIRST_DAY
from benchmarks.measure import Figure, counted_steps, cpu_seconds
from benchmarks.people import write_people
from benchmarks.world import ROOT, RULES, World
from engine.desk.folder import Folder, check_folder, read_folder
from engine.domain.areas import Polygon
from engine.domain.civil import utc_date
from engine.domain.extents import Extent
from engine.domain.grid import cell_of
from engine.domain.keys import SHARDS
from engine.domain.words import Touch
from engine.stages.books import adopt
from engine.stages.plan.plan import plan
from engine.store.book import book
from engine.store.facts.circumstances import Happening, add_circumstance
from engine.store.ledger import rule_revision, touch

INSIDE, WISHES = 10_000, 2_000
SECONDS = 10.0
AT = FIRST_DAY + 2 * 86_400 + 3_600
"""An hour past midnight in UTC: the wishes of that day are in the book everywhere, and due in the east."""
_WEST, _SOUTH = 103.0, 30.0
_EAST, _NORTH = 105.0, 31.5
_EXTRA = b"""
rules:
  - id: disaster
    category: care
    on: {event: [flood]}
    steps: [{id: ask, at: +0h, remind: owner, template: reminder/birthday, urgent: true, priority: 1}]
policies:
  - id: not-in-a-flood
    when: {touch: {category: [festive, sales], audience: lead}, circumstance: {kind: flood, active: true}}
    then: {suppress: touch}
"""


class Cost(NamedTuple):
    """CPU seconds and steps of SQLite's machine."""

    cpu: float
    steps: int


def flood(large: int, small: int) -> list[Figure]:
    """By region and by a polygon: seconds at the large size, and steps at both."""
    figures = []
    for name, extent in (("region", Extent(("5101",))), ("polygon", Extent((), (_polygon(),)))):
        with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch:
            costs = [_flooded(Path(scratch) / f"{size}.sqlite", size, extent) for size in (large, small)]
        figures += [
            Figure(f"flood by {name}: {INSIDE:,} inside of {large:,}, CPU", costs[0].cpu, SECONDS, "s", 1.0),
            Figure(f"flood by {name}: steps at {large:,} and {small:,}", costs[0].steps, costs[1].steps, "steps", 1.1),
        ]
    return figures


def _flooded(path: Path, size: int, extent: Extent) -> Cost:
    """The flood, and a tick. AssertionError unless everybody inside is asked after and no wish leaves."""
    write_people(path, size)
    with closing(sqlite3.connect(path)) as raw:
        _place(raw, size)
    world = World(path)
    try:
        _settle(world)
        with counted_steps(world.raw()) as steps:
            cpu = cpu_seconds(lambda: _happens(world, extent))
        _everybody_is_served(world)
        return Cost(cpu, steps.count)
    finally:
        world.close()


def _happens(world: World, extent: Extent) -> None:
    with world.db.writing() as connection:
        covered = add_circumstance(connection, Happening("f", "flood", AT, severity="severe", area=extent), "ops", AT)
    assert covered == INSIDE
    plan(world.db, world.settings, world.books, world.clockwork, AT)
    world.stage.run(AT)


def _everybody_is_served(world: World) -> None:
    with world.db.reading() as connection:
        def count(rule: str, state: Touch) -> int:
            query = select(func.count()).where(touch.c.rule == rule, touch.c.state == state)
            return int(connection.execute(query).scalar_one())

        asked, suppressed = count("disaster", Touch.RELEASED), count("birthday", Touch.SUPPRESSED)
    assert (asked, suppressed) == (INSIDE, WISHES), (asked, suppressed)


def _place(raw: sqlite3.Connection, size: int) -> None:
    """Where everybody lives; who is inside, and whose birthday is on the day."""
    functions: dict[str, Callable[..., object]] = {"cell_of": cell_of}
    for name, function in functions.items():
        raw.create_function(name, 2, function, deterministic=True)
    raw.execute("UPDATE lead SET region = '4401', lat = 30 + (rowid % 1500) / 1000.0,"
                " lon = (rowid * 7919 % 280000) / 1000.0 - 180, timezone = 'Asia/Shanghai'")  # fmt: skip
    inside = [(f"lead-{n * (size // (2 * INSIDE)):07d}",) for n in range(INSIDE)]
    raw.executemany(
        "UPDATE lead SET region = '510104', lon = 103.1 + (rowid % 1800) / 1000.0, tier = 'gold' WHERE id = ?", inside
    )
    raw.execute("UPDATE lead SET cell = cell_of(lat, lon)")
    day = utc_date(FIRST_DAY) + timedelta(days=2)
    wished = [(day.month, day.day, f"{ident}:birthday") for ident, in inside[:WISHES]]
    raw.executemany("UPDATE date_record SET month = ?, day = ? WHERE id = ?", wished)
    raw.executemany(
        "UPDATE date_next SET next_on = ?, anchor_year = ? WHERE date_record = ?",
        [(day.isoformat(), day.year, ident) for _, _, ident in wished],
    )
    raw.commit()


def _settle(world: World) -> None:
    """The rules in force long since, the days before the flood planned, what was due sent."""
    folder = read_folder(world.settings, ROOT)
    rules = {"rules.yaml": RULES.read_bytes(), "flood.yaml": _EXTRA}
    checked = check_folder(world.settings, Folder(rules, folder.templates))
    adopt(world.db, checked.book, checked.rules, checked.templates, BEFORE)
    with world.db.writing() as connection:
        connection.execute(update(rule_revision).values(planned_at=BEFORE))
        book.set_horizon(connection, FIRST_DAY, range(SHARDS))
    plan(world.db, world.settings, world.books, world.clockwork, AT - 600)
    world.stage.run(AT - 600)


def _polygon() -> Polygon:
    """A ring of forty places around the prefecture."""
    south = [(_SOUTH - 0.01 * (n % 2), _WEST + (_EAST - _WEST) * n / 20) for n in range(20)]
    north = [(_NORTH + 0.01 * (n % 2), _EAST - (_EAST - _WEST) * n / 20) for n in range(20)]
    return Polygon((*south, (_SOUTH, _EAST), *north, (_NORTH, _WEST), south[0]))
