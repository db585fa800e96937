"""What a rule file becomes: triggers, steps, defaults and policies of the book."""

from __future__ import annotations

import time as clock
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from engine.domain.words import Action, Effect, Misfire
from engine.ground.durations import Duration
from engine.ground.errors import BadConfig
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.conditions import TRUE, All, AnyOf, Circumstance, Compare, FieldRef, Not, Op
from engine.rulebook.loader import load_rulebook, read_rule_files
from engine.rulebook.model import At, Other, Policy, Rule, RuleBook, SignBy, Step
from engine.rulebook.trigger_kinds import (
    After,
    BecomesTrigger,
    DateTrigger,
    EventTrigger,
    HolidayTrigger,
    ReachesTrigger,
    SinceTrigger,
)

CALL = "{id: call, at: 0d 09:00, remind: owner, template: reminder/contact}"
WISH = "{id: wish, at: 0d 09:00, greet: lead, template: greeting/birthday}"


def load(text: str, catalogue: Catalogue) -> RuleBook:
    book, problems = load_rulebook({"rules/one.yaml": text}, catalogue)
    assert problems == ()
    assert book is not None
    return book


def rule_of(catalogue: Catalogue, *, on: str = "{date: birthday}", step: str = CALL, more: str = "") -> Rule:
    text = f"rules:\n  - id: one\n    category: care\n    on: {on}\n{more}    steps: [{step}]\n"
    return load(text, catalogue).rules[0]


def step_of(catalogue: Catalogue, step: str, on: str = "{date: birthday}") -> Step:
    return rule_of(catalogue, on=on, step=step).steps[0]


def policy_of(catalogue: Catalogue, when: str, then: str) -> Policy:
    text = f"policies:\n  - {{id: one, when: {when}, then: {then}}}\n"
    return load(text, catalogue).policies[0]


@pytest.mark.parametrize(
    ("on", "trigger"),
    [
        ("{date: signing, only: [10, 1, 5]}", DateTrigger("signing", only=(1, 5, 10))),
        ("{date: signing, every: 1y}", DateTrigger("signing")),
        ("{date: birthday, leap_month: leap_only, day_30: skip, feb_29: mar1}",
         DateTrigger("birthday", leap_month="leap_only", day_30="skip", feb_29="mar1")),
        ("{holiday: [spring_festival, mid_autumn]}", HolidayTrigger(("spring_festival", "mid_autumn"))),
        ("{since: last_contact, after: 90d}", SinceTrigger(("last_contact",), After(Duration(days=90)))),
        ("{since: purchase.at, after: 1mo}",
         SinceTrigger(("purchase.at",), After(Duration(months=1)), record="purchase")),
        ("{since: {latest: [last_contact, owner_since], else: registered}, after: 5h, repeat: 1w, times: 3, "
         "jitter: ±2d}",
         SinceTrigger(("last_contact", "owner_since"), After(Duration(seconds=18_000)), "registered",
                      repeat=Duration(days=7), times=3, jitter=Duration(days=2))),
        ("{since: last_contact, after: {by: grade, A: 1w, B: 1mo, else: 6mo}}",
         SinceTrigger(("last_contact",), After(by="grade", cases=(("A", Duration(days=7)),
                      ("B", Duration(months=1))), otherwise=Duration(months=6)))),
        ("{reaches: {contacts: 10, since: order}}", ReachesTrigger("contacts", 10, "order")),
        ("{reaches: {orders: 3}}", ReachesTrigger("orders", 3, "registered")),
        ("{becomes: {stage: won}}", BecomesTrigger("stage", "won")),
        ("{becomes: {opportunity.stage: quote}}", BecomesTrigger("opportunity.stage", "quote")),
        ("{event: [flood, storm], anchor: end}", EventTrigger(("flood", "storm"), "end")),
    ],
)  # fmt: skip
def test_each_trigger_is_read_as_written(on: str, trigger: object, catalogue: Catalogue) -> None:
    assert rule_of(catalogue, on=on).on == trigger


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("-3d 09:00", At(Duration(days=-3), time(9))),
        ("09:00", At(wall=time(9))),
        ("1mo 23:59", At(Duration(months=1), time(23, 59))),
        ("+0h", At()),
        ("-2h", At(Duration(seconds=-7200))),
        ("0d", At()),
    ],
)
def test_at_is_an_offset_a_time_of_day_or_both(text: str, at: At, catalogue: Catalogue) -> None:
    step = f'{{id: call, at: "{text}", remind: owner, template: reminder/contact}}'
    assert step_of(catalogue, step, on="{event: fair}").at == at


