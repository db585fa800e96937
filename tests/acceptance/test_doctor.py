"""`doctor` finds what is wrong with each thing that the daemon lives on, and says what to do about it."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.desk.calendar_data import CalendarYear
from engine.ground.clock import SystemClock
from engine.service.app import open_app
from engine.service.doctor import book, machine
from engine.service.doctor.examine import examine
from engine.service.doctor.finding import Finding
from engine.service.rules_in_force import begin
from engine.store import state
from engine.store.database import Database
from tests.acceptance.house import RULES, House
from tests.faults.smtp_faults import FaultySmtp

DAY = 86_400


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Everything in order, for all tests that put back what they break."""
    with FaultySmtp(login=("care", "secret")) as relay:
        house = House.lay_out(tmp_path_factory.mktemp("doctor") / "house", relay.port, leads=1)
        password = house.home / "smtp.password"
        password.write_text("secret\n")
        password.chmod(0o600)
        login = "from_address: care@example.com, username: care, password: 'file:smtp.password'"
        text = house.config.read_text("utf-8").replace("from_address: care@example.com", login)
        house.write("config.yaml", text)
        house.database.chmod(0o600)
        with open_app(house.config) as app:
            begin(app)
            with app.db.writing() as connection:
                state.put(connection, state.LAST_TICK, {}, app.clock.now() + DAY)  # the tests take less than a day
        yield house


def findings(house: House) -> list[Finding]:
    return list(examine(house.config))


def lines(found: list[Finding]) -> list[str]:
    """What is not in order, each in a line."""
    return [f"{one.level} {one.about}: {one.found}; {one.do}" for one in found if one.level != "ok"]


def test_what_is_in_order_is_said_and_nothing_is_sent(healthy: House) -> None:
    found = findings(healthy)
    assert lines(found) == []
    assert {one.about for one in found} == {
        "versions", "clock", "config", "permissions", "secrets", "disk", "database", "zones", "rows", "rules",
        "calendars", "daemon", "backlog", "channel email", "channel post",
    }  # fmt: skip
    assert healthy.rows("doctor")[0]["level"] == "ok"
    assert "ok   daemon: the last pass was" in healthy.followup("doctor")


Break = Callable[[House, pytest.MonkeyPatch], None]


def change(house: House, statement: str) -> None:
    """By hand, as nobody should."""
    with closing(sqlite3.connect(house.database)) as connection, connection:
        connection.execute(statement)


def bad_config(house: House, _patch: pytest.MonkeyPatch) -> None:
    house.write("config.yaml", house.config.read_text("utf-8") + "databse: x\n")


def open_rules(house: House, _patch: pytest.MonkeyPatch) -> None:
    (house.home / "rules").chmod(0o777)


def no_secret(house: House, _patch: pytest.MonkeyPatch) -> None:
    (house.home / "smtp.password").unlink()


def wrong_password(house: House, _patch: pytest.MonkeyPatch) -> None:
    (house.home / "smtp.password").write_text("other\n")


def known_to_all(house: House, _patch: pytest.MonkeyPatch) -> None:
    (house.home / "smtp.password").chmod(0o644)


def a_credential(house: House, _patch: pytest.MonkeyPatch) -> None:
    house.write("config.yaml", house.config.read_text("utf-8").replace("file:smtp.password", "cred:smtp"))


def no_database(house: House, _patch: pytest.MonkeyPatch) -> None:
    house.database.unlink()


def somebody_elses_file(house: House, _patch: pytest.MonkeyPatch) -> None:
    house.database.write_bytes(b"some other file" * 1000)


def read_by_all(house: House, _patch: pytest.MonkeyPatch) -> None:
    house.database.chmod(0o644)
    house.home.chmod(0o755)


def not_ours_to_write(_house: House, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(os, "access", lambda *_: False)  # root may do everything


def full_disk(_house: House, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=50 << 20))


def clocks_apart(_house: House, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Database, "now", lambda _: SystemClock().now() + 3600)


def clock_jump(house: House, _patch: pytest.MonkeyPatch) -> None:
    with open_app(house.config) as app, app.db.writing() as connection:
        state.set_pause(connection, "all", state.CLOCK_JUMP, "engine", app.clock.now())


def unknown_zone(house: House, _patch: pytest.MonkeyPatch) -> None:
    change(house, "UPDATE lead SET timezone = 'Mars/Olympus'")


