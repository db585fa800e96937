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


@pytest.mark.parametrize(("title", "rules", "test"), EXAMPLES, ids=[title for title, _, _ in EXAMPLES])
def test_an_example_does_what_its_test_says(title: str, rules: str, test: str, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "templates").symlink_to(HOUSE / "templates")
    (tmp_path / "rules" / "rules.yaml").write_text(rules, "utf-8")
    file = tmp_path / "rules" / "one.test.yaml"
    file.write_text(test, "utf-8")
    report = run_tests(load_settings(HOUSE / "config.yaml"), tmp_path, [file])
    failings = [failing for one in report.outcomes for step in one.steps for failing in step.failings]
    told = [failing.message for failing in failings]
    assert (list(map(str, report.problems)), told, report.ok) == ([], [], True), title


@pytest.mark.parametrize("rules", [rules for _, rules, _ in EXAMPLES], ids=[title for title, _, _ in EXAMPLES])
def test_an_example_loads_for_another_house_too(rules: str, catalogue: Catalogue) -> None:
    assert load_rulebook({"docs.yaml": rules}, catalogue)[1] == ()


def test_every_example_of_the_page_has_its_test() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml\n") > 0
