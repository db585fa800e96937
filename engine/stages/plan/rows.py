"""Occasions and touches as rows of the book."""

from __future__ import annotations

from typing import Any

from engine.domain.civil import add
from engine.domain.keys import occurrence_key
from engine.domain.words import Action, Audience, Touch
from engine.rulebook.model import Rule, Step
from engine.stages.plan.candidates import Candidate, Scope
from engine.stages.plan.drafting import drafts_wanted
from engine.stages.plan.ground import Ground
from engine.stages.plan.level import order_of
from engine.stages.plan.receivers import Receiver
from engine.stages.plan.scheduling import (
    Planned,
    signer_of,
)
from engine.store.book.planning import LeadRow

# Looking up a value costs as much as a row's key.
_PLANNED, _CANCELLED, _EXPIRED = Touch.PLANNED.value, Touch.CANCELLED.value, Touch.EXPIRED.value


def occasion_row(
    rule: Rule, candidate: Candidate, planned: list[Planned], scope: Scope, ground: Ground
) -> dict[str, Any]:
    """The occasion as a row of the book."""
    occurs = candidate.occurs
    return {
        "rule": rule.id,
        "lead": candidate.lead.id,
        "anchor": candidate.anchor,
        "shard": candidate.lead.shard,
        "revision": rule.revision,
        "generation": ground.generation,
        "occurs_on": occurs.on.isoformat() if occurs.on else None,
        "occurs_at": None if occurs.on else occurs.at,
        "counts_from_at": counts_from(candidate, planned),
        "nth": candidate.nth,
        "born_at": scope.now,
        "next_step_at": next_step(planned, scope.hi),
        "ended_at": None,
        "end_reason": None,
        "spread_to": candidate.spread_to,
    }


def counts_from(candidate: Candidate, planned: list[Planned]) -> int:
    """From when on a contact ends `until: contacted`: the instant counted from, or an earlier first step."""
    first = min([min(one.times.nominal_at, one.times.due_at) for one in planned])
    return first if candidate.counts_from is None else min(first, candidate.counts_from)


def next_step(planned: list[Planned], horizon: int) -> int | None:
    """When the first step beyond the horizon opens."""
    beyond = [one.times.opens_at for one in planned if one.times.opens_at >= horizon]
    return min(beyond) if beyond else None


def touch_row(rule: Rule, candidate: Candidate, one: Planned, now: int, ground: Ground) -> dict[str, Any]:
    """The touch as a row of the book. Without a receiver it ends at once, with that reason."""
    step, receiver, times = one
    lead = candidate.lead
    nobody = not receiver.id
    key = occurrence_key(rule.id, lead.id, candidate.anchor, step.id, receiver.id)
    signer = signer_of(step, candidate, times, ground)
    return {
        "occurrence_key": key,
        "rule": rule.id,
        "lead": lead.id,
        "anchor": candidate.anchor,
        "step": step.id,
        "receiver": receiver.id,
        "absent": receiver.absent,
        "shard": lead.shard,
        "revision": rule.revision,
        "generation": ground.generation,
        "action": step.action.value,
        "audience": receiver.audience.value,
        "category": step.category,
        "priority": step.priority,
        "nominal_at": times.nominal_at,
        "due_at": times.due_at,
        "day_on": times.day_on,
        "judge_at": None if nobody else _look_at(rule, one, ground),
        "expires_at": times.expires_at,
        "state": _CANCELLED if nobody else _PLANNED,
        "reason": "no_receiver" if nobody else None,
        "settled_at": now if nobody else None,
        "needs_signature": step.sign_by is not None,
        "signer": signer,
        "deadline_at": times.deadline_at,
        "via": list(step.via),
        "via_index": 0,
        **_levelled(step, receiver, signer, max(times.opens_at, now), key),
    }


def _look_at(rule: Rule, one: Planned, ground: Ground) -> int:
    """When release first looks at the touch: when it is due, or as early as its step or a policy wants its draft."""
    step, receiver, times = one
    if not ground.drafting or step.sign_by is not None or step.action is not Action.GREET:
        return times.look_at
    key = (rule.id, rule.revision, step.id, receiver.audience)
    spans = ground.wanted.get(key)
    if spans is None:
        spans = ground.wanted[key] = drafts_wanted(rule, step, receiver.audience, ground.drafting)
    return min([times.look_at, *(add(times.due_at, -span, receiver.zone) for span in spans)])


def or_history(row: dict[str, Any], lead: LeadRow, now: int) -> dict[str, Any]:
    """The row as it is written: a step that was due before the lead's history came in has passed, for good."""
    if lead.history_at is None or row["due_at"] >= lead.history_at or row["settled_at"] is not None:
        return row
    ended = {"state": _EXPIRED, "reason": "history", "settled_at": now, "judge_at": None}
    return row | ended | _NOT_LEVELLED

_NOT_LEVELLED = {"level_order": None, "level_rep": None, "level_on": None}


def _levelled(step: Step, receiver: Receiver, signer: str | None, opens_at: int, key: str) -> dict[str, Any]:
    """Its turn to be given a day of its rep's, where the step is levelled. Who waits for an absent rep waits."""
    rep = signer if receiver.audience is Audience.LEAD else receiver.id
    if step.level is None or not rep or receiver.back is not None:
        return _NOT_LEVELLED
    return {"level_order": order_of(key, opens_at, step.priority), "level_rep": rep, "level_on": None}
