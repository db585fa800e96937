"""docs/rules.md and the pages beside it hold what they say: their examples load, their tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.domain.changes import Role
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.codes import CODES
from engine.rulebook.gates import GATE_KEYS, ON_KEYS, OTHERWISE
from engine.rulebook.loader import load_rulebook
from engine.rulebook.rules import RULE_KEYS
from engine.rulebook.steps import STEP_KEYS
from engine.settings.load import read_settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "rules.md").read_text("utf-8")
EDITING = (DOCS / "editing-live-rules.md").read_text("utf-8")
GATES = (DOCS / "gates.md").read_text("utf-8")
REGIONS = (DOCS / "regions.md").read_text("utf-8")
CIRCUMSTANCES = (DOCS / "circumstances.md").read_text("utf-8")


def examples_of(page: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


EXAMPLES = [*examples_of(PAGE), *examples_of(EDITING)]


OF_CIRCUMSTANCES = examples_of(CIRCUMSTANCES)
PAGES = [*EXAMPLES, *examples_of(GATES), *examples_of(REGIONS), *(e for e in OF_CIRCUMSTANCES if "rules:" in e)]


@pytest.mark.parametrize("example", PAGES, ids=lambda text: re.search(r"id: (\S+)", text)[1])
def test_every_example_loads(example: str, catalogue: Catalogue) -> None:
    book, problems = load_rulebook({"docs.yaml": example}, catalogue)
    assert problems == ()
    assert book is not None
    assert book.rules or book.policies or book.gates


@pytest.mark.parametrize("example", [one for one in OF_CIRCUMSTANCES if "rules:" not in one])
def test_every_example_of_a_config_loads(example: str) -> None:
    settings, problems = read_settings(example, "config.yaml")
    assert problems == ()
    assert settings is not None


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
    yours = ("attrs.", "account.attrs.", "age.last.")
    declared = {path for path in catalogue.fields if not path.startswith(yours) and "_since_" not in path}
    assert {*RULE_KEYS, *STEP_KEYS, *declared, *catalogue.touch_fields, *catalogue.circumstance_fields} <= words
    assert re.findall(r"^\| ([YR]\d{3}) \| (.*) \|$", PAGE, re.MULTILINE) == list(CODES.items())


def test_every_key_and_field_of_gates_is_on_their_page(catalogue: Catalogue) -> None:
    words = set(re.findall(r"[\w.]+", GATES))
    assert {*GATE_KEYS, *ON_KEYS, *OTHERWISE, *catalogue.gate_fields, *tuple(Role)} <= words
