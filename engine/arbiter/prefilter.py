"""Cases on which no policy can fire skip the engine: nearly all of them on an ordinary day.

Sound because it reads the same conditions as the judgement and leaves out only what ties touches together:
nearness, ranks and what depends on which touches survive. A later stratum sees fewer touches, never more, so what
cannot fire on all of them cannot fire on the survivors; and it sees a touch changed only if a policy of the first
stratum fired, which is reason enough to ask the engine.
"""

from __future__ import annotations

from engine.arbiter.facts import Case, TouchFact, as_snapshot, counters, lead_for
from engine.arbiter.reference import Strata
from engine.domain.words import Audience
from engine.rulebook.conditions import Circumstance
from engine.rulebook.evaluate import holds
from engine.rulebook.model import Policy


def may_fire(strata: Strata, case: Case) -> bool:
    """Whether some policy might have a word on some touch; False is certain."""
    return any(_may_speak(policy, case) for policies in strata for policy in policies)


def _may_speak(policy: Policy, case: Case) -> bool:
    touched = [one for one in case.touches if one.judged and holds(policy.touch, as_snapshot(one, case))]
    if not touched:
        return False
    if policy.circumstance is not None and not holds(Circumstance(policy.circumstance), case.snapshot):
        return False
    if not any(_lead_may_match(policy, one, case) for one in touched):
        return False
    return policy.other is None or _has_other(policy, touched, case)


def _lead_may_match(policy: Policy, touch: TouchFact, case: Case) -> bool:
    """Exact unless the policy counts touches and another touch might be counted."""
    counted = counters(policy.lead)
    if counted and any(one.values["audience"] == Audience.LEAD for one in case.touches if one.id != touch.id):
        return True
    return holds(policy.lead, lead_for(touch, case, (touch,), counted))


def _has_other(policy: Policy, touched: list[TouchFact], case: Case) -> bool:
    assert policy.other is not None
    others = [one.id for one in case.touches if holds(policy.other.where, as_snapshot(one, case))]
    return any(other != touch.id for other in others for touch in touched)
