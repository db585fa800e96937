"""A hundred people at the pages while the daemon works: how late does a tick begin?

Three processes, as in a real house: the daemon's jobs here, the pages, and the readers. All live at the instant of
the world's tick, where a thousand touches are due: they are judged before the readers come, and sent while they read.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import TypeVar

from benchmarks.lives import TICK
from benchmarks.mail import SENDER, mail_server
from benchmarks.measure import Figure
from benchmarks.reading import READERS, cookies_of, reading, serving_pages
from benchmarks.world import World, steady_world
from engine.ground.clock import FrozenClock, SystemClock
from engine.service.app import App
from engine.service.daemon import Daemon
from engine.service.logs import configure_logging
from engine.service.tick import Stages, TickCounts
from engine.settings.email_model import EmailChannel

INTERVAL = 1.0
"""Seconds between two ticks: a fifteenth of what ships, so that a second's delay would be seen."""
Done = TypeVar("Done")


def readers(size: int, seconds: float) -> list[Figure]:
    """The 95th percentile of how late ticks begin, against the interval between them; and of how long pages take."""
    configure_logging(level=logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch:
        folder = Path(scratch)
        with steady_world(folder, size) as world, mail_server(folder) as mail, serving_pages(folder, size) as served:
            cookies = cookies_of(world, served.port)
            with _daemon(world, folder, mail) as daemon, reading(served.port, seconds, cookies) as told:
                began = _ticks(daemon, seconds)
                waits = told()
    late = [max(0.0, later - sooner - INTERVAL) for sooner, later in pairwise(began)]
    with_so_many = f"{READERS} readers, {size:,} customers"
    return [
        Figure(f"{with_so_many}: p95 of a tick's delay", _p95(late) * 1_000, INTERVAL * 1_000, "ms", 1.0),
        Figure(f"{with_so_many}: p95 of a page", _p95(waits) * 1_000, 1_000, "ms"),
        Figure(f"{with_so_many}: pages a second", len(waits) / seconds, READERS, "1/s"),
    ]


@contextmanager
def _daemon(world: World, folder: Path, mail: int) -> Iterator[Daemon]:
    """The daemon's jobs over that house, before they begin; what is due was judged."""
    relay = EmailChannel(kind="email", host="127.0.0.1", port=mail, security="none", from_address=SENDER)
    service = world.settings.service.model_copy(update={"tick": INTERVAL})
    settings = world.settings.model_copy(update={"channels": {"email": relay}, "service": service})
    app = App(settings, folder, world.db, SystemClock(), world.books, world.clockwork, rehearsal=False)
    daemon = Daemon(app)  # its jobs begin by this machine's clock, and work at the instant of the world's tick
    daemon.stages.close()
    daemon.stages = Stages(replace(app, clock=FrozenClock(TICK)))
    daemon.stages.think(TickCounts())
    yield daemon
    assert daemon.failures == 0


def _ticks(daemon: Daemon, seconds: float) -> list[float]:
    """When it began its ticks: seconds of a monotonic clock."""
    began: list[float] = []
    daemon.stages.think = _noting(began, daemon.stages.think)  # type: ignore[method-assign]
    daemon.start()
    try:
        time.sleep(seconds)
    finally:
        daemon.stop()
    return began


def _noting(began: list[float], work: Callable[..., Done]) -> Callable[..., Done]:
    def noted(*arguments: object) -> Done:
        began.append(time.monotonic())
        return work(*arguments)

    return noted


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]
