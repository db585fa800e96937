"""The dry run of a plan against real ticks: the same customers, the same instants, CPU per touch."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from benchmarks.lives import TICK
from benchmarks.measure import Figure, cpu_seconds
from benchmarks.world import World, checked_rules, steady_world
from engine.desk.overlay import Stages, overlay
from engine.domain.civil import DAY
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.ledger import touch

MILLI = 1_000


class Played(NamedTuple):
    """CPU seconds of some days, and the touches that were let go in them."""

    cpu: float = 0.0
    touches: int = 0

    @property
    def each(self) -> float:
        """Milliseconds a touch."""
        return self.cpu / self.touches * MILLI

    def and_then(self, other: Played) -> Played:
        return Played(self.cpu + other.cpu, self.touches + other.touches)


def dry_run(size: int, days: int, every: int) -> list[Figure]:
    """So many days of a plan, its copy included; and every so many-th of them, from the same state, by real ticks.

    A real tick is plan and release on a file, whenever the daemon finds something to do; what composing and sending
    cost comes on top of it in real life, and is left out here.
    """
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch, steady_world(Path(scratch), size) as world:
        dry, same_days, real = _year(world, Path(scratch) / "sampled.sqlite", days, every)
    name = f"a touch of a plan of {days} days and of ticks, {size:,} customers"
    return [
        Figure(name, dry.each, real.each, "ms", 1.5),
        Figure("  of it those days that were really ticked", same_days.each, real.each, "ms"),
        Figure(f"  the whole of that plan, {dry.touches:,} touches", dry.cpu, dry.touches * real.each / MILLI, "s"),
    ]


def _year(world: World, path: Path, days: int, every: int) -> tuple[Played, Played, Played]:
    """The whole dry run, those of its days that were sampled, and the sampled days by real ticks."""
    live = Database(f"sqlite:///{world.path}", read_only=True)
    sampled = real = Played()
    with ExitStack() as stack:
        stack.callback(live.close)
        copying = overlay(live, world.settings, checked_rules(world.settings), TICK)
        start = time.process_time()
        stages = stack.enter_context(copying)
        whole = Played(time.process_time() - start)
        ticking = stack.enter_context(closing(Release(stages.db, stages.settings, stages.books, stages.clockwork)))
        for day in range(days):
            begin = TICK + day * DAY
            if day % every == every - 1:
                real = real.and_then(_really(stages, ticking, path, begin))
            dry = _day(stages, begin)
            whole = whole.and_then(dry)
            if day % every == every - 1:
                sampled = sampled.and_then(dry)
                assert sampled.touches == real.touches, "a plan must be what ticks do"
    return whole, sampled, real


def _really(stages: Stages, ticking: Release, path: Path, begin: int) -> Played:
    """One day by real ticks on a file that begins as the dry run is at that instant."""
    with closing(sqlite3.connect(path)) as file:
        _driver(stages.db).backup(file)
    db = ticking.db = Database(f"sqlite:///{path}")
    try:
        return _day(Stages(db, stages.settings, stages.books, stages.clockwork, ticking), begin)
    finally:
        db.close()
        for file_path in path.parent.glob(path.name + "*"):
            file_path.unlink()


def _driver(db: Database) -> sqlite3.Connection:
    with db.reading() as connection:
        found: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
        return found


def _day(stages: Stages, begin: int) -> Played:
    cpu = cpu_seconds(lambda: _play(stages, begin))
    return Played(cpu, _let_go(stages.db, begin))


def _play(stages: Stages, begin: int) -> None:
    for _ in stages.run(begin, begin + DAY):
        pass


def _let_go(db: Database, begin: int) -> int:
    """Touches that this day let go."""
    with db.reading() as connection:
        that_day = touch.c.released_at.between(begin, begin + DAY - 1)
        return connection.execute(select(func.count()).select_from(touch).where(that_day)).scalar_one()