@pytest.mark.parametrize(
    ("on", "step", "misfire", "belated"),
    [
        ("{holiday: mid_autumn}", WISH, Misfire.SKIP, None),
        ("{holiday: mid_autumn}", CALL, Misfire.SKIP, None),
        ("{date: birthday}", WISH, Misfire.BELATED, Duration(days=1)),
        ("{date: birthday}", CALL, Misfire.ONCE, None),
        ("{since: last_contact, after: 90d}", WISH, Misfire.ONCE, None),
    ],
)
def test_what_misfires_by_default_depends_on_the_trigger(
    on: str, step: str, misfire: Misfire, belated: Duration | None, catalogue: Catalogue
) -> None:
    found = step_of(catalogue, step, on=on)
    assert (found.misfire, found.belated) == (misfire, belated)


def test_a_step_takes_what_it_does_not_say_from_the_rule_and_from_defaults(catalogue: Catalogue) -> None:
    assert step_of(catalogue, CALL) == Step(
        "call", At(wall=time(9)), Action.REMIND, "owner", "reminder/contact", "care", Misfire.ONCE
    )


def test_a_step_can_say_all_of_it(catalogue: Catalogue) -> None:
    step = (
        '{id: wish, at: 0d 09:00, if: {key: true}, greet: lead, template: greeting/birthday, via: [sms, email], '
        'sign_by: {who: manager, draft: -3d, deadline: "0d 08:30"}, category: festive, priority: 5, '
        "misfire: {belated: 2d}, window: always, urgent: true, expires: 3d}"
    )
    nine = time(9)
    assert step_of(catalogue, step) == Step(
        "wish", At(wall=nine), Action.GREET, "lead", "greeting/birthday", "festive", Misfire.BELATED,
        Duration(days=2), Compare("key", Op.EQ, True), ("sms", "email"),
        SignBy("manager", At(Duration(days=-3), nine), At(wall=time(8, 30))), 5, "always", True, Duration(days=3),
    )  # fmt: skip


def test_unsaid_the_deadline_of_a_signature_is_the_steps_own_hour(catalogue: Catalogue) -> None:
    step = WISH.replace("greet: lead", "greet: lead, sign_by: {draft: -2d}")
    assert step_of(catalogue, step).sign_by == SignBy("owner", At(Duration(days=-2), time(9)), At(wall=time(9)))


@pytest.mark.parametrize("target", ["owner", "manager", "previous_owner", "team:east", "rep:li"])
def test_a_reminder_goes_to_a_role_a_team_or_a_rep(target: str, catalogue: Catalogue) -> None:
    assert step_of(catalogue, CALL.replace("owner", target)).target == target


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("{}", TRUE),
        ("{tier: gold}", Compare("tier", Op.EQ, "gold")),
        ("{tier: [gold, iron], key: true}",
         All((Compare("tier", Op.IN, ("gold", "iron")), Compare("key", Op.EQ, True)))),
        ("{contacts: {gte: 3, lt: 10}}", All((Compare("contacts", Op.GTE, 3), Compare("contacts", Op.LT, 10)))),
        ("{contacts: {gte: 10, since: order}}", Compare("contacts_since_order", Op.GTE, 10)),
        ("{attempts: {gte: 3, since: registered}}", Compare("attempts", Op.GTE, 3)),
        ("{contacts_90d: 0}", Compare("contacts_90d", Op.EQ, 0)),
        ("{age.last_contact: {gte: 3mo}}", Compare("age.last_contact", Op.GTE, Duration(months=3))),
        ('{region: {within: "5101"}}', Compare("region", Op.WITHIN, "5101")),
        ("{region: {within: owner.region}}", Compare("region", Op.WITHIN, FieldRef("owner.region"))),
        ("{channels: {contains: email}, hope: {exists: false}}",
         All((Compare("channels", Op.CONTAINS, "email"), Compare("hope", Op.EXISTS, False)))),
        ("{any: [{grade: A}, {not: {status: active}}]}",
         AnyOf((Compare("grade", Op.EQ, "A"), Not(Compare("status", Op.EQ, "active"))))),
        ("{circumstance: {kind: fair, attrs.hall: east}}",
         Circumstance(All((Compare("kind", Op.EQ, "fair"), Compare("attrs.hall", Op.EQ, "east"))))),
        ("{attrs.size: {gt: 40}, attrs.area: {lte: 2.5}, attrs.moved_on: {gte: 2026-01-31}}",
         All((Compare("attrs.size", Op.GT, 40), Compare("attrs.area", Op.LTE, 2.5),
              Compare("attrs.moved_on", Op.GTE, "2026-01-31")))),
    ],
)  # fmt: skip
def test_each_condition_is_read_as_written(text: str, condition: object, catalogue: Catalogue) -> None:
    assert rule_of(catalogue, more=f"    for: {text}\n").segment == condition


@pytest.mark.parametrize("text", ["contacted", "{contacted: true}"])
def test_until_contacted_reads_the_fact_of_the_occasion(text: str, catalogue: Catalogue) -> None:
    assert rule_of(catalogue, more=f"    until: {text}\n").until == Compare("contacted", Op.EQ, True)


