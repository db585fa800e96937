"""A lead changed: what stands in the book for him and was not yet released is worked out anew.

Touches whose instants moved are moved, those whose fact or receiver is gone are superseded, missing ones are
added. What was released, sent or judged for good stays as it is: its key forbids a second one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from engine.domain.words import Touch
from engine.rulebook.conditions import TRUE, Condition, fields_of, reads_circumstances
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import EventTrigger
from engine.stages.books import Books
from engine.stages.plan.candidates import Candidate, Scope, Source
from engine.stages.plan.exits import Exits
from engine.stages.plan.ground import Ground
from engine.stages.plan.level import Placing, on_day
from engine.stages.plan.places import (
    Places,
)
from engine.stages.plan.rows import counts_from, next_step, or_history, touch_row
from engine.stages.plan.scheduling import Planned, schedule
from engine.store.book import book


@dataclass
class Revision:
    """What the book must learn."""

    touches: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    signers: list[dict[str, Any]] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    """Touches whose day or signer changed: a draft that nobody has signed says what was."""
    occasions: list[dict[str, Any]] = field(default_factory=list)
    ended: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(list))


def revise(
    scope: Scope, source: Source, books: Books, ground: Ground, in_force: Mapping[str, Rule],
    concerned: Callable[[Rule], bool],
) -> Revision:  # fmt: skip
    """Compare the book with the facts, for the leads of the scope. `in_force` are the rules as they stand, by id.

    Occasions of rules that are not `concerned` are left as they are.
    """
    leads = scope.leads or ()
    connection = source.connection
    occasions = book.live_occasions(connection, leads)
    waiting: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for touch in book.touches_of(connection, leads):
        waiting[touch.rule, touch.lead, touch.anchor].append(touch)
    known = [(row, books.rule(connection, row.rule, row.revision)) for row in occasions]
    ruled = [(row, rule) for row, rule in known if rule is None or concerned(rule)]
    places = Places(scope, source, ruled, ground, in_force)
    ends = Exits(connection, scope.now, ruled, source.settings.vocabularies.reply_outcomes)
    revision = Revision()
    for row, rule in ruled:
        _revise_one(row, rule, waiting[row.rule, row.lead, row.anchor], places, ends, scope, ground, revision)
    return revision


def looks_around(rule: Rule) -> bool:
    """Whether circumstances or the lead's account have a part in the rule's occasions.

    Its steps look at them when they are let go.
    """
    conditions = (rule.segment, rule.until or TRUE)
    return isinstance(rule.on, EventTrigger) or any(map(_reads_around, conditions))


def _reads_around(condition: Condition) -> bool:
    return reads_circumstances(condition) or any(path.startswith("account.") for path in fields_of(condition))


def _revise_one(
    row: Any, rule: Rule | None, touches: list[Any], places: Places, ends: Exits, scope: Scope, ground: Ground,
    revision: Revision,
) -> None:  # fmt: skip
    key = (row.rule, row.lead, row.anchor)
    ids = [touch.id for touch in touches]
    if rule is None and row.rule in ground.held_back:
        return
    if rule is None:
        revision.ended["rule_gone"].append(key)
        revision.cancelled += ids
        return
    candidate = places.candidate(row, rule)
    if candidate is None:
        revision.ended["superseded"].append(key)
        revision.superseded += ids
        return
    if ends.has_ended(row, rule):
        revision.ended["until"].append(key)
        revision.cancelled += ids
        return
    planned = schedule(rule, candidate, ground)
    _compare(rule, candidate, planned, touches, scope, ground, revision)
    revision.occasions.append(occasion_change(row, candidate, planned, scope))


def _compare(
    rule: Rule, candidate: Candidate, planned: Sequence[Planned], touches: Sequence[Any], scope: Scope,
    ground: Ground, revision: Revision,
) -> None:  # fmt: skip
    """Insert what is missing (existing keys are left alone), move what moved, supersede what nothing makes."""
    wanted = {
        row["occurrence_key"]: (row, one)
        for one in planned
        if one.times.opens_at < scope.hi
        for row in [touch_row(rule, candidate, one, scope.now, ground)]
    }
    revision.touches.extend(or_history(row, candidate.lead, scope.now) for row, _ in wanted.values())
    for touch in touches:
        known = wanted.get(touch.occurrence_key)
        if known is None:
            if not stands_alone(touch, planned):
                revision.superseded.append(touch.id)
            continue
        row = on_its_day(touch, *known, candidate, scope.now, ground)
        if row["nominal_at"] != touch.nominal_at or moved(touch, row):
            revision.moved.append(move(touch, row))
        if row["nominal_at"] != touch.nominal_at:
            revision.stale.append(touch.id)
        if _is_signed_by_step(touch, known[1]) and touch.signer != known[0]["signer"]:
            revision.signers.append({"b_id": touch.id, "b_signer": known[0]["signer"]})
            revision.stale.append(touch.id)


def stands_alone(touch: Any, planned: Sequence[Planned]) -> bool:
    """A reminder that its receiver put off, and that no step made for him: it was handed to him, or is a copy."""
    own = any(one.step.id == touch.step and one.receiver.audience == touch.audience for one in planned)
    return touch.snoozes > 0 and (touch.handed_by is not None or not own)


def _is_signed_by_step(touch: Any, one: Planned) -> bool:
    """Whether it still waits for the signer whom its step names, not a policy or a deadline that passed."""
    own = one.step.sign_by is not None and touch.escalated_at is None and touch.policy is None
    return own and touch.signed_at is None


def on_its_day(
    touch: Any, row: dict[str, Any], one: Planned, candidate: Candidate, now: int, ground: Ground
) -> dict[str, Any]:
    """The row on the day that its touch was given, as long as it wishes the same and the day is still open to it."""
    same = (row["nominal_at"], row["level_rep"]) == (touch.nominal_at, touch.level_rep)
    if touch.level_on is None or row["level_order"] is None or not same:
        return row
    placing = Placing(ground.clockwork, ground.reps, min(now, touch.due_at, touch.judge_at or touch.due_at))
    wish = SimpleNamespace(**row, lead_zone=candidate.lead.timezone)
    place = on_day(wish, one.step, touch.level_on, touch.due_at, placing)
    if place is None:
        return row
    instants = {"due_at": place.columns["due"], "judge_at": place.columns["judge"], "day_on": place.columns["day"]}
    return {**row, **instants, "level_on": touch.level_on}


def moved(touch: Any, row: dict[str, Any]) -> bool:
    """The same instant, but another window or another civil day; a deferred touch keeps its later day.

    Unless its receiver goes away, or comes back.
    """
    if touch.absent != row["absent"] or touch.level_rep != row["level_rep"]:
        return True
    if touch.state == Touch.DEFERRED:
        return False
    if touch.state == Touch.PLANNED and touch.level_on is not None and row["level_on"] is None:
        return True  # the day it was given is no longer open to it
    return bool(touch.due_at != row["due_at"] or touch.day_on != row["day_on"])


def move(touch: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The new instants of an open touch. What is signed is judged at its hour, an unsigned draft at its last moment."""
    judge_at, deadline_at = row["judge_at"], row["deadline_at"]
    if touch.escalated_at is not None or (touch.state == Touch.DRAFT and deadline_at is None):  # not its step's draft
        deadline_at = row["expires_at"] or touch.deadline_at
    if touch.signed_at is not None:
        judge_at = row["due_at"]
    elif touch.state == Touch.DRAFT:
        judge_at = deadline_at
    return {
        "b_id": touch.id, "b_nominal": row["nominal_at"], "b_due": row["due_at"], "b_judge": judge_at,
        "b_day": row["day_on"], "b_deadline": deadline_at, "b_expires": row["expires_at"],
        "b_absent": row["absent"], "b_level_order": row["level_order"], "b_level_rep": row["level_rep"],
        "b_level_on": row["level_on"],
    }  # fmt: skip


def occasion_change(row: Any, candidate: Candidate, planned: list[Planned], scope: Scope) -> dict[str, Any]:
    """Where the occasion lies now, and when its next step opens."""
    occurs = candidate.occurs
    return {
        "b_rule": row.rule,
        "b_lead": row.lead,
        "b_anchor": row.anchor,
        "b_next": next_step(planned, scope.hi),
        "b_on": occurs.on.isoformat() if occurs.on else None,
        "b_at": None if occurs.on else occurs.at,
        "b_counts": counts_from(candidate, planned),
    }
