"""`run --web`: the pages as a process beside the daemon, from its start to its end."""

from __future__ import annotations

import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from engine.service.demo_pages import free_port, pages_section
from engine.store.database import Database
from engine.store.upgrade import upgrade
from tests.acceptance.house import process, wait_until


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.read() == b"ok\n")
    except urllib.error.URLError:
        return False


@pytest.mark.slow
def test_the_pages_begin_and_end_with_the_daemon_however_it_ends(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "config.yaml").write_text("channels: {email: {kind: console}}\n" + pages_section(tmp_path, port))
    for folder in ("rules", "templates"):
        (tmp_path / folder).mkdir()
    db = Database(f"sqlite:///{tmp_path / 'followup.sqlite'}")
    upgrade(db)
    db.close()
    for number, code in ((signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)):
        with process("--config", str(tmp_path / "config.yaml"), "run", "--web", folder=tmp_path) as daemon:
            daemon.wait_until(lambda: answers(port))
            assert daemon.end(number) == code
            wait_until(lambda: not answers(port))
