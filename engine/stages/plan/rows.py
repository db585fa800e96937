"""Occasions and touches as rows of the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.civil import add
from engine.domain.keys import occurrence_key
from engine.domain.words import Action, Audience, Touch
from engine.ground.durations import Duration
from engine.rulebook.model import Level, Rule, Step
from engine.stages.plan.candidates import Candidate, Scope
from engine.stages.plan.drafting import drafts_wanted
from engine.stages.plan.ground import Ground
from engine.stages.plan.level import order_of, patience_of
from engine.stages.plan.receivers import Receiver
from engine.stages.plan.scheduling import (
    Planned,
    signer_of,
)
from engine.store.book.planning import LeadRow

# Looking up a value costs as much as a row's key.
_CANCELLED, _EXPIRED = Touch.CANCELLED.value, Touch.EXPIRED.value
_NOT_LEVELLED = {"level_order": None, "level_rep": None, "level_on": None}


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
    first = min([min(times.nominal_at, times.due_at) for _, _, times in planned])
    return first if candidate.counts_from is None else min(first, candidate.counts_from)


def next_step(planned: list[Planned], horizon: int) -> int | None:
    """When the first step beyond the horizon opens."""
    beyond = [one.times.opens_at for one in planned if one.times.opens_at >= horizon]
    return min(beyond) if beyond else None


def touch_row(rule: Rule, candidate: Candidate, one: Planned, now: int, ground: Ground) -> dict[str, Any]:
    """The touch as a row of the book. Without a receiver it ends at once, with that reason."""
    step, receiver, times = one
    lead, anchor = candidate.lead, candidate.anchor
    key = occurrence_key(rule.id, lead.id, anchor, step.id, receiver.id)
    columns, drafts = _shared(rule, step, receiver.audience, ground)
    row = {
        **columns,
        "occurrence_key": key,
        "lead": lead.id,
        "anchor": anchor,
        "receiver": receiver.id,
        "absent": receiver.absent,
        "shard": lead.shard,
        "nominal_at": times.nominal_at,
        "due_at": times.due_at,
        "day_on": times.day_on,
        "judge_at": _look_at(one, drafts) if drafts else times.look_at,
        "expires_at": times.expires_at,
        "deadline_at": times.deadline_at,
    }
    if step.sign_by is not None:
        row["signer"] = signer_of(step, candidate, times, ground)
    if step.level is not None:
        row.update(_levelled(step, step.level, receiver, row, max(times.opens_at, now)))
    if not receiver.id:
        row.update(state=_CANCELLED, reason="no_receiver", settled_at=now, judge_at=None)
    return row


def _shared(rule: Rule, step: Step, audience: Audience, ground: Ground) -> tuple[dict[str, Any], Sequence[Duration]]:
    """What all touches of a step have in common as rows, and how early policies want their drafts."""
    key = (rule.id, rule.revision, step.id, audience)
    found = ground.shared.get(key)
    if found is None:
        found = ground.shared[key] = _columns(rule, step, audience, ground), _drafts(rule, step, audience, ground)
    return found


def _columns(rule: Rule, step: Step, audience: Audience, ground: Ground) -> dict[str, Any]:
    return {
        "rule": rule.id, "step": step.id, "revision": rule.revision, "generation": ground.generation,
        "action": step.action.value, "audience": audience.value, "category": step.category, "priority": step.priority,
        "state": Touch.PLANNED.value, "reason": None, "settled_at": None, "needs_signature": step.sign_by is not None,
        "signer": None, "via": list(step.via), "via_index": 0, **_NOT_LEVELLED,
    }  # fmt: skip


def _drafts(rule: Rule, step: Step, audience: Audience, ground: Ground) -> Sequence[Duration]:
    """Only of greetings that their step does not have signed anyway."""
    if not ground.drafting or step.sign_by is not None or step.action is not Action.GREET:
        return ()
    return drafts_wanted(rule, step, audience, ground.drafting)


def _look_at(one: Planned, drafts: Sequence[Duration]) -> int:
    """When release first looks at the touch: when it is due, or as early as its step or a policy wants its draft."""
    times, zone = one.times, one.receiver.zone
    return min([times.look_at, *(add(times.due_at, -span, zone) for span in drafts)])


def or_history(row: dict[str, Any], lead: LeadRow, now: int) -> dict[str, Any]:
    """The row as it is written: a step that was due before the lead's history came in has passed, for good."""
    if lead.history_at is None or row["due_at"] >= lead.history_at or row["settled_at"] is not None:
        return row
    ended = {"state": _EXPIRED, "reason": "history", "settled_at": now, "judge_at": None}
    return row | ended | _NOT_LEVELLED


def _levelled(
    step: Step, level: Level, receiver: Receiver, row: Mapping[str, Any], opens_at: int
) -> dict[str, Any]:
    """Its turn to be given a day of its rep's. Who waits for an absent rep waits."""
    rep = row["signer"] if receiver.audience is Audience.LEAD else receiver.id
    if not rep or receiver.back is not None:
        return _NOT_LEVELLED
    patience = patience_of(level, opens_at, row["expires_at"])
    order = order_of(row["occurrence_key"], opens_at, step.priority, patience)
    return {"level_order": order, "level_rep": rep, "level_on": None}
