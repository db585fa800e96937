"""`lint`, `schema` and `rules show` on the command line: exit codes, JSON, and errors in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

RULE = """\
rules:
  - id: thanks
    summary: Thanks to whoever signed
    category: care
    on: {becomes: {stage: won}}
    for: {tier: iron}
    steps:
      - {id: thank, at: +1h, greet: lead, template: greeting/thanks, category: sales}
"""
TEST = """\
rules: [../a.yaml]
start: 2026-03-02
reps: [{id: li}]
leads:
  - {id: wang, tier: iron, owner: li, stage: quote}
  - {id: chen, tier: gold, owner: li, stage: quote}
steps:
  - at: +0d 11:00
    do: [{set: {lead: wang, stage: won}}, {set: {lead: chen, stage: won}}]
  - at: +0d
    expect: [{rule: thanks, to: wang}]
"""


@pytest.fixture
def advised(house: Any) -> Any:
    """A house with one piece of advice: nothing else is in its rules folder."""
    for path in (house.folder / "rules").rglob("*.yaml"):
        path.unlink()
    (house.folder / "rules" / "tests").mkdir(exist_ok=True)
    house.write("rules/tests/thanks.test.yaml", "steps: [{expect: [{rule: thanks}]}]\n")
    house.write("rules/a.yaml", RULE)
    return house


def test_advice_is_no_failure_unless_it_is_fatal(advised: Any) -> None:
    line = 'rules/a.yaml:8:80: advice L103: "thank" sells in a rule of category care; write a rule of its own for it\n'
    assert advised.say("lint") == line
    assert advised.say("lint", "--fatal", code=3) == line


def test_no_advice_is_no_failure_even_if_fatal(advised: Any) -> None:
    advised.write("rules/a.yaml", RULE.replace(", category: sales", ""))
    assert advised.say("lint", "--fatal") == ""


def test_advice_as_json_has_its_place(advised: Any) -> None:
    (row,) = advised.rows("lint")
    assert {key: row[key] for key in ("file", "line", "col", "code")} == {
        "file": "rules/a.yaml", "line": 8, "col": 80, "code": "L103",
    }  # fmt: skip


def test_mistakes_come_before_advice(advised: Any) -> None:
    advised.write("rules/a.yaml", RULE.replace("steps:", "setps:"))
    assert advised.call("lint").exit_code == 1


def test_the_schema_knows_the_words_of_the_house(house: Any) -> None:
    house.say("schema", "--out", str(house.folder / "followup.schema.json"))
    written = (house.folder / "followup.schema.json").read_text("utf-8")
    assert house.say("schema") == written
    validator = Draft202012Validator(json.loads(written))
    rule = {"id": "a", "category": "festive", "on": {"date": "birthday"}, "steps": [
        {"id": "b", "at": "0d 09:00", "greet": "lead", "template": "greeting/birthday"},
    ]}  # fmt: skip
    assert validator.is_valid({"rules": [rule]})
    assert not validator.is_valid({"rules": [rule | {"category": "festve"}]})


def test_a_schema_that_cannot_be_written_is_told(house: Any) -> None:
    result = house.call("schema", "--out", str(house.folder / "nowhere" / "x.json"))
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory" in result.stderr


def test_a_rule_is_shown_as_written_and_as_it_works(house: Any) -> None:
    written, effective = house.say("rules", "show", "birthday"), house.say("rules", "show", "birthday", "--effective")
    assert written.splitlines()[1] == "- id: birthday"
    assert "enabled: true" not in written
    assert "enabled: true" in effective


def test_an_unknown_rule_is_told_with_the_nearest(house: Any) -> None:
    result = house.call("rules", "show", "birthdya")
    assert (result.exit_code, result.stderr) == (2, 'unknown rule "birthdya"; did you mean "birthday"?\n')


def test_a_folders_defaults_hold_for_the_rules_that_a_test_names(advised: Any) -> None:
    advised.write("rules/_defaults.yaml", "category: care\nfor: {tier: iron}\n")
    rule = RULE.replace("    category: care\n", "").replace("    for: {tier: iron}\n", "")
    advised.write("rules/a.yaml", rule.replace(", category: sales", ""))
    advised.write("rules/tests/thanks.test.yaml", TEST)
    assert "1 test" in advised.say("test")
