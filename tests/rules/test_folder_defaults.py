"""`_defaults.yaml`: what a folder's rules and steps say where they say nothing themselves."""

from __future__ import annotations

import random

import pytest

from engine.domain.words import Misfire
from engine.ground.durations import Duration
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.conditions import Compare, Op
from engine.rulebook.loader import load_rulebook
from engine.rulebook.model import Rule

CALL = """\
rules:
  - id: call
    on: {since: last_contact, after: 90d}
    steps:
      - {id: one, at: +0h, remind: owner, template: reminder/contact}
      - {id: two, at: +1d, remind: owner, template: reminder/contact, priority: 5}
"""
DEFAULTS = """\
category: care
for: {status: active, tier: gold}
step:
  priority: 7
  misfire: {belated: 2d}
"""


def rule_of(files: dict[str, str], catalogue: Catalogue, rule: str = "call") -> Rule:
    book, problems = load_rulebook(files, catalogue)
    assert problems == ()
    assert book is not None
    found = book.rule(rule)
    assert found is not None
    return found


def told(files: dict[str, str], catalogue: Catalogue) -> list[str]:
    return [str(problem) for problem in load_rulebook(files, catalogue)[1]]


def test_rules_and_steps_take_what_they_do_not_say(catalogue: Catalogue) -> None:
    rule = rule_of({"rules/_defaults.yaml": DEFAULTS, "rules/a.yaml": CALL}, catalogue)
    assert rule.category == "care"
    assert [(step.priority, step.misfire, step.belated) for step in rule.steps] == [
        (7, Misfire.BELATED, Duration(days=2)),
        (5, Misfire.BELATED, Duration(days=2)),
    ]


def test_the_merge_is_shallow(catalogue: Catalogue) -> None:
    own = CALL.replace("    on:", "    for: {grade: A}\n    on:")
    rule = rule_of({"rules/_defaults.yaml": DEFAULTS, "rules/a.yaml": own}, catalogue)
    assert rule.segment == Compare("grade", Op.EQ, "A")


def test_defaults_hold_for_folders_below_where_nearer_ones_come_first(catalogue: Catalogue) -> None:
    files = {
        "rules/_defaults.yaml": DEFAULTS,
        "rules/sales/_defaults.yaml": "category: sales\n",
        "rules/sales/north/a.yaml": CALL,
    }
    rule = rule_of(files, catalogue)
    assert (rule.category, rule.steps[0].priority) == ("sales", 7)


def test_defaults_of_a_folder_do_not_reach_its_neighbours(catalogue: Catalogue) -> None:
    files = {"rules/sales/_defaults.yaml": DEFAULTS, "rules/care/a.yaml": CALL}
    assert told(files, catalogue) == ['rules/care/a.yaml:2:5: error R105: rule "call" has no "category"']


def test_a_default_changes_the_revision_like_the_same_words_in_the_rule(catalogue: Catalogue) -> None:
    by_default = rule_of({"rules/_defaults.yaml": "category: care\n", "rules/a.yaml": CALL}, catalogue)
    written_out = rule_of({"rules/a.yaml": CALL.replace("    on:", "    category: care\n    on:")}, catalogue)
    other = rule_of({"rules/_defaults.yaml": "category: sales\n", "rules/a.yaml": CALL}, catalogue)
    assert by_default.revision == written_out.revision
    assert by_default.revision != other.revision


def test_an_unknown_key_is_told_where_it_stands(catalogue: Catalogue) -> None:
    defaults = "categry: care\nid: all\nwindow: rep\nstep:\n  at: +0h\n  prioritty: 5\n"
    assert told({"rules/_defaults.yaml": defaults}, catalogue) == [
        'rules/_defaults.yaml:1:1: error R104: unknown key "categry" in the defaults; did you mean "category"?',
        'rules/_defaults.yaml:2:1: error R104: unknown key "id" in the defaults; it belongs in each rule',
        'rules/_defaults.yaml:3:1: error R104: unknown key "window" in the defaults; it belongs in "step"',
        'rules/_defaults.yaml:5:3: error R104: unknown key "at" in "step"; it belongs in each step',
        'rules/_defaults.yaml:6:3: error R104: unknown key "prioritty" in "step"; did you mean "priority"?',
    ]


def test_a_wrong_value_is_told_once_and_even_if_no_rule_takes_it(catalogue: Catalogue) -> None:
    files = {"rules/_defaults.yaml": "category: cares\nstep: {via: [emial], priority: high}\n"}
    expected = [
        'rules/_defaults.yaml:1:11: error R206: unknown category "cares"; did you mean "care"?',
        'rules/_defaults.yaml:2:14: error R204: unknown channel "emial"; did you mean "email"?',
        'rules/_defaults.yaml:2:32: error R103: "priority" must be a whole number, not "high"',
    ]
    assert told(files, catalogue) == expected
    assert told(files | {"rules/a.yaml": CALL, "rules/b.yaml": CALL.replace("call", "ring")}, catalogue) == expected


def test_a_default_that_does_not_fit_a_step_is_told_at_the_default(catalogue: Catalogue) -> None:
    files = {"rules/_defaults.yaml": "category: care\nstep: {via: [sms]}\n", "rules/a.yaml": CALL}
    assert told(files, catalogue) == [
        'rules/_defaults.yaml:2:14: error R216: channel "sms" does not reach a rep; use email or desk'
    ]


def test_defaults_that_are_no_mapping_are_told(catalogue: Catalogue) -> None:
    assert told({"rules/_defaults.yaml": "[care]\n"}, catalogue) == [
        "rules/_defaults.yaml:1:1: error R101: the defaults must be a mapping, not a list"
    ]
    assert told({"rules/_defaults.yaml": "category:\n"}, catalogue) == [
        'rules/_defaults.yaml:1:1: error R112: "category" has no value; write one or remove the key'
    ]


@pytest.mark.parametrize("seed", range(0, 400, 100))
def test_whatever_stands_in_defaults_is_taken_or_told_by_its_place(seed: int, catalogue: Catalogue) -> None:
    for one in range(seed, seed + 100):
        dice = random.Random(one)
        start = dice.randrange(len(DEFAULTS))
        token = dice.choice(("{", "}", "]", ":", "\n", "  ", "null", "7", "- x", "&a", "steps", "via: [x]", ""))
        defaults = DEFAULTS[:start] + token + DEFAULTS[start + dice.choice((0, 1, 3, 12)) :]
        book, problems = load_rulebook({"rules/_defaults.yaml": defaults, "rules/a.yaml": CALL}, catalogue)
        assert (book is None) == bool(problems)
        sizes = {"rules/_defaults.yaml": len(defaults.splitlines()) + 1, "rules/a.yaml": CALL.count("\n")}
        assert all(1 <= problem.line <= sizes[problem.file] for problem in problems)
