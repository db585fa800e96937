"""The keep-alives that systemd waits for: as long as every loop gets on, and not a moment longer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from engine.service import daemon as daemon_module
from engine.service.app import open_app
from engine.service.notify import unhurried
from engine.service.process import running
from engine.service.rules_in_force import begin
from engine.service.watchdog import LOOK_SECONDS, seconds_between_looks
from engine.settings.model import Service
from engine.store import turns
from tests.acceptance.house import PATIENCE, House
from tests.faults.smtp_faults import FaultySmtp

PATIENT = 1.5
"""Seconds without progress after which a loop is stuck here."""
MAILS = 20


class Manager:
    """systemd, as far as it listens."""

    def __init__(self, told: socket.socket) -> None:
        self._told = told

    def heard(self, seconds: float) -> list[str]:
        """All that arrives in that time."""
        found, end = [], time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._told.settimeout(left)
            try:
                found.append(self._told.recv(1000).decode())
            except TimeoutError:
                break
        return found

    def hears(self, what: str) -> str:
        """The first message with that in it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for message in self.heard(0.05):
                if what in message:
                    return message
        raise AssertionError(f"{what} was never said")


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """It wants to hear of us every 0.3 seconds."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "300000")
        monkeypatch.setattr(daemon_module, "GRACE", PATIENT - 60)  # beyond the lease, which is 60 s
        monkeypatch.setattr(daemon_module, "ELSEWHERE", PATIENT)
        yield Manager(told)


def settled(house: House) -> House:
    """With one sender, so that what is to be sent takes its time."""
    text = house.config.read_text("utf-8").replace("batch: 40", "batch: 40, senders: 1")
    house.write("config.yaml", text)
    return house


@pytest.mark.parametrize("loop", ["think", "speak", "rescue"])
def test_a_loop_that_sticks_ends_the_keep_alives(
    loop: str, manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House.lay_out(tmp_path / "house", 1, leads=1)
    monkeypatch.setattr("engine.service.daemon.LEASE_TURNS", 200)  # rescue comes soon as well
    go_on = threading.Event()
    with open_app(house.config) as app, capture_logs() as logs, running(app) as daemon:
        manager.hears("WATCHDOG=1")
        monkeypatch.setattr(daemon.stages, loop, lambda *_: go_on.wait(PATIENCE))
        try:
            assert loop in manager.hears("STATUS=stuck: ")
            where = [line["exception"] for line in logs if line["event"] == "loop_stuck" and line["stage"] == loop]
            assert "tests/acceptance/test_watchdog.py" in where[-1]  # the very place, before SIGABRT comes
            assert not any("WATCHDOG=1" in message for message in manager.heard(0.5))
        finally:
            go_on.set()
        manager.hears("WATCHDOG=1")


def watched(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each turn of a loop took, collected from now on."""
    spans: list[float] = []

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            began = time.monotonic()
            try:
                return work(*arguments, **named)
            finally:
                spans.append(time.monotonic() - began)

        return run

    monkeypatch.setattr(daemon_module.Stages, "speak", timed(daemon_module.Stages.speak))
    return spans


def test_a_long_batch_that_gets_on_is_not_stuck(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = watched(monkeypatch)
    with FaultySmtp(latency=0.03) as relay:
        house = settled(House.lay_out(tmp_path / "house", relay.port, leads=MAILS))
        heard = []
        with open_app(house.config) as app:
            begin(app)
            with running(app):
                while len(relay.accepted) < 2 * MAILS:
                    heard += manager.heard(0.2)
        assert max(spans) > 2 * PATIENT
    assert not [message for message in heard if "stuck" in message]
    assert len([message for message in heard if message.startswith("WATCHDOG=1\n")]) > 10


def test_a_long_pull_that_gets_on_is_not_stuck(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = threading.Event()

    def pull(_app: object, _name: str, stopped: Callable[[], bool]) -> None:
        for _ in range(10):  # pieces
            time.sleep(PATIENT / 4)
            assert not stopped()
        pulled.set()

    monkeypatch.setattr("engine.service.sources.pull_when_due", pull)
    table = "table: people, every: 1h, columns: {id: id, name: name}"
    source = f"sources: {{crm: {{kind: leads, url: 'sqlite:///crm.sqlite', {table}}}}}\n"
    house = House.lay_out(tmp_path / "house", 1, leads=1, more=source)
    heard = []
    with open_app(house.config) as app, running(app):
        while not pulled.is_set():
            heard += manager.heard(0.2)
    assert not [message for message in heard if "stuck" in message]


def test_a_long_start_asks_for_more_time_until_it_is_over(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.service.notify._EXTEND_EVERY", 0.02)
    with unhurried("bringing the database up to this release"):
        heard = manager.heard(0.4)
    assert heard[0] == "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=bringing the database up to this release"
    assert set(heard[1:]) == {"EXTEND_TIMEOUT_USEC=60000000"}
    assert len(heard) > 3
    assert manager.heard(0.1)[1:] == []  # one may have been on its way


def test_who_hangs_is_ended_by_his_watchdog_before_his_turn_is_taken_away() -> None:
    assert Service().lease + daemon_module.GRACE + LOOK_SECONDS < turns.SILENCE


def test_keep_alives_come_three_times_as_often_as_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getpid", lambda: 7)
    assert seconds_between_looks({"WATCHDOG_USEC": "6000000", "WATCHDOG_PID": "7"}) == 2
    assert seconds_between_looks({"WATCHDOG_USEC": "6000000", "WATCHDOG_PID": "8"}) == 10
    assert seconds_between_looks({}) == 10
