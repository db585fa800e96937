"""A hundred people at the pages while the daemon works: how late does a tick begin?

Three processes, as in a real house: the daemon's jobs here, the pages, and the readers. All live at the instant of
the world's tick, where a thousand touches are due: they are judged before the readers come, and sent while they read.

As a process: `python -m benchmarks.readers serve FOLDER SIZE PORT` and `... read PORT SECONDS COOKIE...`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import TypeVar

from benchmarks.lives import REPS, TICK, rep_id
from benchmarks.mail import SENDER, mail_server
from benchmarks.measure import Figure
from benchmarks.pages import cookie_of, site_at
from benchmarks.world import World, steady_world
from engine.ground.clock import FrozenClock, SystemClock
from engine.service.app import App
from engine.service.daemon import Daemon
from engine.service.demo_pages import free_port
from engine.service.logs import configure_logging
from engine.service.tick import Stages, TickCounts
from engine.settings.email_model import EmailChannel
from engine.settings.web_model import Web
from engine.web.app import create_app
from engine.web.serve import listen, serve
from engine.web.site import Site

READERS = 100
INTERVAL = 1.0
"""Seconds between two ticks: a fifteenth of what ships, so that a second's delay would be seen."""
PATHS = ("/day", "/drafts")
"""What they read, in turn."""
Done = TypeVar("Done")


def readers(size: int, seconds: float) -> list[Figure]:
    """The 95th percentile of how late ticks begin, against the interval between them; and of how long pages take."""
    configure_logging(level=logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch:
        folder = Path(scratch)
        with steady_world(folder, size) as world, mail_server(folder) as mail, _pages(folder, size) as port:
            site = _site(world, port)
            cookies = [cookie_of(site, rep_id(number % REPS)) for number in range(READERS)]
            with _daemon(world, folder, mail) as daemon, _reading(port, seconds, cookies) as told:
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


def _site(world: World, port: int) -> Site:
    web = Web(base_url=f"http://127.0.0.1:{port}", bind=f"127.0.0.1:{port}", keys=("file:web.key",))
    return site_at(world.settings, world.db, world.path.parent, web)


def _noting(began: list[float], work: Callable[..., Done]) -> Callable[..., Done]:
    def noted(*arguments: object) -> Done:
        began.append(time.monotonic())
        return work(*arguments)

    return noted


@contextmanager
def _pages(folder: Path, size: int) -> Iterator[int]:
    """The port where the pages are served, by a process of their own."""
    port = free_port()
    with subprocess.Popen([*_SELF, "serve", str(folder), str(size), str(port)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            yield port
        finally:
            process.terminate()


@contextmanager
def _reading(port: int, seconds: float, cookies: Sequence[str]) -> Iterator[Callable[[], list[float]]]:
    """Readers at work meanwhile; afterwards they tell how many seconds each page took."""
    command = [*_SELF, "read", str(port), str(seconds), *cookies]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:

        def told() -> list[float]:
            found: list[float] = json.loads(process.communicate()[0])
            return found

        yield told


_SELF = (sys.executable, "-m", "benchmarks.readers")


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


def _serve(folder: Path, size: int, port: int) -> None:
    with steady_world(folder, size) as world:
        site = _site(world, port)
        with listen(site.web.bind, folder) as listening:
            print("ready", flush=True)
            serve(create_app(site), listening)


async def _read(port: int, seconds: float, cookies: Sequence[str]) -> list[float]:
    end = time.monotonic() + seconds
    found = await asyncio.gather(*(_one(port, end, cookie) for cookie in cookies))
    return [taken for each in found for taken in each]


async def _one(port: int, end: float, cookie: str) -> list[float]:
    """A reader who opens the next page as soon as he has one."""
    taken: list[float] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (start := time.monotonic()) < end:
        path = PATHS[len(taken) % len(PATHS)]
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        length = head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
        await reader.readexactly(int(length))
        taken.append(time.monotonic() - start)
    writer.close()
    return taken


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "serve":
        _serve(Path(rest[0]), int(rest[1]), int(rest[2]))
    else:
        print(json.dumps(asyncio.run(_read(int(rest[0]), float(rest[1]), rest[2:]))))
