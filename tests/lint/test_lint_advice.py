"""`lint`: each piece of advice given where it is due, and not where it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.desk.folder import Folder, check_folder, read_folder
from engine.desk.lint.codes import CODES
from engine.desk.lint.lint import lint
from engine.desk.lint.subject import read_rule_tests
from engine.settings.load import load_settings
from engine.settings.model import Settings

HOUSE = Path(__file__).parents[2]
MAIL = "{% block subject %}s{% endblock %}{% block body %}b{% endblock %}"
SETTINGS = Settings.model_validate({
    "channels": {
        "email": {"kind": "email", "host": "one", "from_address": "care@example.com"},
        "relay": {"kind": "email", "host": "one", "from_address": "care@example.com", "connections": 2},
        "sms": {"kind": "file", "folder": "sms"},
        "card": {"kind": "personal", "by": "card"},
    },
    "attributes": {"industry": {"type": "text"}},
})  # fmt: skip
MOURNING = """
  - id: mourning
    summary: Nothing festive in mourning
    when: {touch: {category: festive}, circumstance: {kind: bereavement, age: {lt: 49d}}}
    then: {suppress: touch}
"""
MERGING = """
  - id: one-wish
    summary: One wish a day
    when:
      touch: {audience: lead, category: festive}
      other: {audience: lead, category: festive, within: 0d, outranks: touch}
    then: {merge: touch, into: other}
"""


def texts(*names: str, body: str = MAIL) -> dict[str, str]:
    locales = ("zh-Hans", "zh-Hant", "en")
    return {f"{name}/mail.{locale}.txt.j2": body for name in names for locale in locales}


def advice(
    rules: str, policies: str = "", templates: Mapping[str, str] | None = None, tests: Mapping[str, str] | None = None
) -> list[str]:
    """The lines that are told, without the file. Rules count as tested unless the test says otherwise."""
    text = f"rules:{rules}" + (f"policies:{policies}" if policies else "")
    folder = Folder({"rules/a.yaml": text.encode()}, texts("t/one", "t/two") if templates is None else templates)
    named = {"rules/tests/a.test.yaml": str(re.findall(r"id: (\S+)", text))} if tests is None else tests
    found = lint(SETTINGS, check_folder(SETTINGS, folder), named)
    return [str(one).removeprefix("rules/a.yaml:") for one in found]


def codes(*args: Any, **more: Any) -> list[str]:
    return [re.search(r"advice (L\d+)", line)[1] for line in advice(*args, **more)]  # type: ignore[index]


def rule(
    name: str = "one", category: str = "care", on: str = "{date: birthday}", whom: str = "{tier: iron}",
    step: str = "greet: lead, template: t/one", summary: str = "A rule", step_id: str = "wish",
) -> str:  # fmt: skip
    segment = f"\n    for: {whom}" if whom else ""
    words = f"\n    summary: {summary}" if summary else ""
    return f"""
  - id: {name}{words}
    category: {category}
    on: {on}{segment}
    steps:
      - {{id: {step_id}, at: 0d 09:00, {step}}}
