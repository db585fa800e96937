"""`rules show`: the rule as written, and the whole of it with the origin of every value."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from engine.desk.effective import effective_text, source_text
from engine.desk.folder import Checked, Folder, check_folder, read_folder
from engine.ground.yamlio import read_yaml
from engine.ground.yamltext import flow
from engine.rulebook.model import Rule
from engine.settings.load import load_settings
from engine.settings.model import Settings

HOUSE = Path(__file__).parents[2]
SETTINGS = load_settings(HOUSE / "config.yaml")
STARTER = check_folder(SETTINGS, read_folder(SETTINGS, HOUSE))
RULES = """\
policies: []
rules:
  # The first.
  - id: first
    on: {becomes: {stage: won}}
    for: {region: {within: "5101"}}    # a part of the country
    steps: [{id: a, at: +0h, remind: owner, template: t/one}]

  # The second.
  - {id: second, category: care, on: {event: [storm]}, steps: [{id: b, at: +0h, remind: owner, template: t/one}]}
"""
DEFAULTS = "category: sales\nstep:\n  expires: 3d\n"


def checked(**files: str) -> Checked:
    rules = {f"rules/{name}.yaml": text.encode() for name, text in files.items()}
    text = "{% block subject %}s{% endblock %}{% block body %}b{% endblock %}"
    return check_folder(Settings(), Folder(rules, {"t/one/mail.en.txt.j2": text}))


def rule_of(found: Checked, rule_id: str) -> Rule:
    rule = found.book.rule(rule_id)
    assert rule is not None
    return rule


def test_the_source_is_the_rules_own_lines() -> None:
    found = checked(a=RULES, _defaults=DEFAULTS)
    assert source_text(found, rule_of(found, "first")) == textwrap.dedent("""\
        - id: first
          on: {becomes: {stage: won}}
          for: {region: {within: "5101"}}    # a part of the country
          steps: [{id: a, at: +0h, remind: owner, template: t/one}]
        """)
    assert source_text(found, rule_of(found, "second")).startswith("- {id: second, category: care")


def test_every_value_names_its_origin() -> None:
    found = checked(a=RULES, _defaults=DEFAULTS)
    text = effective_text(found, Settings(), rule_of(found, "first"))
    origins = {line.strip().partition(":")[0]: line.rpartition("  # ")[2] for line in text.splitlines()}
    assert origins["category"] == "rules/_defaults.yaml:1"
    assert origins["expires"] == "rules/_defaults.yaml:3"
    assert origins["for"] == "rules/a.yaml:6"
    assert origins["enabled"] == origins["misfire"] == "default"
    assert origins["# window"] == "config.yaml"


@pytest.mark.parametrize("rule", STARTER.book.rules, ids=lambda rule: rule.id)
def test_the_effective_rule_loads_to_the_same_revision(rule: Rule) -> None:
    text = effective_text(STARTER, SETTINGS, rule)
    alone = "rules:\n  - " + textwrap.indent(text, "    ").lstrip()
    again = check_folder(SETTINGS, Folder({"rules/a.yaml": alone.encode()}, STARTER.templates))
    assert rule_of(again, rule.id).revision == rule.revision


def test_defaults_are_part_of_the_effective_rule() -> None:
    found = checked(a=RULES, _defaults=DEFAULTS)
    rule = rule_of(found, "first")
    alone = "rules:\n  - " + textwrap.indent(effective_text(found, Settings(), rule), "    ").lstrip()
    assert rule_of(checked(b=alone), "first").revision == rule.revision


@pytest.mark.parametrize("value", [
    "gold", "0d 09:00", "±3d", "5101", "1e5", "true", "", " x", "a: b", "a #b", "a, b", "王芳", "- x",
    "\u2028", "\U0001f600\n", "null", 7, 1.5, False, {"a b": [1, "1"], "5": {}}, ["x", ["y: z"]], {"within": "5101"},
])  # fmt: skip
def test_what_is_written_reads_back_the_same(value: object) -> None:
    for text in (flow(value), f"key: {flow(value)}  # origin", f"[{flow(value)}]"):
        node, problems = read_yaml(text, "f.yaml")
        assert problems == ()
        assert node is not None
        assert node.plain() in (value, {"key": value}, [value])
