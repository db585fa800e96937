"""The fold: what changes a touch, then suppress and hold, then defer, then merge; each over the survivors.

Within a stratum firings only accumulate and the fold picks by a strict order, so the result depends neither on
the order of facts nor on that of policies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.arbiter.changes import CHANGING, changed, changes_of
from engine.arbiter.evidence import evidence
from engine.arbiter.facts import Case, Changes, Firing, Ruling, TouchFact, Verdict, rank
from engine.arbiter.reference import Strata
from engine.domain.words import Effect
from engine.ground.durations import Duration
from engine.rulebook.model import Policy

STRATA: tuple[tuple[Effect, ...], ...] = (
    CHANGING, (Effect.SUPPRESS, Effect.HOLD), (Effect.DEFER,), (Effect.MERGE,),
)  # fmt: skip

Evaluate = Callable[[int, Case, Sequence[TouchFact]], Iterable[Firing]]
"""Which policies of a stratum fire, over touches sorted best first."""


def stratify(policies: Iterable[Policy]) -> Strata:
    """Policies by stratum, each in the order of ids; ValueError for one that cannot be judged."""
    ordered = sorted(policies, key=lambda policy: policy.id)
    for policy in ordered:
        if policy.effect in CHANGING and policy.value is None:
            raise ValueError(f'policy "{policy.id}": {policy.effect} needs a value')
        if policy.effect is Effect.MERGE and policy.other is None:
            raise ValueError(f'policy "{policy.id}": a merge needs an "other" to merge into')
        if policy.effect is Effect.DEFER and policy.by is None:
            raise ValueError(f'policy "{policy.id}": defer needs a span, such as 1d')
    return tuple(tuple(one for one in ordered if one.effect in effects) for effects in STRATA)


def judge_case(case: Case, strata: Strata, evaluate: Evaluate) -> tuple[Ruling, ...]:
    """One ruling for every judged touch of the case, best ranked first."""
    ranked = tuple(sorted(case.touches, key=rank))
    standing = ranked
    rulings: dict[int, Ruling] = {}
    verdicts: dict[int, list[Verdict]] = {}
    changes: dict[int, Changes] = {}
    for index, policies in enumerate(strata):
        if not policies or not any(touch.judged for touch in standing):
            continue
        fired = _by_touch(evaluate(index, case, standing), standing)
        spoken = {policy.id: policy for policy in policies}
        for touch in standing:
            heard = _verdicts(touch, fired.get(touch.id, ()), spoken, case, standing)
            verdicts.setdefault(touch.id, []).extend(heard.values())
        if STRATA[index] == CHANGING:
            changes = {one: changes_of(spoken[firing.policy] for firing in heard) for one, heard in fired.items()}
            ranked = standing = _changed(standing, changes)
            continue
        rulings |= _fold(index, standing, fired, spoken, case)
        standing = tuple(touch for touch in standing if touch.id not in rulings)
    return tuple(
        rulings.get(touch.id, Ruling(touch.id))._replace(
            verdicts=tuple(verdicts.get(touch.id, ())),
            changes=changes.get(touch.id, Changes()),
        )
        for touch in ranked
        if touch.judged
    )


def all_let_go(case: Case) -> tuple[Ruling, ...]:
    """The rulings where no policy has a word on any touch, best ranked first."""
    touches = case.touches if len(case.touches) == 1 else sorted(case.touches, key=rank)
    return tuple([Ruling(touch.id) for touch in touches if touch.judged])


def _changed(standing: Sequence[TouchFact], changes: Mapping[int, Changes]) -> tuple[TouchFact, ...]:
    """The touches with what was changed, ranked anew."""
    found = (changed(one, changes[one.id]) if one.id in changes else one for one in standing)
    return tuple(sorted(found, key=rank))


def _by_touch(fired: Iterable[Firing], standing: Sequence[TouchFact]) -> dict[int, tuple[Firing, ...]]:
    """Firings of each touch, in the order of the others' ranks, then of policy ids."""
    place = {touch.id: index for index, touch in enumerate(standing)}

    def order(firing: Firing) -> tuple[int, str]:
        return (-1 if firing.other is None else place[firing.other], firing.policy)

    found: dict[int, list[Firing]] = {}
    for firing in sorted(set(fired), key=order):
        found.setdefault(firing.touch, []).append(firing)
    return {touch: tuple(firings) for touch, firings in found.items()}


def _verdicts(
    touch: TouchFact,
    firings: Iterable[Firing],
    policies: Mapping[str, Policy],
    case: Case,
    standing: Sequence[TouchFact],
) -> dict[str, Verdict]:
    """What each policy said about the touch, by policy id; of several others the best ranked is named."""
    named: dict[str, Firing] = {}
    for firing in firings:
        named.setdefault(firing.policy, firing)
    return {
        name: Verdict(
            touch.id,
            name,
            policies[name].effect,
            evidence(policies[name], touch, named[name].other, case, standing),
        )
        for name in sorted(named)
    }


def _fold(
    index: int,
    standing: Sequence[TouchFact],
    fired: Mapping[int, tuple[Firing, ...]],
    policies: Mapping[str, Policy],
    case: Case,
) -> dict[int, Ruling]:
    merging = STRATA[index] == (Effect.MERGE,)
    rulings: dict[int, Ruling] = {}
    for touch in standing:
        firings = [one for one in fired.get(touch.id, ()) if not merging or one.other not in rulings]
        if not firings:
            continue
        chosen = firings[0] if merging else min(firings, key=lambda one: _strictest(policies[one.policy]))
        rulings[touch.id] = _ruling(touch, chosen, policies[chosen.policy], case, standing)
    return rulings


def _strictest(policy: Policy) -> tuple[int, int, str]:
    """Suppress beats hold; the shorter hold beats the longer (both must clear); the longer deferral the shorter."""
    if policy.effect is Effect.SUPPRESS:
        return (0, 0, policy.id)
    if policy.effect is Effect.HOLD:
        return (1, _FOREVER if policy.at_most is None else policy.at_most.longest_seconds(), policy.id)
    return (2, -(policy.by or Duration()).longest_seconds(), policy.id)


_FOREVER = 1 << 62


def _ruling(
    touch: TouchFact, firing: Firing, policy: Policy, case: Case, standing: Sequence[TouchFact]
) -> Ruling:
    return Ruling(
        touch.id,
        policy.effect,
        policy.id,
        into=firing.other if policy.effect is Effect.MERGE else None,
        by=policy.by if policy.effect is Effect.DEFER else None,
        at_most=policy.at_most if policy.effect is Effect.HOLD else None,
        facts=evidence(policy, touch, firing.other, case, standing),
    )
