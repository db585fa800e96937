"""The dry run of a plan against real ticks: the same customers, the same instants, CPU per touch."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from benchmarks.lives import TICK
from benchmarks.measure import Figure, cpu_seconds
from benchmarks.world import World, checked_rules, steady_world
from engine.desk.overlay import Stages, overlay
from engine.domain.civil import DAY
from engine.store.database import Database
from engine.store.ledger import touch

MILLI = 1_000


class Played(NamedTuple):
    """CPU seconds of some days, and the touches that were born in them."""

    cpu: float
    touches: int

    @property
    def each(self) -> float:
        """Milliseconds a touch."""
        return self.cpu / self.touches * MILLI


def dry_run(size: int, days: int) -> list[Figure]:
    """So many days of a plan, its copy included, and then the same days by real ticks on the file.

    A real tick is plan and release, whenever the daemon finds something to do; what composing and sending
    cost comes on top of it in real life, and is left out here.
    """
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch, steady_world(Path(scratch), size) as world:
        dry = _dry(world, days)
        real = _real(world, days)
    name = f"a touch of a plan of {days} days and of ticks, {size:,} customers"
    return [
        Figure(name, dry.each, real.each, "ms", 1.5),
        Figure(f"  the whole of that plan, {dry.touches:,} touches", dry.cpu, dry.touches * real.each / MILLI, "s"),
    ]


def _dry(world: World, days: int) -> Played:
    live = Database(f"sqlite:///{world.path}", read_only=True)
    born = 0

    def play() -> None:
        nonlocal born
        with overlay(live, world.settings, checked_rules(world.settings), TICK) as stages:
            before = _touches(stages.db)
            _play(stages, days)
            born = _touches(stages.db) - before

    try:
        return Played(cpu_seconds(play), born)
    finally:
        live.close()


def _real(world: World, days: int) -> Played:
    stages = Stages(world.db, world.settings, world.books, world.clockwork, world.stage)
    before = _touches(world.db)
    cpu = cpu_seconds(lambda: _play(stages, days))
    return Played(cpu, _touches(world.db) - before)


def _play(stages: Stages, days: int) -> None:
    for _ in stages.run(TICK, TICK + days * DAY):
        pass


def _touches(db: Database) -> int:
    with db.reading() as connection:
        return connection.execute(select(func.count()).select_from(touch)).scalar_one()
