"""Policies of one stratum as rulesets of durable-rules, and a case as the facts those rulesets read.

The shape is the subset in which the engine was found sound: `kind` first in every pattern, flat fields with
sentinels, at most three patterns (the touch with its lead, a circumstance, another touch), joins last and closed
by a join that always holds, alternatives as rules of their own, rulesets of limited size. Pure: nothing here
calls the engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from engine.arbiter.columns import Alternatives, Cell, Columns, Conjunction, Layout, Term, Unfit
from engine.arbiter.facts import Case, TouchFact, counters, lead_for
from engine.arbiter.facts import as_snapshot as touch_snapshot
from engine.arbiter.reference import must_outrank
from engine.rulebook.conditions import TRUE, Condition
from engine.rulebook.evaluate import Snapshot
from engine.rulebook.model import Other, Policy

SID = "lead"
"""The one session id: a ruleset holds one lead at a time."""
PRIME = {"prime": {"all": [{"p": {"kind": "prime"}}]}}
"""Deleting a session in which nothing ever fired crashes the engine, so every ruleset is fired once."""

MAX_FACTS = 24
MAX_PATTERNS = 60
"""Of one kind in one ruleset."""
MAX_RULES = 12
"""That one policy may expand to."""

Json = dict[str, object]


@dataclass(frozen=True)
class CompiledRule:
    """One alternative of a policy: conjunctions over the touch and its lead, a circumstance, another touch."""

    policy: Policy
    touch: Conjunction
    lead: Conjunction
    circumstance: Conjunction | None
    other: Conjunction | None

    def patterns(self) -> list[Json]:
        """The rule in the engine's own words."""
        found = [_pattern("t", "touch", [{"judged": 1}, *_json(self.touch), *_json(self.lead)])]
        if self.circumstance is not None:
            found.append(_pattern("c", "circumstance", _json(self.circumstance)))
        if self.other is not None and self.policy.other is not None:
            joins = _joins(self.policy, self.policy.other)
            found.append(_pattern("o", "touch", [*_json(self.other), *joins]))
        if len(found) > 1:
            alias, pattern = found[-1].popitem()
            assert isinstance(pattern, dict)
            found[-1] = {alias: {"$and": [*pattern["$and"], {"one": {"t": "one"}}]}}
        return found


def _pattern(alias: str, kind: str, terms: Sequence[Json]) -> Json:
    return {alias: {"$and": [{"kind": kind}, {"one": 1}, *terms]}}


def _json(terms: Conjunction) -> list[Json]:
    return [term.json() for term in terms]


def _joins(policy: Policy, wanted: Other) -> list[Json]:
    """How the other touch is tied to the first: another one, near enough, better ranked."""
    rank_op = "$lt" if must_outrank(policy, wanted) else "$neq"
    near: list[Json] = []
    if wanted.within is not None:
        near = [{"$gte": {"day": {"t": _from(wanted.within)}}}, {"$lte": {"day": {"t": _to(wanted.within)}}}]
    return [*near, {rank_op: {"rank": {"t": "rank"}}}]


def _from(within: int) -> str:
    return f"from_{within}"


def _to(within: int) -> str:
    return f"to_{within}"


