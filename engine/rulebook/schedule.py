"""When a step is due and until when it must be signed, checked against the rule's trigger."""

from __future__ import annotations

from dataclasses import replace

from engine.domain.words import Action
from engine.ground.durations import Duration
from engine.ground.yamlio import Node
from engine.rulebook.model import At, SignBy
from engine.rulebook.parse_times import read_at
from engine.rulebook.reading import Keys, Source, read_choice, shown
from engine.rulebook.trigger_kinds import BecomesTrigger, OutcomeTrigger, ReachesTrigger, ScheduleTrigger, Trigger
from engine.rulebook.triggers import is_civil

SIGNATURE_KEYS = ("who", "draft", "deadline", "late")
LATE = ("expire", "escalate")
SIGNERS = ("owner", "manager")


def read_step_at(keys: Keys, trigger: Trigger | None) -> At | None:
    """The `at` of a step. Occasions that are civil dates need a time of day; so do no others."""
    node = keys.require("at")
    at = read_at(keys.source, node, "at") if node else None
    if node is None or at is None or trigger is None:
        return at
    if is_civil(trigger) and at.wall is None:
        _refuse_without_wall(keys.source, node, at)
        return None
    _refuse_before_cause(keys.source, node, at, trigger)
    _refuse_office_hours(keys.source, node, at, trigger)
    return at


def _refuse_without_wall(source: Source, node: Node, at: At) -> None:
    days = str(node.value) if at.offset.is_civil else "0d"
    hint = f"write e.g. {days} 09:00"
    source.report(node, "R217", f"{shown(node)} lacks a time of day, which a date or holiday needs", hint)


def _refuse_before_cause(source: Source, node: Node, at: At, trigger: Trigger) -> None:
    """Nobody knows beforehand when a counter or a field will change, or what a talk will bring."""
    words = {ReachesTrigger: "reaches", BecomesTrigger: "becomes", OutcomeTrigger: "outcome"}
    word = words.get(type(trigger))
    if word and _is_before(at.offset):
        message = f'{shown(node)} lies before the occasion, which "{word}" cannot know'
        source.report(node, "R217", message, "write an offset from +0h on")


def _refuse_office_hours(source: Source, node: Node, at: At, trigger: Trigger) -> None:
    """A slot is a civil minute of whoever it is for, not one of the office."""
    if isinstance(trigger, ScheduleTrigger) and at.offset.work_minutes:
        message = f"{shown(node)} counts hours of the office, and a schedule those of each receiver"
        source.report(node, "R217", message, "write e.g. +2h")


def _is_before(offset: Duration) -> bool:
    return min(offset.months, offset.days, offset.seconds, offset.work_minutes, offset.workdays) < 0


def read_signature(
    keys: Keys, trigger: Trigger | None, at: At | None, action: Action | None
) -> SignBy | None:
    """`sign_by: {who: owner, draft: -3d, deadline: "0d 08:30", late: expire}`."""
    source, node = keys.source, keys.get("sign_by")
    if node is None:
        return None
    if action in (Action.REMIND, Action.DIGEST):
        source.report(keys.names["sign_by"], "R220", f'"sign_by" goes with greet, not with {action}')
    inner = Keys(source, node, '"sign_by"', SIGNATURE_KEYS)
    who_node, draft_node = inner.get("who"), inner.require("draft")
    who = read_choice(source, who_node, "who", "R222", "signer", SIGNERS) if who_node else "owner"
    draft = _counted(source, draft_node, "draft", trigger, at) if draft_node else None
    deadline_node = inner.get("deadline")
    deadline = _counted(source, deadline_node, "deadline", trigger, at) if deadline_node else at
    late_node = inner.get("late")
    late = read_choice(source, late_node, "late", "R222", "end of a deadline", LATE) if late_node else "expire"
    if who is None or draft is None or deadline is None or at is None or late is None:
        return None
    _refuse_disorder(source, draft_node, draft, deadline_node, deadline, at)
    return SignBy(who, draft, deadline, late)


def _counted(source: Source, node: Node, what: str, trigger: Trigger | None, step: At | None) -> At | None:
    """Counted like the step's `at`; without a time of day of its own it takes the step's."""
    at = read_at(source, node, what)
    hours = at is not None and (at.offset.seconds or at.offset.work_minutes)
    if hours and at and not at.wall and trigger and is_civil(trigger):
        _refuse_without_wall(source, node, at)
        return None
    if at is None or at.wall or hours or step is None or trigger is None:
        return at
    return replace(at, wall=step.wall)


def _refuse_disorder(
    source: Source, draft_node: Node | None, draft: At, deadline_node: Node | None, deadline: At, at: At
) -> None:
    """First the draft, then the deadline, then the step."""
    if deadline_node is not None and _is_later(deadline, at):
        message = f'the deadline {shown(deadline_node)} lies after the step\'s "at"'
        source.report(deadline_node, "R218", message)
    elif draft_node is not None and _is_later(draft, deadline):
        message = f"the draft {shown(draft_node)} lies after the deadline"
        source.report(draft_node, "R218", message, "leave the signer time, e.g. draft: -3d")


def _is_later(one: At, other: At) -> bool:
    """Whether `one` surely lies after `other`; months are not weighed against days."""
    if one.offset.months != other.offset.months:
        return one.offset.months > other.offset.months
    if one.offset.needs_office_calendar or other.offset.needs_office_calendar:
        return _is_later_in_the_office(one, other)
    if (one.wall is None) != (other.wall is None):  # the hour of an instant is not known here
        return one.offset.days - other.offset.days > 1
    return _seconds(one) > _seconds(other)


def _is_later_in_the_office(one: At, other: At) -> bool:
    """The same, where working time is counted: what only the calendar can tell is let pass."""
    days = (one.offset.days - other.offset.days, one.offset.workdays - other.offset.workdays)
    hours = one.offset.work_minutes - other.offset.work_minutes
    if days == (0, 0) and hours == 0:
        return _seconds(one) > _seconds(other)
    return min(*days, hours) >= 0


def _seconds(at: At) -> int:
    wall = at.wall.hour * 3600 + at.wall.minute * 60 if at.wall else 0
    return at.offset.days * 86_400 + at.offset.seconds + wall
