"""A whole tick, plan and release, against bare SQL that leaves the same rows; and the same among more customers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.bare_plan import Written, bare_plan, written_by_tick
from benchmarks.bare_release import Released, bare_release, released_by_tick
from benchmarks.measure import Figure, counted_steps, in_turn
from benchmarks.world import World, steady_world

SMALL, LARGE, HUGE = 10_000, 1_000_000, 10_000_000
BARS = {10: 2.5, 50: 4.0}
"""How much more than bare SQL a tick may cost, by the number of rules."""
MILLI = 1_000
_WROTE = ("occasion", "touch", "date_next", "plan_cursor")


def ticks(size: int, runs: int) -> list[Figure]:
    """A thousand planned and a thousand released, by ten rules and by fifty of which each has a twentieth of them."""
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch:
        with steady_world(Path(scratch), size) as world:
            figures = _against_bare_sql(world, size, runs)
        (Path(scratch) / f"leads-{size}.sqlite").unlink()
        with steady_world(Path(scratch), size, regional=True) as world:
            return figures + _against_bare_sql(world, size, runs)


def _against_bare_sql(world: World, size: int, runs: int) -> list[Figure]:
    rules = world.rule_count()
    raw, written, released = world.raw(), written_by_tick(world), released_by_tick(world)
    leaves_the_same(world, written, released)
    ours, plan, release, floor, bare_plans, bare_releases = in_turn(
        runs,
        world.rewound(lambda: (world.plan(), world.release())),
        world.rewound(world.plan),
        world.rewound(world.release),
        world.rewound(lambda: (bare_plan(raw, written), bare_release(raw, released))),
        world.rewound(lambda: bare_plan(raw, written)),
        world.rewound(lambda: bare_release(raw, released)),
    )  # fmt: skip
    name, sized = f"tick of {rules} rules and bare SQL, {size:,} customers", f"{rules} rules, {size:,} customers"
    return [
        Figure.of(name, ours, floor, "ms", BARS[rules], scale=MILLI),
        Figure.of(f"  of it plan: 1,000 touches, {sized}", plan, bare_plans, "ms", scale=MILLI),
        Figure.of(f"  of it release: 1,000 touches, {sized}", release, bare_releases, "ms", scale=MILLI),
    ]


def leaves_the_same(world: World, written: Written, released: Released) -> None:
    """AssertionError unless the floor finds everybody, and leaves the very rows that a tick leaves."""
    world.plan(), world.release()
    ours = _rows(world)
    world.rewind()
    raw = world.raw()
    assert written.leads() <= bare_plan(raw, written), "the floor must find everybody who comes into view"
    assert released.ids() == bare_release(raw, released), "the floor must find every touch that is due"
    assert (_rows(world), len(written.touches)) == (ours, 1_000)
    world.rewind()


def _rows(world: World) -> dict[str, list[str]]:
    """What the tables hold of those who are due, ids left out, which depend on the order of writing."""
    return {table: sorted(map(repr, world.kept_rows(table))) for table in _WROTE}


def growth(large: int, runs: int, steps_bar: float = 1.05, cpu_bar: float = 1.25) -> list[Figure]:
    """A tick with a thousand due, at both sizes: steps of SQLite's machine, and CPU, one after the other in turn."""
    with (
        tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch,
        steady_world(Path(scratch), SMALL) as small, steady_world(Path(scratch), large) as many,
    ):  # fmt: skip
        steps = tick_steps(many), tick_steps(small)
        ours, floor = in_turn(runs, many.rewound(_whole(many)), small.rewound(_whole(small)))
    sizes = f"{large:,} and {SMALL:,} customers"
    return [
        Figure(f"tick: SQLite steps at {sizes}", *steps, "steps", steps_bar),
        Figure.of(f"tick: CPU at {sizes}", ours, floor, "ms", cpu_bar, scale=MILLI),
    ]


def _whole(world: World) -> Callable[[], object]:
    return lambda: (world.plan(), world.release())


def tick_steps(world: World) -> int:
    """Steps that SQLite takes for plan and release of one tick. AssertionError unless a thousand are due in each."""
    with counted_steps(world.raw()) as steps:
        planned, released = world.plan(), world.release()
    world.rewind()
    assert (planned.touches, released.released) == (1_000, 1_000)
    return steps.count
