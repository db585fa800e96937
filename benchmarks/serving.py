"""How much memory a house takes among a million customers: the daemon, and the process of its pages."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.apart import apart, as_a_service, held
from benchmarks.letters import through
from benchmarks.lives import TICK
from benchmarks.mail import mail_server
from benchmarks.measure import Figure
from benchmarks.world import ROOT, RULES, World, steady_world
from engine.ground.clock import FrozenClock, SystemClock
from engine.service import rules_in_force
from engine.service.app import App
from engine.service.daemon import Daemon
from engine.service.logs import configure_logging
from engine.service.tick import Stages

MEGABYTES = 120.0
INTERVAL = 0.5
"""Seconds between two ticks: a thirtieth of what ships."""


def serving(size: int, seconds: int) -> list[Figure]:
    """MB that each process holds after so many seconds of work."""
    from benchmarks.reading import READERS, cookies_of, reading, serving_pages  # not for the process of the daemon

    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch:
        folder, env = Path(scratch), as_a_service()
        with steady_world(folder, size) as world, mail_server(folder) as mail:
            _write_rules(folder)
            daemon = apart(work_a_while, scratch, size, mail, seconds, env=env)
            with serving_pages(folder, size, env) as served:
                with reading(served.port, seconds, cookies_of(world, served.port)) as told:
                    assert told()
                pages, at_most = held("VmRSS", served.pid), held("VmHWM", served.pid)
    return [
        Figure(f"memory of a daemon, {size:,} customers", daemon.result, MEGABYTES, "MB", 1.0),
        Figure("  the daemon at most", daemon.peak, MEGABYTES, "MB", 1.0),
        Figure(f"memory of its pages, {READERS} readers, {size:,} customers", pages, MEGABYTES, "MB", 1.0),
        Figure("  the pages at most", at_most, MEGABYTES, "MB", 1.0),
    ]


def _write_rules(folder: Path) -> None:
    """What the daemon puts in force when it begins: the benchmarks' rules, the starter's policies and templates."""
    (folder / "rules").mkdir()
    for path in (RULES, *(ROOT / "rules").glob("*policies.yaml")):
        shutil.copy(path, folder / "rules")
    shutil.copytree(ROOT / "templates", folder / "templates")


def work_a_while(folder: str, size: int, mail: int, seconds: int) -> float:
    """Every job of a daemon, at the instant of the world's tick; the MB held in the end."""
    configure_logging(level=logging.WARNING)
    world = World(Path(folder) / f"leads-{size}.sqlite")
    settings = through(world.settings, mail)
    settings = settings.model_copy(update={"service": settings.service.model_copy(update={"tick": INTERVAL})})
    app = App(settings, Path(folder), world.db, SystemClock(), world.books, world.clockwork, rehearsal=False)
    rules_in_force.begin(app)
    daemon = Daemon(app)  # its jobs begin by this machine's clock, and work at the instant of the world's tick
    daemon.stages.close()
    daemon.stages = Stages(replace(app, clock=FrozenClock(TICK)))
    daemon.start()
    time.sleep(seconds)
    memory = held("VmRSS")
    daemon.stop()
    with world.db.reading() as connection:
        sent = connection.exec_driver_sql("SELECT count(*) FROM delivery WHERE state = 'sent'").scalar_one()
    world.close()
    assert (daemon.failures, sent > 0) == (0, True)
    return memory
