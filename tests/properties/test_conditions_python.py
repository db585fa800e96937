"""What conditions mean in memory: two-valued logic, exact negations, ages in civil days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ground.durations import Duration
from engine.rulebook.conditions import All, AnyOf, Circumstance, Compare, Condition, FieldRef, Not, Op
from engine.rulebook.evaluate import Snapshot, first_failed, holds

NOW = int(datetime(2026, 3, 10, 4, 0, tzinfo=UTC).timestamp())  # noon in Shanghai
DAY = 86_400
AGES = (Duration(), Duration(days=1), Duration(days=90), Duration(months=1), Duration(seconds=7200))

TEXT, NUMBER, AGE, LIST = ("tier", "owner"), ("contacts", "attrs.area"), ("age.last_contact",), ("channels",)
words = st.sampled_from(("gold", "iron", "", "go"))
numbers = st.integers(-2, 3) | st.sampled_from((0.5, 2.0))
instants = st.integers(NOW - 95 * DAY, NOW + DAY)


def missing_or(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


values = st.fixed_dictionaries(
    {path: missing_or(words) for path in TEXT}
    | {path: missing_or(numbers) for path in NUMBER}
    | {path: missing_or(instants) for path in AGE}
    | {path: missing_or(st.lists(words, max_size=2)) for path in LIST}
    | {"region": missing_or(st.sampled_from(("5101", "51", "310104", "")))}
    | {"owner.region": missing_or(st.sampled_from(("51", "", "31")))}
)
circumstances = st.lists(
    st.fixed_dictionaries({"kind": st.sampled_from(("flood", "birth")), "active": st.booleans(),
                           "age": missing_or(instants)}),
    max_size=2,
)  # fmt: skip
snapshots = st.builds(
    lambda found, around: Snapshot("wang", "Asia/Shanghai", NOW, found, tuple(around)), values, circumstances
)


def compares(paths: tuple[str, ...], ops: tuple[Op, ...], wanted: st.SearchStrategy[object]) -> st.SearchStrategy:
    return st.builds(Compare, st.sampled_from(paths), st.sampled_from(ops), wanted)  # type: ignore[arg-type]


EQUAL, ORDER, MEMBER = (Op.EQ, Op.NE), (Op.LT, Op.LTE, Op.GT, Op.GTE), (Op.IN, Op.NOT_IN)
paths = (*TEXT, *NUMBER, *AGE, *LIST, "region")
comparisons = st.one_of(
    compares(TEXT, (*EQUAL, Op.CONTAINS), words),
    compares(TEXT, (Op.MATCHES,), st.sampled_from(("g*", "*o*", "?o", "*", "gold"))),
    compares(TEXT, MEMBER, st.lists(words, min_size=1, max_size=3).map(tuple)),
    compares(NUMBER, (*EQUAL, *ORDER), numbers),
    compares(AGE, (*EQUAL, *ORDER), st.sampled_from(AGES)),
    compares(LIST, (Op.CONTAINS,), words),
    compares(("region",), (Op.WITHIN,), st.sampled_from(("51", "3101", FieldRef("owner.region")))),
    compares(paths, (Op.EXISTS,), st.booleans()),
)
in_circumstance = st.one_of(
    compares(("kind",), EQUAL, st.sampled_from(("flood", "birth"))),
    compares(("active",), EQUAL, st.booleans()),
    compares(("age",), ORDER, st.sampled_from(AGES)),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    comparisons | st.builds(Circumstance, in_circumstance),
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)


@given(conditions, snapshots)
@settings(max_examples=300, deadline=None)
def test_not_is_the_exact_negation_of_anything(condition: Condition, snapshot: Snapshot) -> None:
    assert holds(Not(condition), snapshot) is not holds(condition, snapshot)


@given(comparisons.filter(lambda c: c.op in (Op.EQ, Op.IN)), snapshots)
@settings(max_examples=300, deadline=None)
def test_ne_and_not_in_are_the_exact_negations_of_eq_and_in(positive: Compare, snapshot: Snapshot) -> None:
    negation = replace(positive, op=Op.NE if positive.op is Op.EQ else Op.NOT_IN)
    assert holds(negation, snapshot) is not holds(positive, snapshot)


@given(comparisons, snapshots)
@settings(max_examples=300, deadline=None)
def test_a_missing_value_meets_only_negations_and_exists_false(compare: Compare, snapshot: Snapshot) -> None:
    without = snapshot._replace(values={**snapshot.values, compare.field: None})
    expected = compare.op in (Op.NE, Op.NOT_IN) or (compare.op is Op.EXISTS and compare.value is False)
    assert holds(compare, without) is expected


@given(st.sampled_from(AGES), instants)
@settings(max_examples=300, deadline=None)
def test_an_age_is_younger_exact_or_older_and_nothing_else(age: Duration, at: int) -> None:
    snapshot = Snapshot("wang", "Asia/Shanghai", NOW, {"age.last_contact": at})
    younger, exact, older = (
        holds(Compare("age.last_contact", op, age), snapshot) for op in (Op.LT, Op.EQ, Op.GT)
    )
    assert [younger, exact, older].count(True) == 1
    assert holds(Compare("age.last_contact", Op.LTE, age), snapshot) is (younger or exact)
    assert holds(Compare("age.last_contact", Op.GTE, age), snapshot) is (older or exact)


@given(conditions, snapshots)
@settings(max_examples=300, deadline=None)
def test_first_failed_names_something_exactly_when_the_condition_does_not_hold(
    condition: Condition, snapshot: Snapshot
) -> None:
    assert (first_failed(condition, snapshot) is None) is holds(condition, snapshot)


def shanghai(text: str) -> int:
    return int(datetime.fromisoformat(text + "+08:00").timestamp())


@pytest.mark.parametrize(
    ("last_contact", "old_enough"),
    [("2026-03-07T00:00", True), ("2026-03-07T23:59", True), ("2026-03-08T00:00", False)],
)
def test_three_days_are_counted_in_the_leads_civil_days(last_contact: str, old_enough: bool) -> None:
    snapshot = Snapshot("wang", "Asia/Shanghai", NOW, {"age.last_contact": shanghai(last_contact)})
    assert holds(Compare("age.last_contact", Op.GTE, Duration(days=3)), snapshot) is old_enough


def test_the_first_failing_comparison_is_told_with_what_was_found() -> None:
    snapshot = Snapshot(
        "wang", "Asia/Shanghai", NOW, {"tier": "gold", "contacts": 4, "age.last_contact": shanghai("2026-03-01T10:00")}
    )
    gold, many = Compare("tier", Op.IN, ("gold", "platinum")), Compare("contacts", Op.GTE, 10)
    old = Compare("age.last_contact", Op.GTE, Duration(days=90))
    told = [first_failed(condition, snapshot) for condition in (All((gold, many, old)), old, Not(gold),
            Compare("owner", Op.EQ, "li"), Circumstance(Compare("kind", Op.EQ, "flood")))]  # fmt: skip
    assert [(f.path, f.wanted, f.found) for f in told if f] == [
        ("contacts", "gte 10", "4"),
        ("age.last_contact", "gte 90d", "2026-03-01T10:00+08:00"),
        ("tier", "not tier: [gold, platinum]", "gold"),
        ("owner", "li", "missing"),
        ("circumstance", "kind: flood", "none"),
    ]
