"""What each answer does to the reminder, the customer and his counters, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from engine.domain.civil import day_start, instant, local, local_date
from engine.domain.keys import occurrence_key
from engine.domain.words import Audience
from engine.ground.errors import FollowupError, UsageError
from engine.rulebook.model import Step
from engine.stages import acts
from engine.stages.answers.means import Means
from engine.stages.answers.replies import FIELDS, HandOver, NotRelevant, Reply, Snooze, Talked, WrongAddress
from engine.stages.compose.receivers import channels_by, known_zone, usual_ways
from engine.stages.gates.passing import actor_named, pass_gates
from engine.stages.gates.records import Refused
from engine.stages.known import known_rep, known_word
from engine.store.book.planning import load_reps
from engine.store.database import Connection
from engine.store.facts.asked import asked_by_changes
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from engine.store.facts.suppressions import suppress
from engine.store.lookups.colleagues import managed_by, stood_in_for
from engine.store.lookups.customers import lead_by_id
from engine.store.outbox import answering

ANSWERED, HANDED_OVER, NOT_RELEVANT, WRONG_ADDRESS = "answered", "handed_over", "not_relevant", "wrong_address"
WRONG_NUMBER = "wrong_number"
"""The outcome of a call to a number that is not his, where config.yaml has that word."""

USUAL_CHANNEL = {
    "reached": "phone", "visited": "visit", "no_answer": "phone", "left_message": "phone", WRONG_NUMBER: "phone",
}  # fmt: skip
"""How it was, where nobody says: the words of the starter's vocabulary."""

FURTHEST = 366
"""Days that a reminder may be put off."""

_SPOKEN = {"phone": ("phone", "sms"), "wecom": ("wecom", "wechat")}
"""Ways to talk that need that address, whether or not anything is sent there."""

Facts = dict[str, Any]


def deed(connection: Connection, means: Means, row: Any, reply: Reply, stamp: Stamp) -> tuple[str, Facts]:
    """Do it; the word for it, and what belongs to it."""
    match reply:
        case Talked():
            return _talked(connection, means, row, reply, stamp)
        case WrongAddress():
            return _wrong(connection, means, row, reply.field, stamp)
        case Snooze():
            return _snooze(connection, means, row, reply.day, stamp)
        case HandOver():
            return _hand_over(connection, means, row, reply, stamp)
        case NotRelevant():
            answering.close(connection, row, NOT_RELEVANT, NOT_RELEVANT, stamp.now)
            return NOT_RELEVANT, {"note": reply.note} if reply.note else {}


def _talked(connection: Connection, means: Means, row: Any, reply: Talked, stamp: Stamp) -> tuple[str, Facts]:
    channel = reply.channel or USUAL_CHANNEL.get(reply.outcome)
    step = _step(connection, means, row)
    talk = acts.Talk(
        row.lead, reply.outcome, stamp.now, channel, (step.purpose if step else "") or None, note=reply.note,
        benefit=reply.benefit, appointment=reply.appointment, next_step=reply.next_step,
    )  # fmt: skip
    acts.write_talk(connection, means.settings, talk, stamp.actor, stamp.now)
    answering.close(connection, row, reply.outcome, ANSWERED, stamp.now)
    return reply.outcome, {}


def _wrong(connection: Connection, means: Means, row: Any, field: str, stamp: Stamp) -> tuple[str, Facts]:
    """Nothing more goes there, until he has another one; a call there was an attempt."""
    known_word("address", field, FIELDS)
    address = (lead_by_id(connection, row.lead) or {}).get(field)
    if not address:
        raise UsageError(f"{row.lead} has no {field}")
    for channel in sorted({*channels_by(field, means.settings), *_SPOKEN.get(field, (field,))}):
        suppress(connection, row.lead, channel, "", f"wrong_{field}", stamp.actor, stamp.now, address=address)
    if field == "phone" and WRONG_NUMBER in means.settings.vocabularies.attempt_outcomes:
        talk = acts.Talk(row.lead, WRONG_NUMBER, stamp.now, USUAL_CHANNEL[WRONG_NUMBER])
        acts.write_talk(connection, means.settings, talk, stamp.actor, stamp.now)
    answering.close(connection, row, WRONG_ADDRESS, ANSWERED, stamp.now)
    return WRONG_ADDRESS, {"field": field}


