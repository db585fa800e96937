"""How much memory the daemon needs: its jobs and its pages in one process, among a million customers."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from benchmarks.apart import apart, held
from benchmarks.lives import REPS, TICK, rep_id
from benchmarks.measure import Figure
from benchmarks.pages import page_of
from benchmarks.world import World, steady_world
from engine.ground.clock import FrozenClock
from engine.service.app import App
from engine.service.tick import Stages, TickCounts

MEGABYTES = 120.0
TICKS, PAGES = 20, 300


def serving(size: int) -> list[Figure]:
    """MB that the process holds in the end, and held at most."""
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch:
        with steady_world(Path(scratch), size) as world:
            path = str(world.path)
        done = apart(serve_a_while, path)
    name = f"memory after {TICKS} ticks and {PAGES} pages among {size:,} customers"
    return [
        Figure(name, done.result, MEGABYTES, "MB", 1.0),
        Figure("  at most", done.peak, MEGABYTES, "MB"),
    ]


def serve_a_while(path: str) -> float:
    """A tick with a thousand due and some with nothing, reps who look at their day; the MB held afterwards."""
    world = World(Path(path))
    app = App(world.settings, world.path.parent, world.db, FrozenClock(TICK), world.books, world.clockwork,
              rehearsal=False)  # fmt: skip
    stages = Stages(app)
    with asyncio.Runner() as runner:
        page = page_of(runner, world)
        for _ in range(TICKS):
            stages.think(TickCounts())
        for n in range(PAGES):
            page(rep_id(n % REPS))
    stages.close()
    world.close()
    return held("VmRSS")