"""


def test_nothing_is_said_of_a_good_rule() -> None:
    assert advice(rule()) == []


def test_a_rule_and_a_policy_without_a_summary_are_told() -> None:
    policy = MOURNING.replace("\n    summary: Nothing festive in mourning", "")
    assert advice(rule(summary=""), policy) == [
        '2:9: advice L101: rule "one" has no summary; say in one line what it is for',
        '9:9: advice L101: policy "mourning" has no summary; say in one line what it is for',
    ]


def test_a_greeting_to_the_upper_tiers_wants_a_signature() -> None:
    assert advice(rule(whom="{tier: [gold, iron]}")) == [
        '8:41: advice L102: "wish" greets gold customers and nobody signs it; '
        "add sign_by, or narrow the segment by tier"
    ]
    signed = "greet: lead, template: t/one, sign_by: {draft: -3d}"
    assert codes(rule(whom="{tier: gold}", step=signed)) == []
    assert codes(rule(whom="{tier: gold}", step="remind: owner, template: t/one")) == []


def test_what_a_colleague_writes_by_hand_needs_no_signature() -> None:
    by_hand = "greet: lead, template: t/one, via: [card{}]"
    assert codes(rule(whom="{tier: gold}", step=by_hand.format(""))) == []
    assert codes(rule(whom="{tier: gold}", step=by_hand.format(", email"))) == ["L102"]


@pytest.mark.parametrize("whom", [
    "{tier: {not_in: [platinum, gold]}}", "{not: {tier: [platinum, gold]}}", "{any: [{tier: iron}, {tier: lead}]}",
    "{all: [{status: active}, {tier: iron}]}", "{tier: {exists: false}}",
])  # fmt: skip
def test_a_segment_that_keeps_the_upper_tiers_out_is_understood(whom: str) -> None:
    assert codes(rule(whom=whom)) == []


def test_a_selling_step_has_no_place_in_a_rule_that_cares() -> None:
    selling = "greet: lead, template: t/one, category: sales"
    assert codes(rule(category="care", step=selling)) == ["L103"]
    assert codes(rule(category="sales", step="greet: lead, template: t/one")) == []


def test_a_template_that_cares_in_one_rule_does_not_sell_in_another() -> None:
    both = rule("one") + rule("two", "sales", "{becomes: {stage: won}}").replace("0d 09:00", "+1h")
    assert advice(both) == [
        '16:52: advice L104: template "t/one" sells here and does not in rule "one"; write a template of its own for it'
    ]
    assert codes(rule("one") + rule("two", "sales", step="greet: lead, template: t/two")) == []


def test_two_wishes_on_one_day_want_a_policy_that_merges_them() -> None:
    both = rule("one", "festive") + rule("two", "festive", whom="{status: active, tier: iron}", step_id="again")
    assert advice(both, MOURNING) == [
        '16:14: advice L105: "again" and "wish" of rule "one" reach one lead on one day, both festive; '
        "tell their segments apart, or add a policy that merges them\n"
        "    rules/a.yaml:8:14: the other one stands here"
    ]
    assert codes(both, MOURNING + MERGING) == []


@pytest.mark.parametrize("other", [
    {"whom": "{tier: lead}"}, {"on": "{date: wedding}"}, {"category": "service"}, {"on": "{date: birthday, only: 2}"},
    {"step": "remind: owner, template: t/one"},
])  # fmt: skip
def test_rules_that_do_not_surely_meet_are_left_alone(other: dict[str, str]) -> None:
    first = rule("one", on="{date: birthday, only: [1, 3]}" if "only" in str(other) else "{date: birthday}")
    assert codes(first + rule("two", **other)) == []


def test_a_greeting_without_a_segment_is_told() -> None:
    assert codes(rule(whom="")) == ["L102", "L106"]
    assert codes(rule(whom="", step="remind: owner, template: t/one")) == []


def test_a_fallback_to_the_same_relay_is_told() -> None:
    assert advice(rule(step="greet: lead, template: t/one, via: [sms, email, relay]")) == [
        '8:69: advice L107: "relay" is the same channel as "email" under another name; fall back to another one'
    ]
    assert codes(rule(step="greet: lead, template: t/one, via: [sms, email]")) == []


def test_a_missing_language_is_told_once_for_each_format() -> None:
    templates = texts("t/one") | {"t/one/mail.en.html.j2": "<p>b</p>"}
    del templates["t/one/mail.zh-Hant.txt.j2"]
    assert advice(rule(), templates=templates) == [
        '8:57: advice L108: template "t/one" has no html in zh-Hans and zh-Hant; write t/one/mail.zh-Hans.html.j2',
        '8:57: advice L108: template "t/one" has no txt in zh-Hant; write t/one/mail.zh-Hant.txt.j2',
    ]


@pytest.mark.parametrize(("body", "told"), [
    ("{{ lead.attrs.industry }}", "a customer of whom only the name is known: "
     't/one/mail.en.txt.j2:1: there is no "industry" here'),
    ("{{ lead.nmae }}", "a customer of temperament tiger: "
     't/one/mail.en.txt.j2:1: there is no "nmae" here; did you mean "name"?'),
    ("{{ {'tiger': 1, 'koala': 2}[lead.temperament] }}", "a customer of temperament peacock: "
     "t/one/mail.en.txt.j2:1: 'dict object' has no attribute 'peacock'"),
])  # fmt: skip
def test_a_text_that_cannot_be_written_for_some_is_told_for_each_language(body: str, told: str) -> None:
    broken = texts("t/one", body=MAIL.replace("%}b{%", f"%}}{body}{{%"))
    lines = advice(rule(step="remind: owner, template: t/one"), templates=broken)
    assert lines[0].partition("cannot be written for ")[2].rpartition("; ")[0] == told
    assert codes(rule(step="remind: owner, template: t/one"), templates=broken) == ["L109"] * 3


def test_a_text_that_asks_first_can_be_written_for_all() -> None:
    careful = "{% if lead.attrs.industry is defined %}{{ lead.attrs.industry }}{% endif %}{{ merged|length }}"
    good = texts("t/one", body=MAIL.replace("%}b{%", f"%}}{careful}{{%"))
    assert codes(rule(step="remind: owner, template: t/one"), templates=good) == []


def test_a_rule_that_no_test_names_is_told() -> None:
    named = {"rules/tests/a.test.yaml": "steps: [{expect: [{rule: one}]}, {because: {two: mourning}}]"}
    three = "".join(rule(name, step="remind: owner, template: t/one", whom=f"{{grade: {grade}}}")
                    for name, grade in (("one", "A"), ("two", "B"), ("three", "C")))  # fmt: skip
    assert advice(three, tests=named) == [
        '18:9: advice L110: no test names rule "three"; write one below rules/tests/'
    ]


def test_festive_greetings_want_a_policy_for_mourning() -> None:
    assert codes(rule(category="festive")) == ["L111"]
    assert codes(rule(category="festive"), MOURNING) == []
    assert codes(rule(category="festive"), MOURNING.replace("bereavement", "complaint")) == ["L111"]
    assert codes(rule(category="festive"), MOURNING.replace("festive}", "sales}")) == ["L111"]


def test_a_comment_with_a_reason_ignores_advice_on_its_line() -> None:
    line = "at: 0d 09:00, greet: lead, template: t/one}"
    silenced = rule(whom="").replace(line, f"{line}    # lint: ignore L102, L106 because it is the house's own")
    assert codes(silenced) == []


def test_a_comment_without_a_reason_or_without_advice_is_told() -> None:
    line = "at: 0d 09:00, greet: lead, template: t/one}"
    without_reason = rule(whom="").replace(line, f"{line}    # lint: ignore L106")
    assert codes(without_reason) == ["L102", "L106", "L190"]
    stale = rule().replace(line, f"{line}    # lint: ignore L106 because of history")
    assert advice(stale) == ["8:67: advice L191: there is no L106 on this line to ignore; remove it"]


def test_the_starter_has_no_advice_left() -> None:
    settings = load_settings(HOUSE / "config.yaml")
    checked = check_folder(settings, read_folder(settings, HOUSE))
    found = lint(settings, checked, read_rule_tests(HOUSE / "rules"))
    assert [str(one) for one in found] == []


def test_every_code_is_in_the_docs_and_in_these_tests() -> None:
    page = (HOUSE / "docs" / "lint.md").read_text("utf-8")
    assert re.findall(r"^\| (L\d{3}) \| (.*) \|$", page, re.M) == list(CODES.items())
    assert set(re.findall(r"L1\d\d", Path(__file__).read_text("utf-8"))) == set(CODES)


def test_words_for_some_customers_are_wanted_in_every_language_that_there_is() -> None:
    rule = """
  - id: wish
    summary: A wish
    category: service
    on: {since: last_contact, after: 90d}
    for: {tier: iron}
    steps: [{id: write, at: +0h, greet: lead, template: t/one}]
