"""The engine and the plain evaluator say the same of the same policies and touches."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from engine.arbiter.durable import Engine, engine_error
from engine.arbiter.facts import Case, TouchFact, rank
from engine.arbiter.prefilter import Prefilter
from engine.arbiter.reference import Reference
from engine.arbiter.strata import judge_case, stratify
from engine.domain.words import Effect
from engine.ground.durations import Duration
from engine.rulebook.conditions import (
    TRUE,
    All,
    AnyOf,
    Circumstance,
    Compare,
    Condition,
    FieldRef,
    Not,
    Op,
    Scalar,
)
from engine.rulebook.evaluate import Snapshot
from engine.rulebook.model import Other, Policy

NOW = 1_800_000_000
DAY = 86_400

TEXTS = ("festive", "sales", "节日问候", "🎉礼物", 'a"b\\c', "é", "x y")
NUMBERS: tuple[int | float, ...] = (-7, -1, 0, 1, 2, 5, 2.5, -0.25, 1_000_000, (1 << 53) + 1, 1e15)

Fields = dict[str, tuple[Scalar, ...]]

TOUCH: Fields = {
    "category": TEXTS[:4], "audience": ("lead", "rep"), "action": ("greet", "remind"), "rule": TEXTS,
    "priority": (0, 1, 5), "urgent": (True, False), "channel": ("sms", "email"),
}  # fmt: skip
LEAD: Fields = {
    "tier": TEXTS, "contacts": NUMBERS, "attrs.距离": NUMBERS, "key": (True, False),
    "touches_7d": (0, 1, 2, 3), "touches_1d": (0, 1, 2),
}  # fmt: skip
CIRCUMSTANCE: Fields = {"kind": TEXTS, "severity": TEXTS, "active": (True, False), "attrs.n": NUMBERS}
VALUES: dict[Effect, tuple[str | int | tuple[str, ...], ...]] = {
    Effect.PRIORITY: (0, 1, 3, 5), Effect.REROUTE: (("email",), ("sms", "email")),
    Effect.REQUIRE_SIGNATURE: ("owner", "manager"), Effect.ESCALATE: ("manager",),
}  # fmt: skip
AGES = ("age.last_contact", "age.registered")


class Guesses:
    """Random policies and cases from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def compare(self, fields: Fields) -> Condition:
        path = self.random.choice(tuple(fields))
        values = fields[path]
        value = self.random.choice(values)
        if isinstance(value, bool):
            return Compare(path, self.random.choice((Op.EQ, Op.NE)), value)
        op = self.random.choice((Op.EQ, Op.NE, Op.IN, Op.NOT_IN, Op.EXISTS))
        if op is Op.EXISTS:
            return Compare(path, op, self.random.random() < 0.7)
        if op in (Op.IN, Op.NOT_IN):
            return Compare(path, op, tuple(self.random.sample(values, k=self.random.randint(1, len(values)))))
        if isinstance(value, int | float):
            op = self.random.choice((op, Op.LT, Op.LTE, Op.GT, Op.GTE))
        elif self.random.random() < 0.1:
            return Compare(path, Op.CONTAINS, value[:1])
        return Compare(path, op, value)

    def condition(self, fields: Fields, depth: int = 3) -> Condition:
        kind = self.random.random()
        if depth == 0 or kind < 0.5:
            return self.compare(fields)
        items = tuple(self.condition(fields, depth - 1) for _ in range(self.random.randint(0, 3)))
        if kind < 0.75:
            return All(items)
        return AnyOf(items) if kind < 0.9 else Not(self.condition(fields, depth - 1))

    def lead_condition(self) -> Condition:
        kind = self.random.random()
        if kind < 0.3:
            return TRUE
        condition = self.condition(LEAD)
        if kind < 0.4:
            age = Compare(self.random.choice(AGES), Op.GTE, Duration(days=self.random.randint(1, 60)))
            return AnyOf((condition, age))
        if kind < 0.5:
            return All((Not(Circumstance(self.condition(CIRCUMSTANCE))), condition))
        if kind < 0.55:
            return All((condition, Compare("region", Op.WITHIN, FieldRef("owner.region"))))
        return condition

    def policy(self, name: str) -> Policy:
        effect = self.random.choice(tuple(Effect))
        other = None
        if effect is Effect.MERGE or self.random.random() < 0.3:
            other = Other(
                self.condition(TOUCH, 2), self.random.choice((None, 0, 1, 3)), self.random.random() < 0.5
            )
        return Policy(
            name,
            name,
            self.condition(TOUCH, 2),
            effect,
            self.lead_condition(),
            self.condition(CIRCUMSTANCE, 2) if self.random.random() < 0.4 else None,
            other,
            by=Duration(days=self.random.randint(1, 9)),
            at_most=self.random.choice((None, Duration(days=self.random.randint(1, 30)))),
            value=self.random.choice(VALUES[effect]) if effect in VALUES else None,
        )

    def policies(self) -> list[Policy]:
        return [self.policy(f"策略-{index}") for index in range(self.random.randint(1, 6))]

    def values(self, fields: Fields) -> dict[str, object]:
        """Each field with a value of its type, now and then one that no policy names, or none."""
        foreign = {str: "陌生\n\x00\ud800", int: 3, float: 3.75, bool: True}
        found: dict[str, object] = {}
        for path, values in fields.items():
            kind = self.random.random()
            value = self.random.choice(values)
            found[path] = None if kind < 0.15 else foreign[type(value)] if kind < 0.2 else value
        return found

    def touch(self, number: int) -> TouchFact:
        values = self.values(TOUCH)
        values["priority"] = self.random.choice((0, 1, 5))
        values["rule"] = self.random.choice(TEXTS)
        day = 739_000 + self.random.randint(0, 3)
        due_at = NOW + self.random.randint(-DAY, DAY)
        return TouchFact(number, values, day, due_at, f"键|{number}", self.random.random() < 0.8)

    def case(self, lead: str) -> Case:
        values = self.values(LEAD) | {path: self.random.choice((None, NOW - 30 * DAY)) for path in AGES}
        values["region"] = self.random.choice((None, "5101"))
        values["owner.region"] = self.random.choice(("51", "", "9"))
        circumstances = tuple(self.values(CIRCUMSTANCE) for _ in range(self.random.randint(0, 3)))
        touches = tuple(self.touch(index + 1) for index in range(self.random.randint(0, 6)))
        sent = tuple(NOW - self.random.randint(0, 8 * DAY) for _ in range(self.random.randint(0, 3)))
        return Case(Snapshot(lead, "Asia/Shanghai", NOW, values, circumstances), touches, sent)


