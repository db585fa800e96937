"""What the rule language promises, line by line: each file of contract/ is a small world with what happens in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.desk.ruletests.run import run_tests
from engine.settings.load import load_settings

HOUSE = Path(__file__).parents[2]
WORLDS = sorted((Path(__file__).parent / "contract").glob("*.test.yaml"))


@pytest.mark.parametrize("world", WORLDS, ids=lambda path: path.name.partition(".")[0])
def test_a_line_of_the_language_does_what_it_says(world: Path) -> None:
    report = run_tests(load_settings(HOUSE / "config.yaml"), HOUSE, [world])
    told = [failing.message for one in report.outcomes for step in one.steps for failing in step.failings]
    unread = [str(problem) for one in report.outcomes for problem in one.problems]
    assert (list(map(str, report.problems)), unread, told) == ([], [], [])
