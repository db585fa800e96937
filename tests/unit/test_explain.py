"""Near misses are counted by comparisons, and policies are asked by the evaluator that would judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from engine.arbiter.facts import TouchFact
from engine.desk.bites import Bite, Days, bites, subjects
from engine.desk.explain import failing
from engine.domain.words import Effect
from engine.ground.durations import Duration
from engine.rulebook.conditions import TRUE, All, AnyOf, Circumstance, Compare, Condition, Not, Op
from engine.rulebook.evaluate import Failure, Snapshot
from engine.rulebook.model import Other, Policy
from tests.properties.random_rules import book_of

TODAY = date(2026, 2, 14).toordinal()
NOW = 1_771_027_200  # 2026-02-14T00:00Z
MOURNS = {"kind": "bereavement", "active": True, "age": NOW - 86_400, "phase": "active", "severity": None}

GOLD = Compare("tier", Op.EQ, "gold")
NEEDS = Compare("stage", Op.EQ, "need")
OPEN = Compare("status", Op.EQ, "active")
IN_MOURNING = Circumstance(Compare("kind", Op.EQ, "bereavement"))


def lead(*circumstances: dict[str, object], **values: object) -> Snapshot:
    return Snapshot("wang", "Asia/Shanghai", NOW, values, circumstances)


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        (TRUE, 0),
        (GOLD, 0),
        (NEEDS, 1),
        (All((GOLD, NEEDS, OPEN)), 2),
        (All((GOLD, All((NEEDS,)))), 1),
        (AnyOf((NEEDS, All((NEEDS, OPEN)))), 1),
        (AnyOf((GOLD, NEEDS)), 0),
        (AnyOf(()), 1),
        (Not(GOLD), 1),
        (Not(All((GOLD, NEEDS))), 0),
        (IN_MOURNING, 1),
    ],
)
def test_it_counts_the_comparisons_that_would_have_to_turn(condition: Condition, count: int) -> None:
    assert failing(condition, lead(tier="gold", stage="won", status="gone")) == count


@dataclass(frozen=True)
class Row:
    """A touch of the book, as far as policies see it."""

    id: int
    rule: str = "festival"
    step: str = "wish"
    state: str = "planned"
    day_on: str = "2026-02-14"
    due_at: int = NOW
    released_at: int | None = None
    category: str = "festive"
    audience: str = "lead"
    action: str = "greet"
    priority: int = 10
    receiver: str = "wang"
    occurrence_key: str = "festival|wang|x|wish|wang"
    via: tuple[str, ...] = ("email",)
    via_index: int = 0


WISH = TouchFact(
    -1,
    {"category": "festive", "audience": "lead", "action": "greet", "rule": "birthday", "step": "wish",
     "priority": 100, "urgent": False, "receiver": "wang", "channel": "email"},
    TODAY, NOW, "birthday|wang||wish|",
)  # fmt: skip
FESTIVE = Compare("category", Op.EQ, "festive")
MOURNING = Policy("mourning", "", FESTIVE, Effect.SUPPRESS, circumstance=Compare("kind", Op.EQ, "bereavement"))
ONE_WISH = Policy("one-wish", "", FESTIVE, Effect.MERGE, other=Other(FESTIVE, within=0, outranks=True))
CAP = Policy("cap", "", TRUE, Effect.DEFER, lead=Compare("touches_7d", Op.GTE, 2), by=Duration(days=1))
SALES = Policy("sales", "", Compare("category", Op.EQ, "sales"), Effect.SUPPRESS)


def asked(policy: Policy, snapshot: Snapshot, *rows: Row) -> Bite:
    return bites([policy], {"wish": WISH}, Days(snapshot, rows, reach=1))[0]


def test_a_policy_bites_when_all_its_parts_hold() -> None:
    assert asked(MOURNING, lead(MOURNS)) == Bite("mourning", "suppress", True, "wish")


@pytest.mark.parametrize(
    ("policy", "failed"),
    [
        (SALES, Failure("touch.category", "sales", "festive")),
        (MOURNING, Failure("circumstance", "kind: bereavement", "none")),
        (CAP, Failure("lead.touches_7d", "gte 2", "0")),
        (ONE_WISH, Failure("other", "another touch with category: festive", "none")),
    ],
    ids=lambda value: value.id if isinstance(value, Policy) else value.path,
)
def test_a_policy_that_would_not_bite_names_the_part_that_is_missing(policy: Policy, failed: Failure) -> None:
    assert asked(policy, lead()) == Bite(policy.id, policy.effect.value, False, "wish", failed)


def test_a_better_ranked_touch_of_the_day_merges() -> None:
    assert asked(ONE_WISH, lead(), Row(1)).bites


@pytest.mark.parametrize(
    "row",
    [
        Row(1, priority=200), Row(1, day_on="2026-02-15"), Row(1, state="suppressed"), Row(1, category="care"),
        Row(1, rule="birthday"),
    ],
    ids=["outranked", "another day", "settled", "not festive", "its own step"],
)  # fmt: skip
def test_no_other_touch_does(row: Row) -> None:
    assert not asked(ONE_WISH, lead(), row).bites


def test_what_was_sent_this_week_counts_towards_a_cap() -> None:
    sent = [Row(n, state="delivered", day_on=f"2026-02-{8 + n:02d}", due_at=NOW - (6 - n) * 86_400) for n in (1, 2)]
    assert asked(CAP, lead(), *sent).bites
    assert not asked(CAP, lead(), sent[0]).bites


def test_what_its_own_step_brought_forth_this_week_counts_too() -> None:
    sent = [Row(n, "birthday", state="delivered", day_on=f"2026-02-{8 + n:02d}", due_at=NOW - (6 - n) * 86_400)
            for n in (1, 2)]  # fmt: skip
    assert asked(CAP, lead(), *sent).bites


def test_what_was_held_for_long_counts_from_when_it_went_out() -> None:
    late = [Row(n, state="delivered", day_on="2026-01-20", due_at=NOW - 25 * 86_400, released_at=NOW - n * 86_400)
            for n in (1, 2)]  # fmt: skip
    assert asked(CAP, lead(), *late).bites


def test_of_several_that_wait_the_first_is_asked_about() -> None:
    step = {"id": "wish", "at": "0d 09:00", "greet": "lead", "template": "greeting/x"}
    told = {"id": "birthday", "category": "care", "on": {"date": "birthday"}, "steps": [step]}
    [rule] = book_of({"rules": [told]}).book.rules
    later = Row(2, "birthday", day_on="2026-02-15", due_at=NOW + 86_400)
    assert subjects(rule, {}, Days(lead(), (Row(1, "birthday"), later), reach=1))["wish"].id == 1


def test_of_several_steps_the_one_that_came_closest_speaks() -> None:
    reminder = TouchFact(-2, {**WISH.values, "category": "care", "step": "prepare"}, TODAY, NOW, "b|wang||prepare|")
    told = bites([MOURNING], {"prepare": reminder, "wish": WISH}, Days(lead(), (), reach=1))[0]
    assert (told.step, told.failed) == ("wish", Failure("circumstance", "kind: bereavement", "none"))


@pytest.mark.parametrize(
    ("effect", "value", "words"),
    [
        (Effect.PRIORITY, 10, "rank wish 10"), (Effect.REROUTE, ("sms", "email"), "send wish by sms, email"),
        (Effect.REQUIRE_SIGNATURE, "owner", "have wish signed by the owner"),
        (Effect.ESCALATE, "manager", "send the manager a copy of wish"), (Effect.SUPPRESS, None, "suppress wish"),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_policy_would_do_is_told_in_words(effect: Effect, value: int | str | None, words: str) -> None:
    told = asked(Policy("p", "", FESTIVE, effect, value=value), lead())
    assert (told.bites, told.deed) == (True, words)
