"""followup.schema.json is of these days, takes what the loader takes, and refuses most of what it refuses."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.desk.folder import read_folder
from engine.desk.schema.document import rule_schema, schema_text
from engine.ground.yamlio import read_yaml
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.load import load_settings

HOUSE = Path(__file__).parents[2]
SETTINGS = load_settings(HOUSE / "config.yaml")
FOLDER = read_folder(SETTINGS, HOUSE)
STARTER = catalogue_for(SETTINGS, FOLDER.templates)
MISTAKES = sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", (HOUSE / "docs" / "rules.md").read_text("utf-8"), re.M | re.S)
SHAPE = {
    "R101", "R102", "R103", "R104", "R105", "R107", "R109", "R110", "R111", "R112", "R113",
    "R203", "R204", "R205", "R206", "R207", "R208", "R209", "R210", "R211", "R212", "R213", "R216", "R222",
}  # fmt: skip
"""Codes of mistakes that show in the file itself, one place at a time. The others need the loader."""


@pytest.fixture(scope="module")
def validator(catalogue: Catalogue) -> Draft202012Validator:
    return Draft202012Validator(rule_schema(catalogue))


def data(text: str | bytes) -> Any:
    node, problems = read_yaml(text, "file.yaml")
    assert node is not None
    assert problems == ()
    return node.plain()


def test_the_committed_schema_is_that_of_the_starter() -> None:
    committed = (HOUSE / "followup.schema.json").read_text("utf-8")
    assert committed == schema_text(STARTER), "run: followup schema --out followup.schema.json"


def test_it_is_a_schema_of_its_dialect() -> None:
    Draft202012Validator.check_schema(rule_schema(STARTER))


@pytest.mark.parametrize("name", FOLDER.rules)
def test_every_starter_rule_is_valid(name: str) -> None:
    validator = Draft202012Validator(rule_schema(STARTER))
    if not name.endswith("_defaults.yaml"):
        assert [error.message for error in validator.iter_errors(data(FOLDER.rules[name]))] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.search(r"id: (\S+)", text)[1])
def test_every_example_of_the_docs_is_valid(example: str, validator: Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(data(example))] == []


def codes_of(path: Path) -> set[str]:
    return set(re.findall(r"^# expect: \S+ error (\w+):", path.read_text("utf-8"), re.M))


@pytest.mark.parametrize("path", [path for path in MISTAKES if codes_of(path) & SHAPE], ids=lambda path: path.stem)
def test_a_mistake_of_shape_is_refused(path: Path, validator: Draft202012Validator) -> None:
    assert not validator.is_valid(data(path.read_bytes()))


def test_most_other_mistakes_are_refused_too(validator: Draft202012Validator) -> None:
    others = [path for path in MISTAKES if not codes_of(path) & SHAPE and not any("Y" in c for c in codes_of(path))]
    refused = [path for path in others if not validator.is_valid(data(path.read_bytes()))]
    assert len(refused) > len(others) / 2


def test_every_key_has_a_hover_text() -> None:
    def bare(schema: Any, place: str) -> list[str]:
        if isinstance(schema, list):
            return [found for n, entry in enumerate(schema) for found in bare(entry, f"{place}/{n}")]
        if not isinstance(schema, dict):
            return []
        keys = schema.get("properties", {}) if schema.get("additionalProperties") is False else {}
        missing = [f"{place}/{key}" for key, value in keys.items() if not (value is True or "description" in value)]
        return missing + [found for key, value in schema.items() for found in bare(value, f"{place}/{key}")]

    spans = re.compile(r"/after/anyOf/\d+/")  # the words of a vocabulary need no text
    assert [place for place in bare(rule_schema(STARTER), "") if not spans.search(place)] == []


TOKENS = (
    "0", "1", "-", "+", "d", "w", "h", "09:00", " ", "[", "]", "true", "null", "gold", "owner", "exists", "not_in", "±",
)  # fmt: skip


def nearby(text: str, seed: int) -> str:
    """The text with one token put somewhere, or some characters cut."""
    dice = random.Random(seed)
    start = dice.randrange(len(text))
    return text[:start] + dice.choice((*TOKENS, "", "")) + text[start + dice.choice((0, 1, 2, 4)) :]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.search(r"id: (\S+)", text)[1])
def test_what_the_loader_takes_is_valid(example: str, catalogue: Catalogue, validator: Draft202012Validator) -> None:
    taken = 0
    for seed in range(200):
        text = nearby(example, seed)
        if load_rulebook({"a.yaml": text}, catalogue)[0] is not None:
            taken += 1
            assert [(text, error.message) for error in validator.iter_errors(data(text))] == []
    assert taken
