"""docs/rules.md holds what it says: its examples load, its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.rulebook.catalogue import Catalogue
from engine.rulebook.codes import CODES
from engine.rulebook.loader import load_rulebook
from engine.rulebook.rules import RULE_KEYS
from engine.rulebook.steps import STEP_KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.search(r"id: (\S+)", text)[1])
def test_every_example_loads(example: str, catalogue: Catalogue) -> None:
    book, problems = load_rulebook({"docs.yaml": example}, catalogue)
    assert problems == ()
    assert book is not None
    assert book.rules or book.policies


def test_the_examples_load_together(catalogue: Catalogue) -> None:
    _, problems = load_rulebook({f"{n}.yaml": text for n, text in enumerate(EXAMPLES)}, catalogue)
    assert problems == ()


@pytest.mark.parametrize("trigger", re.findall(r"^\| `(\{\w+: .*?\})` \|", PAGE, re.MULTILINE))
def test_every_trigger_of_the_table_loads(trigger: str, catalogue: Catalogue) -> None:
    step = "{id: call, at: 0d 09:00, remind: owner, template: reminder/contact}"
    text = f"rules: [{{id: one, category: care, on: {trigger}, steps: [{step}]}}]"
    assert load_rulebook({"docs.yaml": text}, catalogue)[1] == ()


def test_every_key_field_and_code_is_on_the_page(catalogue: Catalogue) -> None:
    words = set(re.findall(r"[\w.]+", PAGE))
    declared = {path for path in catalogue.fields if not path.startswith("attrs.") and "_since_" not in path}
    assert {*RULE_KEYS, *STEP_KEYS, *declared, *catalogue.touch_fields, *catalogue.circumstance_fields} <= words
    assert re.findall(r"^\| ([YR]\d{3}) \| (.*) \|$", PAGE, re.MULTILINE) == list(CODES.items())
