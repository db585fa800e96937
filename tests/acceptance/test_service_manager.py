"""A life under a service manager: ourselves as systemd, with its socket, its credentials, its reload and its end."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.acceptance.house import RULES, House, process

BROKEN = RULES.replace("greeting/thanks", "greeting/thnaks")
WIDER = RULES.replace("after: 1h", "after: 3h")


def with_credential(house: House, folder: Path) -> None:
    """The database as a secret that only systemd's folder of credentials holds."""
    folder.mkdir()
    (folder / "database").write_text(f"sqlite:///{house.database}\n")
    (folder / "database").chmod(0o400)
    house.write("config.yaml", house.config.read_text("utf-8") + "database: cred:database\n")


def journal_at(path: Path) -> str:
    """What systemd puts into $JOURNAL_STREAM where stderr is that file."""
    path.touch()
    found = os.stat(path)
    return f"{found.st_dev}:{found.st_ino}"


def test_a_daemon_lives_as_its_unit_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House.lay_out(tmp_path / "house", 1, leads=1)
    with_credential(house, tmp_path / "credentials")
    given = {
        "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials"), "WATCHDOG_USEC": "600000",
        "JOURNAL_STREAM": journal_at(house.home / "stderr.txt"),
    }  # fmt: skip
    with process("run", "-c", str(house.config), folder=house.home, **given) as daemon:
        daemon.wait_for("EXTEND_TIMEOUT_USEC=60000000")  # migrations may be long
        daemon.wait_for("READY=1")
        assert house.count("SELECT count(*) FROM generation") == 1  # READY comes after rules
        assert daemon.wait_to_hear("generation 1 in force").startswith("WATCHDOG=1\n")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", given["CREDENTIALS_DIRECTORY"])  # ExecReload has them too
        house.write("rules/rules.yaml", BROKEN)
        assert "R203" in house.followup("reload", "--wait", code=1)  # so `systemctl reload` fails
        daemon.wait_to_hear("generation 1 in force; a reload was rejected")
        house.write("rules/rules.yaml", WIDER)
        assert house.followup("reload", "--wait") == "generation 2 is in force\n"
        daemon.process.send_signal(signal.SIGHUP)  # as Type=notify-reload does
        reloading = daemon.wait_for("RELOADING=1")
        assert reloading.split("MONOTONIC_USEC=")[1].isdecimal()
        daemon.wait_for("READY=1")
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.wait_for("STOPPING=1").endswith("\nEXTEND_TIMEOUT_USEC=90000000")
        assert daemon.process.wait(30) == 0
        lines = daemon.said().splitlines()
    priorities = {json.loads(line[3:])["event"]: line[:3] for line in lines}
    assert (priorities["ready"], priorities["stopped"]) == ("<6>", "<6>")


def test_a_daemon_that_its_manager_aborts_says_where_each_thread_was(tmp_path: Path) -> None:
    house = House.lay_out(tmp_path / "house", 1, leads=1)
    with process("run", "-c", str(house.config), folder=house.home, WATCHDOG_USEC="600000") as daemon:
        daemon.wait_for("READY=1")
        daemon.process.send_signal(signal.SIGABRT)
        assert daemon.process.wait(30) == -signal.SIGABRT
        said = daemon.said()
    assert "Fatal Python error: Aborted" in said
    assert "engine/service/process.py" in said.partition("Current thread")[2]
    assert "engine/service/watchdog.py" in said