def old_zones(_house: House, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(machine, "zone_data", lambda: "2019a")


def awaited_year(_house: House, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book, "provisional_years", lambda *_: (CalendarYear("CN", 2031, False, ("welcome",)),))


def bad_rule(house: House, _patch: pytest.MonkeyPatch) -> None:
    house.write("rules/rules.yaml", RULES.replace("greeting/thanks", "greeting/thnaks"))


def rejected_reload(house: House, _patch: pytest.MonkeyPatch) -> None:
    with open_app(house.config) as app, app.db.writing() as connection:
        state.put(connection, state.REJECTED_RELOAD, ["some mistake"], app.clock.now())


def no_rules_yet(house: House, _patch: pytest.MonkeyPatch) -> None:
    change(house, "UPDATE generation SET active = 0")


def no_daemon(house: House, _patch: pytest.MonkeyPatch) -> None:
    change(house, "UPDATE service_state SET at = at - 900000 WHERE name = 'last_tick'")


def never_run(house: House, _patch: pytest.MonkeyPatch) -> None:
    change(house, "DELETE FROM service_state WHERE name = 'last_tick'")


def long_overdue(_house: House, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book.lookups, "oldest_due", lambda _connection, now: now - 7200)


def in_doubt(_house: House, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book.lookups, "deliveries_by_state", lambda _connection: {"in_doubt": 2})


def no_relay(house: House, _patch: pytest.MonkeyPatch) -> None:
    post = house.config.read_text("utf-8").partition("  post:")
    house.write("config.yaml", post[0] + post[1] + re.sub(r"port: \d+", "port: 1", post[2]))


def a_pilot(house: House, _patch: pytest.MonkeyPatch) -> None:
    house.write("config.yaml", house.config.read_text("utf-8") + "redirect_to: {email: pilot@example.com}\n")


FINDS: list[tuple[Break, str]] = [
    (bad_config, r"fail config: 1 mistakes, the first: .*databse.*; mend it, then: followup check"),
    (open_rules, r"fail permissions: everybody on this machine may change .*/rules; chmod o-w .*/rules"),
    (no_secret, r"fail secrets: the secret file:smtp.password cannot be read: No such file or directory; .*"),
    (known_to_all, r"fail secrets: everybody can read the secret file:smtp.password; chmod o-rwx .*"),
    (a_credential, r"warn secrets: cred:smtp: only the service can see them; .*docs/systemd.md"),
    (wrong_password, r"fail channel email: 127.0.0.1:\d+ answers 535; .*followup channels test"),
    (no_relay, r"fail channel post: 127.0.0.1:1: Connection refused; .*"),
    (a_pilot, r"warn channel email: in a pilot: everything goes to pilot@example.com; .*redirect_to"),
    (no_database, r"fail database: there is no database .* yet; make it with: followup db upgrade; .*"),
    (somebody_elses_file, r"fail database: the file is not a followup database; .*"),
    (read_by_all, r"warn permissions: everybody on this machine can read followup.sqlite, .*; chmod o-rwx .*"),
    (not_ours_to_write, r"fail permissions: .*followup.sqlite may not be written; .*sudo -u followup followup doctor"),
    (full_disk, r"fail disk: 0.0 GiB free at .*; make room now.*"),
    (clocks_apart, r"fail clock: the database's is 3600 s away from ours; .*NTP.*"),
    (clock_jump, r"fail clock: it jumped ahead, nothing is planned or sent; .*followup resume"),
    (unknown_zone, r"fail zones: not known here: Mars/Olympus; bring tzdata up to date .*"),
    (old_zones, r"warn zones: \d in use, data of 2019a is old; bring tzdata up to date: .*"),
    (awaited_year, r"warn calendars: the calendar of CN for 2031 is not yet published.*; list its official file .*"),
    (bad_rule, r"fail rules: 1 mistakes in the folder, the first: .*R203.*; followup check"),
    (rejected_reload, r"warn rules: the last reload was rejected; followup status says why.*"),
    (no_rules_yet, r"warn rules: none are in force yet; .*followup reload"),
    (no_daemon, r"fail daemon: the last pass was \d+ s ago; systemctl status followup.*"),
    (never_run, r"warn daemon: no pass has been made yet; start it: .*"),
    (long_overdue, r"fail backlog: the oldest waits 7200 s beyond its time; .*"),
    (in_doubt, r"warn backlog: 2 deliveries are in doubt; followup deliveries --state in_doubt, then: .*"),
]


@pytest.mark.parametrize(("broken", "line"), FINDS, ids=[one.__name__ for one, _ in FINDS])
def test_what_is_wrong_is_found(
    broken: Break, line: str, healthy: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(healthy.home, tmp_path / "house")
    house = House(tmp_path / "house")
    broken(house, monkeypatch)
    found = lines(findings(house))
    assert any(re.fullmatch(line, one) for one in found), found


def test_a_failure_is_told_by_the_exit_code(healthy: House, tmp_path: Path) -> None:
    shutil.copytree(healthy.home, tmp_path / "house")
    house = House(tmp_path / "house")
    bad_config(house, pytest.MonkeyPatch())
    house.followup("doctor", code=1)


def test_an_old_sqlite_is_found() -> None:
    found = list(machine.versions((3, 34, 1)))
    assert lines(found) == ["fail versions: SQLite 3.34.1 is older than 3.35.0; use a newer system, or PostgreSQL"]


def test_time_that_nobody_keeps_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "timedatectl"
    program.write_text("#!/bin/sh\necho no\n")
    program.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _: str(program))
    assert lines(list(machine.synchronised())) == [
        "warn clock: the machine's time is not synchronised; timedatectl set-ntp true"
    ]
