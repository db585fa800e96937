"""`status` says what is late and what failed, in the colour of how bad it is."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from engine.cli.main import main
from engine.service.app import open_app
from engine.store import state, tallies
from engine.store.tables import dirty_lead
from engine.store.tallies import Series

RED, YELLOW, PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"


def test_what_is_late_and_what_failed_stands_out(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_app(house.config) as app, app.db.writing() as connection:
        now = app.clock.now()
        connection.execute(dirty_lead.delete())
        connection.execute(dirty_lead.insert().values(lead="wang", reason="import", at=now - 4_000))
        state.put(connection, state.LAST_TICK, {"worker": "w"}, now - 7_260)
        state.put(connection, state.LAST_FAILURE, {"stage": "release", "error": "OperationalError"}, now)
        tallies.add(connection, {Series(tallies.FAILURES, ("plan",)): 1, Series(tallies.FAILURES, ("release",)): 2})
    monkeypatch.setattr("engine.cli.output.is_terminal", lambda: True)
    said = CliRunner().invoke(main, ["-c", str(house.config), "status"], color=True).stdout.splitlines()
    late = next(line for line in said if "late  " in line)
    assert late.startswith(f"{RED}late        plan: for 1h 6m")
    tick = next(line for line in said if "last tick" in line)
    assert tick.startswith(RED)
    assert "2h 1m ago" in tick
    failed = next(line for line in said if "failures" in line)
    assert failed.startswith(f"{YELLOW}failures    1 plan, 2 release; last release at 2")
    assert failed.endswith(f"OperationalError{PLAIN}")


def test_programs_get_seconds(house: Any) -> None:
    found = house.rows("status")[0]
    assert (found["last_tick_age"], found["failures"], found["last_failure"]) == (None, {}, None)
    assert set(found["late"]) == {"plan", "release", "compose", "dispatch"}
