"""A busy day: tens of thousands come into view, as many are due, and all of them are planned and judged in one tick."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.apart import apart
from benchmarks.measure import Figure, cpu_seconds
from benchmarks.world import World, steady_world

SECONDS, MEGABYTES = 4.0, 150.0
EACH = 3_400


def whole_day(size: int, each: int = EACH) -> list[Figure]:
    """CPU and peak memory of a process that does nothing else. Ten times `each` are planned, and as many judged."""
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch:
        with steady_world(Path(scratch), size, each) as world:
            path = str(world.path)
        done = apart(one_day, path, each)
    name = f"a day of {10 * each:,} due among {size:,} customers"
    return [
        Figure(f"{name}, planned and judged: CPU", done.result, SECONDS * each / EACH, "s", 1.0),
        Figure("  its peak memory", done.peak, MEGABYTES, "MB", 1.0),
    ]


def one_day(path: str, each: int) -> float:
    """CPU seconds of the tick. AssertionError unless everything that was to come did."""
    world = World(Path(path))
    try:
        counts = []
        taken = cpu_seconds(lambda: counts.append((world.plan().touches, world.release().released)))
    finally:
        world.close()
    assert counts == [(10 * each, 10 * each)], counts
    return taken
