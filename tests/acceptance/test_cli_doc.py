"""docs/cli.md and the program tell the same: every command, every option, and examples that work."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from engine.cli.main import main

DOC = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", DOC, re.M | re.S))
SHARED = {"--config", "--debug", "--help"}
EXAMPLES = re.findall(r"^    followup (.+)$", DOC, re.M)
LASTS_OR_NEEDS_IDS = {
    "init", "demo", "run", "web", "db upgrade", "db copy", "act", "approve", "reject", "retry", "resolve", "event end",
    "event show", "event ingest", "pool claim", "inbox test", "inbox read",
    "channels test", "db restore", "db sent",
}  # fmt: skip


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command


COMMANDS = dict(commands(main))


def words_of(example: str) -> tuple[str, list[str]]:
    """(command, its arguments)."""
    words = shlex.split(example)
    size = 2 if " ".join(words[:2]) in COMMANDS else 1
    return " ".join(words[:size]), words[size:]


def test_every_command_has_its_section_and_every_section_its_command() -> None:
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_described_and_every_described_one_exists(name: str) -> None:
    options = {word for param in COMMANDS[name].params for word in param.opts if word.startswith("--")}
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", SECTIONS[name]))
    assert mentioned == options - SHARED


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example_in_its_help_and_in_its_section(name: str) -> None:
    assert f"Example: followup {name}" in str(COMMANDS[name].help)
    assert f"    followup {name}" in SECTIONS[name]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_called(example: str) -> None:
    name, args = words_of(example)
    COMMANDS[name].make_context(name, args)


@pytest.mark.parametrize("example", [one for one in EXAMPLES if words_of(one)[0] not in LASTS_OR_NEEDS_IDS])
def test_examples_work_as_they_stand(house: Any, monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    monkeypatch.chdir(house.folder)
    frozen = ["--now", "2026-02-14T10:00+08:00"] if words_of(example)[0] in ("plan", "log") else []
    result = house.call(*shlex.split(example), *frozen)
    assert result.exit_code == 0, result.output
