"""The plain evaluator: which policies of one stratum fire. Test oracle of the engine, and its stand-in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.arbiter.facts import Case, Firing, TouchFact, as_snapshot, counters, lead_for, rank
from engine.domain.words import Effect
from engine.rulebook.conditions import Circumstance
from engine.rulebook.evaluate import holds
from engine.rulebook.model import Other, Policy

Strata = tuple[tuple[Policy, ...], ...]


class Reference:
    """Evaluates policies by looking at every touch and, where asked, every pair of touches."""

    def __init__(self, strata: Strata) -> None:
        self._strata = strata

    def fires(self, stratum: int, case: Case, ranked: Sequence[TouchFact]) -> list[Firing]:
        """Every firing of that stratum over the touches that still stand, best ranked first."""
        return [
            firing
            for policy in self._strata[stratum]
            for touch in ranked
            if touch.judged and _speaks_of(policy, touch, case, ranked)
            for firing in _pair(policy, touch, case, ranked)
        ]


def _speaks_of(policy: Policy, touch: TouchFact, case: Case, ranked: Sequence[TouchFact]) -> bool:
    if not holds(policy.touch, as_snapshot(touch, case)):
        return False
    if policy.circumstance is not None and not holds(Circumstance(policy.circumstance), case.snapshot):
        return False
    return holds(policy.lead, lead_for(touch, case, ranked, counters(policy.lead)))


def _pair(policy: Policy, touch: TouchFact, case: Case, ranked: Sequence[TouchFact]) -> Iterator[Firing]:
    if policy.other is None:
        yield Firing(policy.id, touch.id)
        return
    for other in ranked:
        if other.id != touch.id and matches(policy, policy.other, touch, other, case):
            yield Firing(policy.id, touch.id, other.id)


def matches(policy: Policy, wanted: Other, touch: TouchFact, other: TouchFact, case: Case) -> bool:
    """Whether `other` is the second touch that the policy wants beside `touch`."""
    if wanted.within is not None and abs(other.day - touch.day) > wanted.within:
        return False
    if must_outrank(policy, wanted) and rank(other) >= rank(touch):
        return False
    return holds(wanted.where, as_snapshot(other, case))


def must_outrank(policy: Policy, wanted: Other) -> bool:
    """A merge goes up the ranks even where the policy does not say so: two touches never merge crosswise."""
    return wanted.outranks or policy.effect is Effect.MERGE
