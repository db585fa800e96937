"""Cases on which no policy can fire skip the engine: nearly all of them on an ordinary day.

Sound because it reads the same conditions as the judgement and leaves out only what ties touches together:
nearness, ranks and what depends on which touches survive. A later stratum sees fewer touches, never more, so what
cannot fire on all of them cannot fire on the survivors; and it sees a touch changed only if a policy of the first
stratum fired, which is reason enough to ask the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.arbiter.facts import Case, TouchFact, as_snapshot, counters, lead_for
from engine.arbiter.reference import Strata
from engine.domain.words import Audience
from engine.rulebook.conditions import Circumstance, fields_of
from engine.rulebook.evaluate import holds
from engine.rulebook.model import Policy

KINDS = 4_096
"""How many kinds of touches are remembered with the policies that concern them; more are rules of thousands of steps,
or policies about single receivers."""


class _Speaker(NamedTuple):
    """A policy, with what is asked of it for every case worked out once."""

    policy: Policy
    around: Circumstance | None
    counted: frozenset[str]  # what it counts of other touches


class Prefilter:
    """Tells for the policies of one generation which cases they may have a word on.

    What a policy wants of a touch is asked once for touches that are alike in all that any policy reads of them.
    """

    def __init__(self, strata: Strata) -> None:
        policies = [policy for some in strata for policy in some]
        self._speakers = [
            _Speaker(one, Circumstance(one.circumstance) if one.circumstance else None, counters(one.lead))
            for one in policies
        ]
        self._reads = tuple(sorted({path for one in policies for path in fields_of(one.touch)}))
        self._by_kind: dict[tuple[object, ...], tuple[_Speaker, ...]] = {}

    def may_fire(self, case: Case) -> bool:
        """Whether some policy might have a word on some touch; False is certain."""
        for touch in case.touches:
            if touch.judged:
                for one in self._concerned(touch, case):
                    if _may_speak(one, touch, case):
                        return True
        return False

    def _concerned(self, touch: TouchFact, case: Case) -> Sequence[_Speaker]:
        """The policies whose `touch` condition holds for it."""
        kind = tuple(map(touch.values.get, self._reads))
        found = self._by_kind.get(kind)
        if found is None:
            if len(self._by_kind) >= KINDS:
                self._by_kind.clear()
            seen = as_snapshot(touch, case)
            found = self._by_kind[kind] = tuple(one for one in self._speakers if holds(one.policy.touch, seen))
        return found


def _may_speak(one: _Speaker, touch: TouchFact, case: Case) -> bool:
    if one.around is not None and not (case.snapshot.circumstances and holds(one.around, case.snapshot)):
        return False
    if not _lead_may_match(one, touch, case):
        return False
    return one.policy.other is None or _has_other(one.policy, touch, case)


def _lead_may_match(one: _Speaker, touch: TouchFact, case: Case) -> bool:
    """Exact unless the policy counts touches and another touch might be counted."""
    if one.counted and any(
        other.values["audience"] == Audience.LEAD for other in case.touches if other.id != touch.id
    ):
        return True
    return holds(one.policy.lead, lead_for(touch, case, (touch,), one.counted))


def _has_other(policy: Policy, touch: TouchFact, case: Case) -> bool:
    assert policy.other is not None
    where = policy.other.where
    return any(other.id != touch.id and holds(where, as_snapshot(other, case)) for other in case.touches)