def _snooze(connection: Connection, means: Means, row: Any, day: date, stamp: Stamp) -> tuple[str, Facts]:
    """The same hour on that day if his window is open then, else as soon as it is; it expires as much later."""
    if row.end_reason is not None:
        raise FollowupError(f"what reminder {row.id} is about is over ({row.end_reason}); there is nothing to put off")
    zone = known_zone(row.rep_zone or means.settings.defaults.timezone, means.settings.defaults.timezone)
    today = local_date(stamp.now, zone)
    if not today < day <= today + timedelta(days=FURTHEST):
        raise UsageError(f"a reminder is put off to a day after {today}, within a year; {day} is none")
    due_at = _on(day, row, _step(connection, means, row), zone, means)
    later = due_at - row.due_at
    answering.put_off(connection, row, {
        "due_at": due_at, "day_on": local_date(due_at, row.lead_zone).isoformat(),
        "expires_at": None if row.expires_at is None else max(row.expires_at + later, due_at + 1),
    }, stamp.now)  # fmt: skip
    return answering.SNOOZED, {"due_at": due_at}


def _on(day: date, row: Any, step: Step | None, zone: str, means: Means) -> int:
    at = instant(day, local(row.due_at, zone).time(), zone)
    if step is None:
        return at
    due = means.clockwork.due_at(at, step, Audience(row.audience), zone)
    if local_date(due, zone) == day:
        return due
    return means.clockwork.due_at(day_start(day, zone), step, Audience(row.audience), zone)


def _step(connection: Connection, means: Means, row: Any) -> Step | None:
    rule = means.books.rule(connection, row.rule, row.revision)
    return next((step for step in rule.steps if step.id == row.step), None) if rule else None


def _hand_over(connection: Connection, means: Means, row: Any, reply: HandOver, stamp: Stamp) -> tuple[str, Facts]:
    to = known_rep(connection, reply.to)
    if to == row.receiver:
        raise UsageError(f"the reminder is {to}'s already")
    if row.confidential and not reply.lead:
        raise UsageError(f"{row.lead} is confidential: hand the customer over, or nothing")
    if reply.lead and row.owner not in (None, row.receiver, *_stands_for(connection, row.receiver)):
        raise UsageError(f"{row.lead} is no longer yours to hand over; hand over the reminder alone")
    if reply.lead:
        _give(connection, means, row.lead, {"owner": to}, stamp)
    key = occurrence_key(row.rule, row.lead, row.anchor, row.step, to)
    step = _step(connection, means, row)
    via = list(step.via) if step and step.via else usual_ways(load_reps(connection)[to], means.settings)
    answering.hand_on(connection, row, key, to, via, stamp.now)
    answering.close(connection, row, HANDED_OVER, HANDED_OVER, stamp.now)
    return HANDED_OVER, {"to": to, "customer": reply.lead}


def _stands_for(connection: Connection, rep: str) -> frozenset[str]:
    """Whose customers he may give away besides his own: his team's, and those of whom he stands in for."""
    return managed_by(connection, rep) | stood_in_for(connection, rep)


def _give(connection: Connection, means: Means, lead_id: str, values: Mapping[str, Any], stamp: Stamp) -> None:
    asked = asked_by_changes(connection, {lead_id: values})
    refusals = pass_gates(connection, means.gates, asked, actor_named(connection, stamp.actor), stamp)
    if refusals:
        raise Refused(refusals[lead_id])
    change_leads(connection, {lead_id: values}, stamp)
