"""What it costs to recompute the next return of every stored date in one pass, and that memory stays flat."""

from __future__ import annotations

import resource
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.lives import TICK
from benchmarks.lunar import lunar_rates
from benchmarks.measure import Figure, cpu_seconds
from engine.settings.model import Settings
from engine.stages.plan.returns import PAGE, resolve_all, roll_all
from engine.store.database import Database
from engine.store.facts.date_policies import want_policies
from engine.store.upgrade import create_all

DAY = 86_400
YEAR = 366 * DAY
"""After so long every date has returned, and all of them roll on."""
WANTED = 300_000
"""Lunar conversions a second that the calendar promises."""
MEMORY = 64.0
"""MB that a pass may need, however many dates there are."""


class Pass(NamedTuple):
    """CPU seconds of a pass over all dates, and by how many MB the process was larger at most."""

    cpu: float
    grown: float


def returns(dates: int) -> list[Figure]:
    """Conversions a second, and both passes over so many dates, half of them lunar: each date's cost, the memory."""
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch:
        resolved, rolled, bare = _passes(Path(scratch) / "dates.sqlite", dates)
    rates = lunar_rates()
    return [
        Figure("lunar to solar conversions a CPU second", rates.to_solar, WANTED, "1/s", 1.0, True),
        Figure("solar to lunar conversions a CPU second", rates.from_solar, WANTED, "1/s", 1.0, True),
        Figure(f"resolve {dates:,} dates under a new policy", resolved.cpu, bare, "s"),
        Figure(f"move {dates:,} returns on by a year", rolled.cpu, bare, "s"),
        Figure("  by how much memory grew meanwhile", resolved.grown + rolled.grown, MEMORY, "MB", 1.0),
    ]


def _passes(path: Path, dates: int) -> tuple[Pass, Pass, float]:
    settings = Settings()
    db = Database(f"sqlite:///{path}")
    create_all(db)
    _fill(path, dates)
    with db.writing() as connection:
        want_policies(connection, [settings.date_policy.text])
    resolved = _measured(lambda: resolve_all(db, settings, TICK))
    rolled = _measured(lambda: roll_all(db, settings, TICK + YEAR))
    with db.reading() as connection:
        counted = connection.exec_driver_sql("SELECT count(*), min(next_on) > date(?, 'unixepoch', '-16 days')"
                                             " FROM date_next", (TICK + YEAR,)).one()
    db.close()
    assert tuple(counted) == (dates, 1), "every date has one return, and none of them is past"
    return resolved, rolled, cpu_seconds(lambda: _bare(path))


def _measured(work: Callable[[], object]) -> Pass:
    before = _peak()
    return Pass(cpu_seconds(work), _peak() - before)


def _peak() -> float:
    """The largest that this process has been, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _bare(path: Path) -> None:
    """The floor: read the rows, and write them to a table with the same indexes, as many in a transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as source:
        made = source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'date_next' AND sql > ''").fetchall()
        with closing(sqlite3.connect(path.with_name("floor.sqlite"), isolation_level=None)) as target:
            target.execute("PRAGMA journal_mode = WAL")
            for (statement,) in made:
                target.execute(statement)
            rows = source.execute("SELECT * FROM date_next ORDER BY date_record")
            while piece := rows.fetchmany(PAGE):
                target.execute("BEGIN IMMEDIATE")
                target.executemany("INSERT INTO date_next VALUES (?, ?, ?, ?, ?, ?, ?)", piece)
                target.execute("COMMIT")


def _fill(path: Path, dates: int) -> None:
    """Birthdays of both calendars, spread over months, days and years, some in leap months or on the 30th."""
    with sqlite3.connect(path, isolation_level=None) as raw:
        raw.execute("BEGIN")
        raw.executemany("INSERT INTO date_record VALUES (?, ?, 'birthday', ?, ?, ?, ?, ?, 0, NULL)", _rows(dates))
        raw.execute("COMMIT")
    raw.close()


def _rows(dates: int) -> Iterator[tuple[Any, ...]]:
    for number in range(dates):
        lunar = number % 2
        day = 1 + number // 24 % (30 if lunar else 28)
        leap = lunar and number % 50 == 49
        month = 6 if leap else 1 + number // 2 % 12
        # 1987 had a leap month 6 of 29 days; other lunar years are left out, as not every one has every 30th.
        year = None if lunar and day == 30 else 1987 if leap else 1950 + number % 50
        yield f"d{number:07}", f"lead-{number:07}", "lunar" if lunar else "solar", year, month, day, int(leap)