"""
    ours = texts("t/one") | {"t/one/mail.en.gold.txt.j2": MAIL}
    assert advice(rule, templates=ours) == [
        '7:57: advice L112: template "t/one" has words for gold, and not in zh-Hans txt and zh-Hant txt;'
        " write t/one/mail.zh-Hans.gold.txt.j2"
    ]
    broken = texts("t/one") | {f"t/one/mail.{one}.gold.txt.j2": MAIL for one in ("en", "zh-Hans", "zh-Hant")}
    broken["t/one/mail.en.gold.txt.j2"] = MAIL.replace("b{%", "{{ lead.attrs.industry }}{%")
    (line,) = advice(rule, templates=broken)
    assert 'L109: template "t/one" in en for gold cannot be written for' in line


def test_a_text_that_is_too_long_for_a_short_message_is_told() -> None:
    gateway = {
        "kind": "sms", "url": "https://s.example/v1", "max_segments": 1, "signature": "示例", "body": {"t": "{text}"},
        "answer": {"codes": {"HTTP 200": "accepted"}},
    }  # fmt: skip
    settings = Settings.model_validate({"channels": {"text": gateway, "mail": {"kind": "file", "folder": "m"}}})
    told = 'L113: template "t/one" in zh-Hans takes up to 2 short messages; text sends at most 1; write or shorten'
    fits = "贺" * (70 - len("【示例】 拒收请回复R"))
    for words, via, expected in ((fits, "text", False), (f"{fits}贺", "text", True), (f"{fits}贺", "mail", False)):
        rules = "rules:" + rule(step=f"greet: lead, template: t/one, via: [{via}]")
        files = texts("t/one") | {f"t/one/sms.{one}.txt.j2": words for one in ("en", "zh-Hans", "zh-Hant")}
        checked = check_folder(settings, Folder({"rules/a.yaml": rules.encode()}, files))
        assert any(told in str(one) for one in lint(settings, checked, {"t.yaml": "one"})) is expected


def test_what_gives_customers_to_the_pool_needs_a_warning() -> None:
    away = """
  - id: pool
    summary: Back to the pool
    category: care
    on: {since: last_contact, after: 14d}
    steps:
      - {id: warn, at: -3d, remind: owner, template: t/one}
      - {id: back, at: +0h, %s}
"""
    assert advice(away % "assign: pool") == [
        '8:37: advice L114: "back" gives customers to the pool, and nobody need have been warned; '
        "warn in a step above it, and add e.g. needs: {warn: 3d}"
    ]
    assert codes(away % "set: {status: pooled}") == ["L114"]
    assert codes(away % "assign: pool, needs: {warn: 3d}") == []
    assert codes(away % "assign: manager") == []
