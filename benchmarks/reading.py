"""A house's pages as a process of their own, and those who read them as another.

As processes: `python -m benchmarks.reading serve FOLDER SIZE PORT` and `... read PORT SECONDS COOKIE...`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.lives import REPS, rep_id
from benchmarks.pages import cookie_of, site_at
from benchmarks.world import World, steady_world
from engine.service.demo_pages import free_port
from engine.settings.web_model import Web
from engine.web.app import create_app
from engine.web.serve import listen, serve
from engine.web.site import Site

READERS = 100
PATHS = ("/day", "/drafts")
"""What they read, in turn."""


class Served(NamedTuple):
    """Where pages are served, and by which process."""

    port: int
    pid: int


def cookies_of(world: World, port: int) -> list[str]:
    """What each of the readers comes in with."""
    site = _site(world, port)
    return [cookie_of(site, rep_id(number % REPS)) for number in range(READERS)]


@contextmanager
def serving_pages(folder: Path, size: int, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """The pages of that house, served by a process of their own."""
    port = free_port()
    command = [*_SELF, "serve", str(folder), str(size), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            yield Served(port, process.pid)
        finally:
            process.terminate()


@contextmanager
def reading(port: int, seconds: float, cookies: Sequence[str]) -> Iterator[Callable[[], list[float]]]:
    """Readers at work meanwhile; afterwards they tell how many seconds each page took."""
    command = [*_SELF, "read", str(port), str(seconds), *cookies]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:

        def told() -> list[float]:
            found: list[float] = json.loads(process.communicate()[0])
            return found

        yield told


_SELF = (sys.executable, "-m", "benchmarks.reading")


def _site(world: World, port: int) -> Site:
    web = Web(base_url=f"http://127.0.0.1:{port}", bind=f"127.0.0.1:{port}", keys=("file:web.key",))
    return site_at(world.settings, world.db, world.path.parent, web)


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
