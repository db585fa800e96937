"""Drafts that a policy wants before their hour: release has to look at such a touch as early as that."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.civil import add
from engine.domain.words import Action
from engine.rulebook.evaluate import Snapshot, holds
from engine.rulebook.model import Policy, Rule, Step
from engine.stages.plan.receivers import Receiver
from engine.stages.plan.timing import Times


def looked_at(rule: Rule, step: Step, receiver: Receiver, times: Times, policies: Sequence[Policy]) -> int:
    """When release first looks at the touch: when it is due, or as early as its step or one of the policies wants.

    Whether the policy really speaks is judged then; here only what the touch itself says is known.
    """
    if step.sign_by is not None or step.action is not Action.GREET or not policies:
        return times.look_at
    values = {
        "category": step.category, "audience": receiver.audience.value, "action": step.action.value,
        "rule": rule.id, "step": step.id, "priority": step.priority, "urgent": step.urgent,
        "channel": step.via[0] if step.via else None,
    }  # fmt: skip
    touch = Snapshot(receiver.id, receiver.zone, times.due_at, values)
    spans = [policy.draft for policy in policies if policy.draft and holds(policy.touch, touch)]
    return min([times.look_at, *(add(times.due_at, -span, receiver.zone) for span in spans)])
