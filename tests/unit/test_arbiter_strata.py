"""What becomes of a lead's touches under policies, case by case; the engine and the plain evaluator both say it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.arbiter.durable import Engine
from engine.arbiter.facts import Case, Changes, Ruling, TouchFact
from engine.arbiter.prefilter import Prefilter
from engine.arbiter.reference import Reference
from engine.arbiter.strata import Evaluate, judge_case, stratify
from engine.domain.words import Effect
from engine.ground.durations import Duration
from engine.rulebook.conditions import All, Compare, Condition, Op
from engine.rulebook.evaluate import Snapshot
from engine.rulebook.model import Other, Policy

NOW = 1_800_000_000
DAY = 86_400
TODAY = 739_700
DAYS = Duration(days=1)


def category(*names: str) -> Condition:
    return Compare("category", Op.IN, names)


FESTIVE_TO_LEAD = All((Compare("audience", Op.EQ, "lead"), category("festive")))

MOURNING = Policy(
    "mourning", "", category("festive", "sales"), Effect.SUPPRESS,
    circumstance=All((Compare("kind", Op.EQ, "bereavement"), Compare("age", Op.LT, DAYS.times(49)))),
)  # fmt: skip
COMPLAINT = Policy(
    "complaint-open", "", category("sales"), Effect.HOLD, at_most=DAYS.times(30),
    circumstance=All((Compare("kind", Op.EQ, "complaint"), Compare("active", Op.EQ, True))),
)  # fmt: skip
ONE_WISH = Policy("one-wish", "", FESTIVE_TO_LEAD, Effect.MERGE, other=Other(FESTIVE_TO_LEAD, 0, outranks=True))
CAP = Policy(
    "weekly-cap", "", category("sales"), Effect.DEFER, Compare("touches_7d", Op.GTE, 2), by=DAYS
)  # fmt: skip

BEREAVED = {"kind": "bereavement", "active": True, "age": NOW - 10 * DAY}
COMPLAINING = {"kind": "complaint", "active": True, "age": NOW - DAY}


def touch(number: int, category: str = "festive", **fields: object) -> TouchFact:
    placed = {name: fields.pop(name) for name in ("day", "due_at", "judged") if name in fields}
    values = {"audience": "lead", "action": "greet", "rule": f"rule-{number}", "step": "wish", "priority": 100,
              "urgent": False, "category": category}  # fmt: skip
    plain = TouchFact(number, values | fields, TODAY, NOW, f"rule-{number}|wang|anchor|wish|wang")
    return plain._replace(**placed)  # type: ignore[arg-type]


def case(*touches: TouchFact, circumstances: tuple[dict[str, object], ...] = (), sent: tuple[int, ...] = ()) -> Case:
    return Case(Snapshot("wang", "Asia/Shanghai", NOW, {"tier": "gold"}, circumstances), touches, sent)


class Judge:
    """Judges by one of the two evaluators."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __call__(self, one: Case, *policies: Policy) -> dict[int, Ruling]:
        strata = stratify(policies)
        evaluate: Evaluate = Reference(strata).fires if self._kind == "reference" else Engine(strata).fires
        return {ruling.touch: ruling for ruling in judge_case(one, strata, evaluate)}

    def effects(self, one: Case, *policies: Policy) -> dict[int, str]:
        return {number: ruling.effect or "" for number, ruling in self(one, *policies).items()}


@pytest.fixture(params=["reference", "durable"])
def judge(request: pytest.FixtureRequest) -> Judge:
    return Judge(request.param)


def test_without_policies_everything_is_let_go(judge: Judge) -> None:
    assert judge.effects(case(touch(1), touch(2))) == {1: "", 2: ""}


def test_mourning_suppresses_what_is_festive_and_leaves_care(judge: Judge) -> None:
    one = case(touch(1), touch(2, "care"), circumstances=(BEREAVED,))
    assert judge.effects(one, MOURNING) == {1: "suppress", 2: ""}


def test_mourning_ends_after_49_days(judge: Judge) -> None:
    one = case(touch(1), circumstances=(BEREAVED | {"age": NOW - 49 * DAY},))
    assert judge.effects(one, MOURNING) == {1: ""}


def test_one_circumstance_must_meet_the_whole_condition(judge: Judge) -> None:
    over = COMPLAINING | {"active": False}
    one = case(touch(1, "sales"), circumstances=(over, {"kind": "fair", "active": True, "age": NOW}))
    assert judge.effects(one, COMPLAINT) == {1: ""}


def test_an_open_complaint_holds_sales_for_at_most_30_days(judge: Judge) -> None:
    ruling = judge(case(touch(1, "sales"), circumstances=(COMPLAINING,)), COMPLAINT)[1]
    assert (ruling.effect, ruling.policy, ruling.at_most) == (Effect.HOLD, "complaint-open", DAYS.times(30))