class CompiledStratum:
    """The rulesets of one stratum and the layout of the facts they read."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        touch, lead, circumstance = Columns("t"), Columns("l"), Columns("c")
        rules = [rule for one in policies for rule in _rules(one, touch, lead, circumstance)]
        self._touch = Layout(_terms((rule.touch, rule.other) for rule in rules))
        self._lead = Layout(_terms((rule.lead,) for rule in rules))
        self._circumstance = Layout(_terms((rule.circumstance,) for rule in rules))
        self._reads_circumstances = any(rule.circumstance is not None for rule in rules)
        self._counters = counters(*(policy.lead for policy in policies))
        self._reaches = frozenset(
            one.other.within for one in policies if one.other is not None and one.other.within is not None
        )
        named = [(f"r{index}", rule) for index, rule in enumerate(rules)]
        self.policy_of = {name: rule.policy.id for name, rule in named}
        self.rulesets = tuple(_rulesets(named))

    def facts(self, case: Case, ranked: Sequence[TouchFact]) -> str:
        """The case as JSON; `rank` is the touch's place in `ranked`. Unfit if the engine cannot be given it."""
        facts = [self._touch_fact(place, touch, case, ranked) for place, touch in enumerate(ranked)]
        if self._reads_circumstances:
            facts += self._circumstance_facts(case)
        if len(facts) > MAX_FACTS:
            raise Unfit(f"{len(facts)} facts are more than {MAX_FACTS}")
        return json.dumps(facts, ensure_ascii=False)

    def _touch_fact(self, place: int, touch: TouchFact, case: Case, ranked: Sequence[TouchFact]) -> Json:
        lead = lead_for(touch, case, ranked, self._counters)
        fact = _fact("touch", place) | {"judged": int(touch.judged), "rank": place, "day": touch.day}
        for within in self._reaches:
            fact |= {_from(within): touch.day - within, _to(within): touch.day + within}
        return fact | self._touch.cells(touch_snapshot(touch, case)) | self._lead.cells(lead)

    def _circumstance_facts(self, case: Case) -> Iterator[Json]:
        """One fact for all circumstances that look the same to these policies."""
        seen: dict[tuple[tuple[str, Cell], ...], None] = {}
        for values in case.snapshot.circumstances:
            alone = Snapshot(case.lead, case.snapshot.zone, case.snapshot.now, values)
            seen.setdefault(tuple(self._circumstance.cells(alone).items()))
        for place, cells in enumerate(seen):
            yield _fact("circumstance", place) | dict(cells)


def _fact(kind: str, place: int) -> Json:
    return {"kind": kind, "id": f"{kind}{place}", "sid": SID, "one": 1}


def _terms(parts: Iterable[tuple[Conjunction | None, ...]]) -> Iterator[Term]:
    return (term for group in parts for part in group if part is not None for term in part)


def _rules(policy: Policy, touch: Columns, lead: Columns, circumstance: Columns) -> Iterator[CompiledRule]:
    """The policy's alternatives, one rule each; none if it can never fire."""
    other = policy.other
    parts: list[tuple[Columns, Condition]] = [
        (touch, policy.touch),
        (lead, policy.lead),
        (circumstance, policy.circumstance or TRUE),
        (touch, other.where if other is not None else TRUE),
    ]
    expanded = _limited(parts)
    for first, second, third, fourth in product(*expanded):
        yield CompiledRule(
            policy,
            first,
            second,
            third if policy.circumstance is not None else None,
            fourth if other is not None else None,
        )


def _limited(parts: Sequence[tuple[Columns, Condition]]) -> list[Alternatives]:
    """Each part's alternatives; the widest become computed fields until the policy is few enough rules."""
    expanded = [columns.alternatives(condition) for columns, condition in parts]
    while prod(map(len, expanded)) > MAX_RULES:
        widest = max(range(len(parts)), key=lambda index: len(expanded[index]))
        columns, condition = parts[widest]
        expanded[widest] = columns.computed(condition)
    return expanded


def _rulesets(named: Sequence[tuple[str, CompiledRule]]) -> Iterator[str]:
    """The rules as JSON, cut into rulesets in which no kind has more patterns than the engine bears."""
    chunk: Json = {}
    touches = 0
    for name, rule in named:
        patterns = rule.patterns()
        needed = 1 + (rule.other is not None)
        if touches + needed > MAX_PATTERNS:
            yield json.dumps(PRIME | chunk, ensure_ascii=False)
            chunk, touches = {}, 0
        chunk[name] = {"all": patterns}
        touches += needed
    if chunk:
        yield json.dumps(PRIME | chunk, ensure_ascii=False)