def guesses(sets: int, cases: int, offset: int = 0) -> Iterator[tuple[list[Policy], list[Case]]]:
    for seed in range(offset, offset + sets):
        guess = Guesses(seed)
        yield guess.policies(), [guess.case(f"客户{index}") for index in range(cases)]


@pytest.mark.skipif(bool(engine_error()), reason="durable-rules is not installed")
def test_the_engine_agrees_with_the_reference_on_random_policies() -> None:
    judged = unfit = fired = 0
    for policies, cases in guesses(sets=400, cases=6):
        strata = stratify(policies)
        engine, reference = Engine(strata), Reference(strata)
        for case in cases:
            assert judge_case(case, strata, engine.fires) == judge_case(case, strata, reference.fires)
            ranked = sorted(case.touches, key=rank)
            for stratum in range(len(strata)):
                expected = set(reference.fires(stratum, case, ranked))
                assert set(engine.fires(stratum, case, ranked)) == expected, (policies, case)
                fired += len(expected)
            judged += len(case.touches)
        unfit += engine.unfit
        engine.close()
    assert fired > 4000
    assert unfit < judged // 10


def test_neither_the_order_of_facts_nor_that_of_policies_changes_a_ruling() -> None:
    for policies, cases in guesses(sets=150, cases=4, offset=10_000):
        strata = stratify(policies)
        shuffled = stratify(Random(1).sample(policies, len(policies)))
        for case in cases:
            lead = case.snapshot._replace(circumstances=case.snapshot.circumstances[::-1])
            turned = Case(lead, case.touches[::-1], case.sent[::-1])
            expected = judge_case(case, strata, Reference(strata).fires)
            assert judge_case(turned, shuffled, Reference(shuffled).fires) == expected


def test_a_case_the_prefilter_skips_is_one_on_which_nothing_fires() -> None:
    skipped = 0
    for policies, cases in guesses(sets=300, cases=5, offset=20_000):
        strata = stratify(policies)
        prefilter = Prefilter(strata)
        for case in cases:
            if not prefilter.may_fire(case):
                skipped += 1
                rulings = judge_case(case, strata, Reference(strata).fires)
                assert all(ruling.effect is None and not ruling.verdicts for ruling in rulings)
    assert skipped > 100