def test_a_rule_can_be_off_and_have_a_period(catalogue: Catalogue) -> None:
    rule = rule_of(catalogue, more="    enabled: false\n    from: 2026-01-01\n    to: 2026-12-31\n")
    assert (rule.enabled, rule.first_day, rule.last_day) == (False, date(2026, 1, 1), date(2026, 12, 31))


FESTIVE = Compare("category", Op.EQ, "festive")


@pytest.mark.parametrize(
    ("when", "then", "policy"),
    [
        ("{touch: {category: festive}, circumstance: {kind: bereavement}}", "{suppress: touch}",
         Policy("one", "", FESTIVE, Effect.SUPPRESS, circumstance=Compare("kind", Op.EQ, "bereavement"))),
        ("{touch: {category: festive}}", "{hold: touch, at_most: 30d}",
         Policy("one", "", FESTIVE, Effect.HOLD, at_most=Duration(days=30))),
        ("{touch: {category: festive}, lead: {touches_7d: {gte: 2}}}", "{defer: 1d}",
         Policy("one", "", FESTIVE, Effect.DEFER, lead=Compare("touches_7d", Op.GTE, 2), by=Duration(days=1))),
        ("{touch: {category: festive}, other: {category: festive, within: 0d, outranks: touch}}",
         "{merge: touch, into: other}",
         Policy("one", "", FESTIVE, Effect.MERGE, other=Other(FESTIVE, 0, True))),
    ],
)  # fmt: skip
def test_each_effect_is_read_as_written(when: str, then: str, policy: Policy, catalogue: Catalogue) -> None:
    found = policy_of(catalogue, when, then)
    assert found == replace(policy, file="rules/one.yaml", line=2)


def test_the_revision_changes_with_what_the_rule_does_and_not_with_where_it_stands(catalogue: Catalogue) -> None:
    plain = rule_of(catalogue).revision
    assert rule_of(catalogue, more="    summary: told better\n").revision == plain
    assert rule_of(catalogue, more="    summary: {en: told better, zh-Hans: 说得更好}\n").revision == plain
    assert rule_of(catalogue, more="\n\n").revision == plain
    assert rule_of(catalogue, step=CALL.replace("09:00", "10:00")).revision != plain


def test_the_book_does_not_depend_on_how_rules_are_spread_over_files(catalogue: Catalogue) -> None:
    a, b = (f"  - {{id: {x}, category: care, on: {{date: birthday}}, steps: [{CALL}]}}\n" for x in "ab")
    together = load(f"rules:\n{b}{a}", catalogue)
    apart, _ = load_rulebook({"z.yaml": f"rules:\n{a}", "y.yaml": f"rules:\n{b}"}, catalogue)
    assert apart is not None
    assert [(r.id, r.revision) for r in together.rules] == [(r.id, r.revision) for r in apart.rules]
    assert together.digest != apart.digest


def test_a_folder_gives_its_rule_files_without_tests_and_hidden_ones(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    for name in ("b.yaml", "a.yml", "area/c.yaml", "tests/b.test.yaml", ".draft.yaml", "readme.md"):
        (rules / name).parent.mkdir(parents=True, exist_ok=True)
        (rules / name).write_text("rules: []\n")
    assert sorted(read_rule_files(rules)) == ["rules/a.yml", "rules/area/c.yaml", "rules/b.yaml"]


def test_a_missing_folder_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="there is no such folder"):
        read_rule_files(tmp_path / "rules")


def test_two_hundred_rules_load_within_a_second(catalogue: Catalogue) -> None:
    rule = "rules:\n  - id: rule{}\n    category: care\n    on: {{date: birthday}}\n    for: {{tier: [gold, iron]}}\n"
    files = {f"rules/{n}.yaml": rule.format(n) + f"    steps: [{CALL}, {WISH}]\n" for n in range(200)}
    before = clock.process_time()
    book, _ = load_rulebook(files, catalogue)
    assert book is not None
    assert len(book.rules) == 200
    assert clock.process_time() - before < 1


def test_a_new_release_leaves_the_revisions_of_rules_as_they_are(catalogue: Catalogue) -> None:
    """Else every upgrade would change every rule, and daemons of two releases could not read what the other plans."""
    text = """\
rules:
  - id: welcome
    category: festive
    on: {since: registered, after: 1h}
    steps: [{id: wish, at: +0h, greet: lead, template: greeting/birthday}]
"""
    book, problems = load_rulebook({"a.yaml": text}, catalogue)
    assert (problems, [rule.revision for rule in book.rules]) == ((), ["409aef832178a3877b47e2d87f1674e6"])


def test_what_a_later_release_lets_a_rule_say_makes_another_revision(catalogue: Catalogue) -> None:
    plain = "rules: [{id: one, category: care, on: {date: birthday}, steps: [" + CALL + "]}]"
    said = plain.replace("reminder/contact}", "reminder/contact, purpose: visit}")
    first, second = (load_rulebook({"a.yaml": text}, catalogue)[0] for text in (plain, said))
    assert first.rules[0].revision != second.rules[0].revision