def test_suppress_beats_hold_and_both_are_on_record(judge: Judge) -> None:
    ruling = judge(case(touch(1, "sales"), circumstances=(COMPLAINING, BEREAVED)), COMPLAINT, MOURNING)[1]
    assert ruling.effect is Effect.SUPPRESS
    assert [verdict.policy for verdict in ruling.verdicts] == ["complaint-open", "mourning"]


def test_of_two_holds_the_shorter_rules_and_of_two_deferrals_the_longer(judge: Judge) -> None:
    short = replace(COMPLAINT, id="z-short", at_most=DAYS)
    assert judge(case(touch(1, "sales"), circumstances=(COMPLAINING,)), COMPLAINT, short)[1].policy == "z-short"
    one, three = (Policy(f"by-{n}", "", category("sales"), Effect.DEFER, by=DAYS.times(n)) for n in (1, 3))
    assert judge(case(touch(1, "sales")), one, three)[1].by == DAYS.times(3)


def test_a_suppressed_touch_counts_no_more_for_the_cap(judge: Judge) -> None:
    better, worse = touch(1, "festive"), touch(2, "sales")
    assert judge.effects(case(better, worse, sent=(NOW - DAY,)), CAP) == {1: "", 2: "defer"}
    suppress_wishes = Policy("no-wishes", "", category("festive"), Effect.SUPPRESS)
    assert judge.effects(case(better, worse, sent=(NOW - DAY,)), CAP, suppress_wishes) == {1: "suppress", 2: ""}


def test_the_cap_lets_the_best_ranked_go_and_defers_the_rest(judge: Judge) -> None:
    one = case(touch(1, "sales"), touch(2, "sales", priority=1), touch(3, "sales"), sent=(NOW - 2 * DAY,))
    rulings = judge(one, CAP)
    assert {number: ruling.by for number, ruling in rulings.items()} == {2: None, 1: DAYS, 3: DAYS}
    assert rulings[3].facts == {"touch.category": "sales", "lead.touches_7d": 3}


def test_the_cap_counts_7_times_24_hours_up_to_the_due_time(judge: Judge) -> None:
    assert judge.effects(case(touch(1, "sales"), sent=(NOW, NOW - 7 * DAY + 1)), CAP) == {1: "defer"}
    assert judge.effects(case(touch(1, "sales"), sent=(NOW, NOW - 7 * DAY)), CAP) == {1: ""}
    assert judge.effects(case(touch(1, "sales"), sent=(NOW, NOW + 1)), CAP) == {1: ""}


def test_reminders_to_the_rep_do_not_count_for_the_cap(judge: Judge) -> None:
    one = case(touch(1, "sales"), touch(2, "sales", audience="rep", priority=1), sent=(NOW,))
    assert judge.effects(one, CAP) == {2: "", 1: ""}


def test_one_wish_a_day_merges_into_the_best_ranked(judge: Judge) -> None:
    rulings = judge(case(touch(3), touch(1, priority=7), touch(2, priority=3)), ONE_WISH)
    assert {number: ruling.into for number, ruling in rulings.items()} == {2: None, 1: 2, 3: 2}
    assert rulings[1].facts["other"] == "rule-2|wang|anchor|wish|wang"


def test_wishes_of_different_days_do_not_merge(judge: Judge) -> None:
    one = case(touch(1), touch(2, day=TODAY + 1))
    assert judge.effects(one, ONE_WISH) == {1: "", 2: ""}
    near = replace(ONE_WISH, other=Other(FESTIVE_TO_LEAD, 1, outranks=True))
    assert judge(one, near)[2].into == 1


def test_nothing_merges_into_a_touch_that_merges_itself(judge: Judge) -> None:
    near = replace(ONE_WISH, other=Other(FESTIVE_TO_LEAD, 1, outranks=True))
    chain = case(touch(1), touch(2, day=TODAY + 1), touch(3, day=TODAY + 2))
    assert {number: ruling.into for number, ruling in judge(chain, near).items()} == {1: None, 2: 1, 3: None}


def test_two_touches_never_merge_crosswise(judge: Judge) -> None:
    careless = replace(ONE_WISH, other=Other(FESTIVE_TO_LEAD, 0, outranks=False))
    assert judge.effects(case(touch(1), touch(2)), careless) == {1: "", 2: "merge"}


def test_a_suppressed_wish_takes_nothing_in(judge: Judge) -> None:
    best_falls = Policy("no-gold", "", Compare("rule", Op.EQ, "rule-1"), Effect.SUPPRESS)
    assert judge.effects(case(touch(1), touch(2)), ONE_WISH, best_falls) == {1: "suppress", 2: ""}


def test_a_released_touch_is_not_ruled_on_but_outranks_and_takes_in(judge: Judge) -> None:
    gone = touch(9, priority=500, judged=False)
    assert {n: ruling.into for n, ruling in judge(case(touch(1), gone), ONE_WISH).items()} == {1: 9}
    assert judge.effects(case(gone, circumstances=(BEREAVED,)), MOURNING) == {}


