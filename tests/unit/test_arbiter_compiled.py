"""Compiled rulesets keep to the shape in which durable-rules neither crashes nor errs."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from typing import Any

import pytest

from engine.arbiter.columns import Columns, Unfit, doubled
from engine.arbiter.compiled import CompiledStratum
from engine.domain.words import Effect
from engine.rulebook.conditions import All, AnyOf, Compare, Condition, Not, Op
from engine.rulebook.model import Other, Policy

COMPARISONS = (
    Compare("category", Op.EQ, "节日"),
    Compare("category", Op.IN, ("a", "b", "c", "d", "e", "f", "g", "h")),
    Compare("priority", Op.NOT_IN, (1, 2, 3)),
    Compare("priority", Op.LT, -3),
    Compare("urgent", Op.NE, True),
    Compare("rule", Op.CONTAINS, "x"),
    Compare("priority", Op.EQ, 2.5),
    Compare("step", Op.EXISTS, True),
)
CONDITIONS: tuple[Condition, ...] = (
    All(),
    *COMPARISONS,
    All(COMPARISONS),
    AnyOf(COMPARISONS),
    Not(AnyOf((COMPARISONS[0], All(COMPARISONS[2:5])))),
)


def rulesets() -> list[dict[str, Any]]:
    """Every pairing of the conditions above as policies, with and without circumstance and other touch."""
    policies = [
        Policy(
            f"策略 {number}", "", touch, Effect.SUPPRESS, lead,
            circumstance=touch if number % 3 else None,
            other=Other(lead, number % 3 or None, outranks=number % 2 == 0) if number % 5 else None,
        )
        for number, (touch, lead) in enumerate(product(CONDITIONS, CONDITIONS))
    ]  # fmt: skip
    return [json.loads(text) for text in CompiledStratum(policies).rulesets]


def patterns(rule: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [terms["$and"] for pattern in rule["all"] for terms in pattern.values()]


def is_join(term: dict[str, Any]) -> bool:
    (value,) = term.values()
    inner = next(iter(value.values())) if isinstance(value, dict) else None
    return isinstance(value, dict) and (isinstance(inner, dict) or next(iter(value)) in ("t", "c", "o"))


def test_every_rule_keeps_to_the_sound_shape() -> None:
    rules = [rule for ruleset in rulesets() for name, rule in ruleset.items() if name != "prime"]
    assert len(rules) > 200
    for rule in rules:
        found = patterns(rule)
        assert 1 <= len(found) <= 3
        for terms in found:
            assert 1 < len(terms) <= 12
            assert list(terms[0]) == ["kind"]
            assert all(len(term) == 1 for term in terms)
            assert "$or" not in str(terms)
        for terms in found[:-1]:
            assert not any(map(is_join, terms))
        if len(found) > 1:
            joins = [is_join(term) for term in found[-1]]
            assert joins == sorted(joins), "joins come last"
            assert found[-1][-1] == {"one": {"t": "one"}}


def test_no_ruleset_has_more_patterns_of_a_kind_than_the_engine_bears() -> None:
    found = rulesets()
    assert len(found) > 3
    for ruleset in found:
        assert "prime" in ruleset
        kinds = Counter(
            terms[0]["kind"] for name, rule in ruleset.items() if name != "prime" for terms in patterns(rule)
        )
        assert max(kinds.values()) <= 60


def test_a_policy_of_many_alternatives_stays_a_few_rules() -> None:
    wide = AnyOf(tuple(Compare("category", Op.EQ, letter) for letter in "abcde"))
    policy = Policy("wide", "", wide, Effect.SUPPRESS, wide, wide, Other(wide, 1))
    (ruleset,) = CompiledStratum([policy]).rulesets
    assert len(json.loads(ruleset)) <= 1 + 12


def test_what_never_holds_makes_no_rule_and_what_always_holds_no_term() -> None:
    assert Columns("t").alternatives(AnyOf(())) == ()
    assert Columns("t").alternatives(Not(AnyOf(()))) == ((),)


def test_true_and_one_are_different_fields() -> None:
    columns = Columns("t")
    computed = {columns.computed(Compare("attrs.x", Op.EQ, value))[0][0].column.name for value in (True, 1, 1.0)}
    assert len(computed) == 3


@pytest.mark.parametrize(
    ("number", "sent"), [(3, 6), (3.0, 6), (2.5, 5), (-0.25, -1), (-1, -2), (-1.5, -3), (0, 0)]
)
def test_a_fraction_lies_between_its_whole_neighbours(number: float, sent: int) -> None:
    assert doubled(number) == sent


@pytest.mark.parametrize("value", [1 << 51, -(1 << 51), 1e300, float("nan"), float("inf"), True, "3", [3]])
def test_what_the_engine_cannot_be_given_is_refused(value: object) -> None:
    with pytest.raises(Unfit):
        doubled(value)
