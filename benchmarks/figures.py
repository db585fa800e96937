"""The figures: each measures ours and its floor in one run, and says what must hold."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.letters import Sending, let_go, prepared, sending
from benchmarks.mail import bare_sending, mail_server
from benchmarks.measure import Figure, cpu_seconds, medians
from benchmarks.world import World, checked_rules, steady_world
from engine.stages.plan.passes import PlanCounts
from engine.stages.release.release import ReleaseCounts

SMALL = 10_000
MILLI = 1_000
IDLE = 30.0
"""Milliseconds of CPU that a tick with nothing to do may take."""
SENT = {"lead": 0.20, "rep": 0.30}
"""The least part of what a bare loop sends, by who gets it: a rep's outcomes are written many at a time."""


def idle(size: int, runs: int) -> list[Figure]:
    """A tick that finds nothing to do, with the rules five times over."""
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch, steady_world(Path(scratch), size) as world:
        checked = checked_rules(world.settings, times=5)
        world.adopt(checked)
        world.plan(), world.release()
        (cpu,) = medians(runs, lambda: cpu_seconds(lambda: _nothing(world.plan(), world.release())))
    name = f"nothing due, {len(checked.book.rules)} rules, {size:,} customers"
    return [Figure(name, cpu * MILLI, IDLE, "ms", 1.0)]


def _nothing(planned: PlanCounts, released: ReleaseCounts) -> None:
    assert (planned, released) == (PlanCounts(), ReleaseCounts())


def deliveries(count: int, runs: int) -> list[Figure]:
    """Compose and dispatch against a bare loop over the same messages: deliveries per CPU second."""
    with _small_world() as world, mail_server(world.path.parent) as port, sending(world, port) as stages:
        return [
            figure
            for audience, whom in (("lead", "customers"), ("rep", "reps"))
            for figure in _deliveries_to(audience, whom, count, runs, world, stages, port)
        ]


def _deliveries_to(
    audience: str, whom: str, count: int, runs: int, world: World, stages: Sending, port: int
) -> list[Figure]:
    def written() -> float:
        let_go(world, audience, count)
        return cpu_seconds(lambda: _all(stages.compose(), count))

    def sent() -> float:
        return cpu_seconds(lambda: _all(stages.dispatch(), count))

    written()
    messages = prepared(world)
    compose, dispatch, bare = medians(runs, written, sent, lambda: cpu_seconds(lambda: bare_sending(port, messages)))
    floor, ours = bare / count * MILLI, count / (compose + dispatch)
    return [
        Figure(f"deliveries a CPU second to {whom}", ours, count / bare, "1/s", SENT[audience], least=True),
        Figure(f"  of it compose, CPU of one to {whom}", compose / count * MILLI, floor, "ms"),
        Figure(f"  of it dispatch, CPU of one to {whom}", dispatch / count * MILLI, floor, "ms"),
    ]


def _all(done: int, wanted: int) -> None:
    assert done == wanted, f"{done} of {wanted}"


@contextmanager
def _small_world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch, steady_world(Path(scratch), SMALL) as world:
        yield world
