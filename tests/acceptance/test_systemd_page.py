"""docs/systemd.md: its steps work, in a root of their own, as far as they need neither root nor a running systemd."""

from __future__ import annotations

import itertools
import re
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli.main import main
from tests.acceptance.house import ROOT

PAGE = (ROOT / "docs" / "systemd.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)
NOT_HERE = (
    "useradd", "python3 -m venv", "/opt/followup/bin/pip", "chgrp", "systemctl", "systemd-run", "systemd-analyze",
    "journalctl",
)  # fmt: skip
"""They need root, a running systemd, or the network; the units are verified by a test of their own."""
FOLLOWUP = "/opt/followup/bin/followup "


def steps() -> list[str]:
    """The lines of all steps in order, without those that nobody can try here, and as whoever runs the tests."""
    lines = "".join(BLOCKS).replace("\\\n", "").splitlines()
    mine = [line.removeprefix("sudo -u followup ").replace("-o followup -g followup ", "") for line in lines]
    return [line for line in mine if not line.startswith(NOT_HERE)]


def in_root(text: str, root: Path) -> str:
    return re.sub(r"/(etc|var)/", rf"{root}/\1/", text)


def run_shell(lines: Iterable[str], root: Path) -> None:
    script = in_root("\n".join(lines), root)
    subprocess.run(["sh", "-eu", "-c", script], cwd=ROOT, stdin=subprocess.DEVNULL, check=True)


def run_followup(line: str, root: Path) -> str:
    arguments = shlex.split(in_root(line.removeprefix(FOLLOWUP), root))
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == (arguments[0] == "doctor"), done.output  # there is no relay here to be reached
    return done.stdout


@pytest.mark.slow
def test_the_steps_of_the_page_work(tmp_path: Path) -> None:
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "var/lib").mkdir(parents=True)
    said = {}
    for ours, lines in itertools.groupby(dict.fromkeys(steps()), lambda line: line.startswith(FOLLOWUP)):
        if not ours:
            run_shell(lines, tmp_path)
            continue
        for line in lines:
            said[line.split()[1]] = run_followup(line, tmp_path)
            if line.split()[1] == "check":  # what follows it is the first start, which makes the database
                run_followup(f"{FOLLOWUP}db upgrade -c /etc/followup/config.yaml", tmp_path)
    assert "all good" in said["check"]
    assert re.findall(r"^fail +(.+?):", said["doctor"], re.M) == ["channel email"]
    assert (tmp_path / "var/lib/followup/before.sqlite").exists()
    assert (tmp_path / "etc/followup/secrets/smtp").stat().st_mode & 0o077 == 0
    assert not list((tmp_path / "etc/followup").glob("*.sqlite"))
