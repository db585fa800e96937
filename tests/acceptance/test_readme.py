"""The README does what it says: its rule, its mistake, its commands, its links."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli.main import main
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.load import load_settings
from engine.settings.starter import starter_files

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```(yaml|text|console|shell|sh)\n(.*?)```", README, re.DOTALL))
NOT_RUN = ("followup run",)     # it would not end; the acceptance tests run it


def check(text: str) -> list[str]:
    templates = {name.removeprefix("templates/"): "" for name in starter_files() if name.startswith("templates/")}
    catalogue = catalogue_for(load_settings(ROOT / "config.yaml"), templates)
    _, problems = load_rulebook({"rules/birthday.yaml": text}, catalogue)
    return [str(problem) for problem in problems]


def test_its_rule_and_policy_load() -> None:
    assert check(BLOCKS["yaml"]) == []


def test_its_mistake_is_told_as_it_shows() -> None:
    rule = BLOCKS["yaml"].partition("policies:")[0].replace("    steps:", "    setps:")
    where = rule[: rule.index("setps")].count("\n") + 1
    told = BLOCKS["text"].strip().replace("birthday.yaml:8:5", f"birthday.yaml:{where}:5")
    assert told in check(rule)


def test_its_commands_work_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line in (BLOCKS["console"] + BLOCKS["sh"]).splitlines():
        if line.startswith("cd "):
            monkeypatch.chdir(tmp_path / line.removeprefix("cd "))
        elif line not in NOT_RUN:
            result = CliRunner().invoke(main, future(line).split()[1:])
            assert result.exit_code == 0, (line, result.output)


@pytest.mark.parametrize("line", BLOCKS["shell"].splitlines())
def test_its_questions_to_the_calendar_are_answered(line: str) -> None:
    assert CliRunner().invoke(main, line.split()[1:]).exit_code == 0


def future(line: str) -> str:
    """The same command in a year that is still to come: a plan reaches two years ahead at most."""
    return re.sub(r" --from \S+ --to \S+", " --to " + soon(), line)


def soon() -> str:
    return (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
