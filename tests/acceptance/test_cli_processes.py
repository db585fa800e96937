"""The program as scripts and shells meet it: a real process, its streams and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

SOON = (datetime.now(tz=UTC) + timedelta(days=7)).date().isoformat()
BAD_RULE = "rules:\n  - id: new\n    setps: []\n"
START = "from engine.cli.main import main; main()"


def followup(*args: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", START, *args]
    root = str(Path(__file__).parents[2])
    variables = {**os.environ, "PYTHONPATH": root, **environ}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=60, check=False)


def test_help_lists_every_command_and_needs_no_folder(tmp_path: Path) -> None:
    done = followup("--help", folder=tmp_path)
    assert done.returncode == 0
    assert "explain     Say why rules fire for a lead, or do not." in done.stdout
    assert followup(folder=tmp_path).returncode == 2


def test_the_folder_one_stands_in_is_the_one_worked_on(house: Any, tmp_path: Path) -> None:
    assert followup("check", folder=house.folder).stdout == house.all_good
    elsewhere = followup("check", folder=tmp_path, FOLLOWUP_CONFIG=str(house.config))
    assert elsewhere.stdout == house.all_good


TOLD = 'rules/new.yaml:3:5: error R104: unknown key "setps" in rule "new"; did you mean "steps"?'


@pytest.mark.parametrize(("args", "code"), [(("check",), 1), (("run",), 78)])
def test_a_bad_rule_stops_a_process_with_the_commands_own_code(house: Any, args: tuple[str, ...], code: int) -> None:
    house.write("rules/new.yaml", BAD_RULE)
    done = followup(*args, folder=house.folder)
    assert done.returncode == code, done.stderr
    assert TOLD in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("check",), 1), (("plan", "--to", SOON), 1), (("explain", "chen"), 1), (("tick",), 1), (("reload",), 1),
        (("status",), 0), (("touches",), 0),
    ],
)  # fmt: skip
def test_a_bad_rule_stops_the_commands_that_need_it(house: Any, args: tuple[str, ...], code: int) -> None:
    house.write("rules/new.yaml", BAD_RULE)
    done = house.call(*args)
    assert done.exit_code == code, done.stderr
    assert (TOLD in done.stderr) == bool(code)


def test_lists_in_a_pipe_are_plain_and_json_is_a_line_each(house: Any) -> None:
    house.then("tick")
    plain = followup("touches", folder=house.folder).stdout.splitlines()
    lines = followup("touches", "--json", folder=house.folder).stdout.splitlines()
    assert plain[0].split()[:3] == ["id", "due", "step"]
    assert len(plain) == len(lines) + 1
    assert [json.loads(line)["id"] for line in lines] == [int(line.split()[0]) for line in plain[1:]]


def test_whoever_stops_reading_gets_no_complaint(house: Any) -> None:
    house.then("tick")
    command = f"{sys.executable} -c '{START}' touches --json | head -n 1"
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        command, shell=True, cwd=house.folder, env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr
