"""Drafts that a policy wants before their hour: release has to look at such a touch as early as that."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.words import Audience
from engine.ground.durations import Duration
from engine.rulebook.evaluate import Snapshot, holds
from engine.rulebook.model import Policy, Rule, Step


def drafts_wanted(rule: Rule, step: Step, audience: Audience, policies: Sequence[Policy]) -> tuple[Duration, ...]:
    """How long before its hour policies may want the draft of a greeting.

    Whether a policy really speaks is judged then; here only what the touch itself says is known, and all touches of
    a step say the same.
    """
    values = {
        "category": step.category, "audience": audience.value, "action": step.action.value,
        "rule": rule.id, "step": step.id, "priority": step.priority, "urgent": step.urgent,
        "channel": step.via[0] if step.via else None,
    }  # fmt: skip
    touch = Snapshot("", "UTC", 0, values)
    return tuple(policy.draft for policy in policies if policy.draft and holds(policy.touch, touch))
