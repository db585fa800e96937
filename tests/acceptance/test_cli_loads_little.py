"""What authors call all day long starts soon: it does not load what it does not use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from engine.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[2]
HEAVY = ("sqlalchemy", "alembic", "apscheduler", "durable_rules_engine", "openpyxl", "pycountry")
AFTERWARDS = """\
import json, sys
from engine.cli.main import main
try:
    main()
except SystemExit as ended:
    code = ended.code
print(json.dumps([code, sorted(sys.modules)]))
"""


@pytest.mark.parametrize(
    ("args", "left_out"),
    [
        (("--help",), (*HEAVY, "jinja2", "pydantic")),
        (("check",), ("alembic", "apscheduler", "durable_rules_engine", "openpyxl")),
        (("status",), ("alembic", "mako")),
    ],
)
def test_a_command_loads_what_it_needs(args: tuple[str, ...], left_out: tuple[str, ...], furnished: Path) -> None:
    """A fresh process: here everything is loaded already."""
    done = subprocess.run(
        [sys.executable, "-c", AFTERWARDS, *args], cwd=furnished, capture_output=True, text=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True,
    )  # fmt: skip
    code, loaded = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stderr
    assert set(left_out) & set(loaded) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_says_of_a_command_what_the_command_says_of_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.get_short_help_str(70) == COMMANDS[name][1]
