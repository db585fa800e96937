"""Whatever is raised in whichever stage, the daemon says where, names nobody, and does the work at its next turn.

One daemon with its real clock lives through all of it; each fault is raised once, where the stage's own code begins.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import logging
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from engine.service import process
from engine.service.app import open_app
from engine.service.daemon import Daemon
from engine.service.logs import configure_logging
from engine.service.process import running
from engine.service.reload import reload
from engine.store import tallies
from tests.acceptance.house import RULES, House

NAME, ADDRESS = "Wang Fang", "wang.fang@example.org"
WORDS = f"{NAME} <{ADDRESS}> has no such column"
CONFIG = """\
company: {name: Example Co., domain: example.com}
windows:
  lead: {days: mon-sun, open: "00:00", close: "24:00"}
  rep: {days: mon-sun, open: "00:00", close: "24:00"}
quiet_hours: {start: "00:00", end: "00:00"}
caps: {catch_up: 100000}
service: {tick: 0.05, dispatch: 0.05, lease: 5}
arbiter: {deadline: 1, faults: 1000}
channels: {email: {kind: file, folder: out}}
feeds: {met: {file: warnings.xml}}
inbox: {kind: maildir, path: mail}
sources: {crm: {url: "sqlite:///crm.sqlite", table: customer, columns: {no: id, name: name}}}
"""
POLICY = """\
policies:
  - {id: wishes-first, when: {touch: {category: [festive, care]}}, then: {priority: 10}}
"""
"""One that fires, so that the arbiter's child is asked."""


@dataclass(frozen=True)
class Living:
    """A house, the daemon at work in it, and what it writes to its log."""

    house: House
    daemon: Daemon
    log: io.StringIO

    def next_turn(self, job: str) -> bool:
        """Have that job's next turn begin now; True, for who asks again and again."""
        self.daemon._scheduler.get_job(job).modify(next_run_time=datetime.now(UTC))
        return True

    def greets(self, lead: str) -> bool:
        """Whether a customer who has come gets his greeting, and his rep the note."""
        self.house.settle([lead], ["rep-0"])
        return eventually(lambda: self.house.count(
            "SELECT count(*) FROM touch WHERE lead = ? AND state = 'delivered'", lead) == 2)  # fmt: skip


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


class Ends:
    """What signals would ask of the daemon."""

    def __init__(self) -> None:
        self.to_end, self.to_reload = threading.Event(), threading.Event()


class Fault:
    """Stands in for a function: raises once, then does what it always did. `since`: turns that ended well after it."""

    def __init__(self, real: Callable[..., Any], error: BaseException) -> None:
        self.real, self.error, self.raised, self.since = real, error, False, 0

    def standing_in(self) -> Callable[..., Any]:
        def faulty(*args: Any, **named: Any) -> Any:
            if not self.raised:
                self.raised = True
                raise self.error
            found = self.real(*args, **named)
            self.since += 1
            return found

        return faulty


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """One house and one daemon for all faults."""
    home = tmp_path_factory.mktemp("house")
    (home / "mail" / "new").mkdir(parents=True)
    (home / "mail" / "cur").mkdir()
    with closing(sqlite3.connect(home / "crm.sqlite")) as theirs:
        theirs.execute("CREATE TABLE customer (no TEXT, name TEXT)")
    house = House.lay_out(home, 1, leads=1, rules=RULES)
    house.write("config.yaml", CONFIG)
    house.write("rules/first.yaml", POLICY)
    log, before = io.StringIO(), (sys.stderr, logging.getLogger().handlers[:])
    sys.stderr = log
    configure_logging(json=True)
    sys.stderr = before[0]
    try:
        with open_app(house.config) as app:
            reload(app, wait=False)
            with running(app) as daemon:
                yield Living(house, daemon, log)
    finally:
        logging.getLogger().handlers[:] = before[1]
        structlog.reset_defaults()


IN_LINE = {
    "engine.service.tick.Stages._notice_calendars": "plan",
    "engine.service.tick.plan": "plan",
    "engine.stages.plan.plan._level": "plan",
    "engine.stages.release.release.Release.run": "release",
    "engine.stages.release.release.Arbiter.judge": "release",
    "engine.stages.release.release.let_go": "release",
    "engine.service.tick.act": "act",
    "engine.service.tick.remind_signers": "signers",
    "engine.service.rules_in_force.active_id": "think",
    "engine.service.tick.compose_batch": "compose",
    "engine.stages.dispatch.dispatch.Dispatcher.run": "dispatch",
    "engine.stages.dispatch.ledger.Ledger.claim": "dispatch",
}
"""Between a customer who comes and his greeting: what is called, and the stage that is to be named."""
ASIDE = {
    "engine.service.tick.rescue": "rescue",
    "engine.service.tick.ask": "ask",
    "engine.service.inbox.listen": "inbox",
    "engine.service.feeds.poll": "feed met",
    "engine.service.sources.pull": "source crm",
    "engine.service.figures.tallies.add": "figures",
    "engine.service.tidying.archive": "tidy",
}
"""Jobs of their own."""
KINDS = {
    "an error that quotes a row": lambda: RuntimeError(WORDS),
    "the end of the process": lambda: SystemExit(3),
    "no memory": MemoryError,
    "too deep": RecursionError,
    "an end of a generator": GeneratorExit,
    "a task called off": asyncio.CancelledError,
    "the driver's error": lambda: sqlite3.OperationalError("database is locked"),
    "the database's error": lambda: OperationalError(WORDS, {"name": NAME}, sqlite3.OperationalError("disk I/O error")),
}
NUMBER = count()


def stand_in(monkeypatch: pytest.MonkeyPatch, place: str, error: BaseException) -> Fault:
    """Have it raised there, once."""
    owner, _, name = place.rpartition(".")
    fault = Fault(getattr(_found(owner), name), error)
    monkeypatch.setattr(_found(owner), name, fault.standing_in())
    return fault


def _found(path: str) -> Any:
    """A module, or something in one."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        return getattr(_found(path.rpartition(".")[0]), path.rpartition(".")[2])


def assert_told(living: Living, stage: str, error: BaseException, since: int) -> None:
    """The log names the stage and the kind of error, and nobody."""
    told = living.log.getvalue()[since:]
    assert f'"stage": "{stage}"' in told
    assert type(error).__name__ in told
    assert NAME not in told
    assert ADDRESS not in told


@pytest.mark.parametrize("place", IN_LINE)
def test_the_next_pass_does_what_a_failed_stage_left(
    living: Living, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    since, failures, error = len(living.log.getvalue()), living.daemon.failures, RuntimeError(WORDS)
    fault = stand_in(monkeypatch, place, error)
    assert living.greets(f"lead-{next(NUMBER)}")
    assert (fault.raised, fault.since > 0, living.daemon.failures) == (True, True, failures + 1)
    assert_told(living, IN_LINE[place], error, since)


@pytest.mark.parametrize("place", ASIDE)
def test_a_job_that_failed_has_its_next_turn(living: Living, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    since, failures, error = len(living.log.getvalue()), living.daemon.failures, RuntimeError(WORDS)
    fault = stand_in(monkeypatch, place, error)
    assert eventually(lambda: living.next_turn(ASIDE[place]) and fault.since > 0)
    assert living.daemon.failures == failures + 1
    assert_told(living, ASIDE[place], error, since)


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_error_ends_the_ticker(living: Living, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    since, failures, error = len(living.log.getvalue()), living.daemon.failures, KINDS[kind]()
    fault = stand_in(monkeypatch, "engine.service.tick.plan", error)
    assert eventually(lambda: fault.since > 0)
    assert living.daemon.failures == failures + 1
    assert_told(living, "plan", error, since)


@pytest.mark.parametrize("what", ["claim", "mark", "settle"])
def test_the_writer_goes_on_whatever_its_work_raises(
    living: Living, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    fault = stand_in(monkeypatch, f"engine.stages.dispatch.ledger.Ledger.{what}", SystemExit(3))
    assert living.greets(f"lead-{next(NUMBER)}")
    assert fault.raised


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_an_arbiter_that_dies_or_hangs_costs_nobody_his_greeting(living: Living, blow: signal.Signals) -> None:
    assert living.greets(f"lead-{next(NUMBER)}")
    _, arbiter = living.daemon.stages.release._arbiter or (0, None)
    assert arbiter is not None
    assert arbiter.child_pid is not None
    faults = arbiter.faults
    os.kill(arbiter.child_pid, blow)
    assert living.greets(f"lead-{next(NUMBER)}")
    assert arbiter.faults > faults


def test_a_reload_or_a_page_process_that_fails_does_not_end_the_daemon(
    living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, "engine.service.rules_in_force.reload", SystemExit(3))
    asked, looks = Ends(), iter([MemoryError(), OSError(11, "no more processes"), None, None])

    def look_after() -> None:
        error = next(looks)
        if error is not None:
            raise error
        asked.to_end.set()

    asked.to_reload.set()
    process._wait_for_the_end(living.daemon, asked, look_after)
    assert not asked.to_reload.is_set()


def test_failures_and_durations_are_counted_for_the_monitor(living: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    def counted() -> dict[str, dict[tuple[str, ...], float]]:
        living.next_turn("figures")
        with living.daemon.app.db.reading() as connection:
            return tallies.counted(connection)

    before = counted().get(tallies.FAILURES, {}).get(("act",), 0)
    stand_in(monkeypatch, "engine.service.tick.act", RuntimeError(WORDS))
    assert living.greets(f"lead-{next(NUMBER)}")
    assert eventually(lambda: counted()[tallies.FAILURES].get(("act",), 0) == before + 1)
    found = counted()
    assert sum(times for (stage, _), times in found[tallies.SECONDS].items() if stage == "act") > 1
    assert 0 < found[tallies.SECONDS_SUM][("act",)] < 60
    assert {labels[:2] for labels in found[tallies.ATTEMPTS]} >= {("email", "sent")}
    assert found[tallies.TOUCHES][("released", "")] > 1