def test_a_released_touch_counts_for_the_cap(judge: Judge) -> None:
    gone = touch(9, priority=500, judged=False)
    assert judge.effects(case(touch(1, "sales"), gone, sent=(NOW,)), CAP) == {1: "defer"}


def test_a_released_touch_of_another_day_counts_only_within_the_horizon(judge: Judge) -> None:
    old = touch(9, judged=False, day=TODAY - 3, due_at=NOW - 3 * DAY)
    later = touch(8, judged=False, day=TODAY + 1, due_at=NOW + DAY)
    daily = replace(CAP, lead=Compare("touches_1d", Op.GTE, 1))
    weekly = replace(CAP, lead=Compare("touches_7d", Op.GTE, 1))
    assert judge.effects(case(touch(1, "sales"), old, later), daily) == {1: ""}
    assert judge.effects(case(touch(1, "sales"), old, later), weekly) == {1: "defer"}
    assert judge.effects(case(touch(1, "sales"), later), weekly) == {1: ""}


def test_the_facts_of_a_ruling_name_what_was_read(judge: Judge) -> None:
    ruling = judge(case(touch(1), circumstances=(COMPLAINING, BEREAVED)), MOURNING)[1]
    assert ruling.facts == {
        "touch.category": "festive",
        "circumstance.kind": "bereavement",
        "circumstance.age": NOW - 10 * DAY,
    }


def test_many_policies_and_touches_beyond_the_engines_limits_are_judged_alike() -> None:
    policies = [
        Policy(f"p-{n:03}", "", Compare("rule", Op.EQ, f"rule-{n}"), Effect.HOLD, Compare("tier", Op.NE, "iron"))
        for n in range(200)
    ]
    crowd = case(*(touch(number) for number in range(30)))
    strata = stratify(policies)
    engine = Engine(strata)
    expected = judge_case(crowd, strata, Reference(strata).fires)
    assert judge_case(crowd, strata, engine.fires) == expected
    assert engine.unfit == 1
    few = crowd._replace(touches=crowd.touches[:20])
    assert {ruling.policy for ruling in judge_case(few, strata, engine.fires)} == {f"p-{n:03}" for n in range(20)}
    assert engine.unfit == 1
    engine.close()


def test_a_priority_counts_for_the_strata_behind_it(judge: Judge) -> None:
    second_first = Policy("second-first", "", Compare("rule", Op.EQ, "rule-2"), Effect.PRIORITY, value=10)
    rulings = judge(case(touch(1), touch(2)), ONE_WISH, second_first)
    assert {number: ruling.into for number, ruling in rulings.items()} == {2: None, 1: 2}
    assert (rulings[2].changes.priority, rulings[2].effect) == (10, None)


def test_what_only_a_change_makes_true_is_judged_and_not_skipped(judge: Judge) -> None:
    by_sms = Policy("by-sms", "", category("festive"), Effect.REROUTE, value=("sms", "email"))
    no_sms = Policy("no-sms", "", Compare("channel", Op.EQ, "sms"), Effect.SUPPRESS)
    one = case(touch(1, channel="email"))
    assert Prefilter(stratify([by_sms, no_sms])).may_fire(one)
    assert not Prefilter(stratify([no_sms])).may_fire(one)
    assert judge.effects(one, by_sms, no_sms) == {1: "suppress"}
    assert judge.effects(one, no_sms) == {1: ""}


def test_of_several_changes_the_best_priority_the_first_route_and_the_manager_rule(judge: Judge) -> None:
    wanted = [
        Policy("a", "", All(), Effect.PRIORITY, value=20), Policy("b", "", All(), Effect.PRIORITY, value=10),
        Policy("c", "", All(), Effect.REROUTE, value=("sms",)),
        Policy("d", "", All(), Effect.REROUTE, value=("email",)),
        Policy("e", "", All(), Effect.REQUIRE_SIGNATURE, value="owner"),
        Policy("f", "", All(), Effect.REQUIRE_SIGNATURE, value="manager"),
        Policy("g", "", All(), Effect.ESCALATE, value="manager"),
    ]  # fmt: skip
    ruling = judge(case(touch(1)), *wanted)[1]
    assert ruling.changes == Changes(10, ("sms",), "manager", "f", copied=True)
    assert [(verdict.policy, verdict.facts["then"]) for verdict in ruling.verdicts][:2] == [("a", 20), ("b", 10)]
    assert len(ruling.verdicts) == len(wanted)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (Policy("p", "", All(), Effect.PRIORITY), 'policy "p": priority needs a value'),
        (Policy("p", "", All(), Effect.MERGE), 'policy "p": a merge needs an "other" to merge into'),
        (Policy("p", "", All(), Effect.DEFER), 'policy "p": defer needs a span, such as 1d'),
    ],
)
def test_a_policy_that_cannot_be_judged_is_refused(policy: Policy, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stratify([policy])
