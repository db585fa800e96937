"""docs/rules-by-example.md: each example loads, and does what its test says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.desk.ruletests.run import run_tests
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.loader import load_rulebook
from engine.settings.load import load_settings

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "docs" / "rules-by-example.md").read_text("utf-8")
EXAMPLES = re.findall(r"^## (.*?)\n.*?^```yaml\n(.*?)^```\n```yml\n(.*?)^```", PAGE, re.M | re.S)


def failings(rules: str, test: str, folder: Path) -> list[str]:
    """What the test finds wrong with the rules, in a house of that folder."""
    (folder / "rules").mkdir(parents=True)
    (folder / "templates").symlink_to(HOUSE / "templates")
    (folder / "rules" / "rules.yaml").write_text(rules, "utf-8")
    file = folder / "rules" / "one.test.yaml"
    file.write_text(test, "utf-8")
    report = run_tests(load_settings(HOUSE / "config.yaml"), folder, [file])
    found = [failing.message for one in report.outcomes for step in one.steps for failing in step.failings]
    assert report.ok == (not found)
    return [*map(str, report.problems), *found]


@pytest.mark.parametrize(("title", "rules", "test"), EXAMPLES, ids=[title for title, _, _ in EXAMPLES])
def test_an_example_does_what_its_test_says(title: str, rules: str, test: str, tmp_path: Path) -> None:
    assert failings(rules, test, tmp_path) == [], title


@pytest.mark.parametrize("rules", [rules for _, rules, _ in EXAMPLES], ids=[title for title, _, _ in EXAMPLES])
def test_an_example_loads_for_another_house_too(rules: str, catalogue: Catalogue) -> None:
    assert load_rulebook({"docs.yaml": rules}, catalogue)[1] == ()


def test_every_example_of_the_page_has_its_test() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml\n") > 0


def test_without_the_line_that_the_page_names_the_shipped_rules_have_every_wish_signed(tmp_path: Path) -> None:
    named = re.search(r"policy's line `(.+?)`", PAGE)
    assert named is not None
    shipped = (HOUSE / "rules" / "festivals.yaml").read_text("utf-8").splitlines(keepends=True)
    switched = [line for line in shipped if not line.strip().startswith(named[1])]
    assert len(switched) == len(shipped) - 1
    [test] = [test for title, _, test in EXAMPLES if title == "Every wish signed by the rep"]
    assert failings("".join(switched), test, tmp_path / "without") == []
    assert failings("".join(shipped), test, tmp_path / "with") != []
