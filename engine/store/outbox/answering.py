"""Reminders as their receivers answer them: done with, put off, given to somebody else. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select, update

from engine.domain.words import TOUCH_OPEN, Audience, Touch
from engine.store.archive.ever import ever
from engine.store.ledger import occasion, touch, verdict
from engine.store.many import insert_ignore
from engine.store.outbox.entries import follow
from engine.store.outbox.signing import PERSON
from engine.store.outbox.transitions import return_merged
from engine.store.tables import lead, rep

_t = touch.c

NOT_YET_SENT = (*TOUCH_OPEN, Touch.RELEASED)
SNOOZED = "snoozed"
"""The reason of a reminder that waits for the day its receiver named."""

_REMINDER: Select[Any] = (
    select(
        touch, occasion.c.end_reason, lead.c.name.label("lead_name"), lead.c.timezone.label("lead_zone"),
        lead.c.confidential, lead.c.owner, rep.c.timezone.label("rep_zone"),
    )
    .join(lead, lead.c.id == _t.lead)
    .outerjoin(occasion, and_(occasion.c.rule == _t.rule, occasion.c.lead == _t.lead, occasion.c.anchor == _t.anchor))
    .outerjoin(rep, rep.c.id == _t.receiver)
    .where(_t.id == bindparam("id"), _t.audience.in_((Audience.REP, Audience.MANAGER, Audience.TEAM)))
)  # fmt: skip
_LOCKED = _REMINDER.with_for_update(of=touch)
_EVER = ever(_REMINDER)


def reminder(connection: Connection, touch_id: int, *, locked: bool = False) -> Any | None:
    """A reminder of one customer, with its occasion's end and whose clock counts; None: no touch of that kind."""
    return connection.execute(_LOCKED if locked else _EVER, {"id": touch_id}).one_or_none()


def decisions(connection: Connection, touch_id: int) -> list[Any]:
    """What people decided about it, the latest first."""
    query = select(verdict).where(verdict.c.touch == touch_id, verdict.c.policy == PERSON)
    return list(connection.execute(ever(query, "-id")).all())


def close(connection: Connection, row: Any, answer: str, reason: str, now: int) -> None:
    """It is answered. What has not left yet will not: it is cancelled for that reason, and frees what it carried."""
    values: dict[str, Any] = {"answer": answer, "answered_at": now}
    unsent = row.state in NOT_YET_SENT
    if unsent:
        values |= {"state": Touch.CANCELLED, "reason": reason, "judge_at": None, "settled_at": now}
    connection.execute(update(touch).where(_t.id == row.id).values(values))
    if unsent:
        follow(connection, [row.id], Touch.CANCELLED, now)
        return_merged(connection, [row.id], now)


def put_off(connection: Connection, row: Any, when: Mapping[str, Any], now: int) -> None:
    """It comes again: `when` has its new due_at, day_on and expires_at. Judged then, as if for the first time."""
    connection.execute(update(touch).where(_t.id == row.id).values(
        state=Touch.DEFERRED, reason=SNOOZED, policy=None, judge_at=when["due_at"], released_at=None, settled_at=None,
        carried_by=None, via_index=0, snoozes=_t.snoozes + 1, **when,
    ))  # fmt: skip
    follow(connection, [row.id], Touch.DEFERRED, now)


_HANDED = (
    "rule", "lead", "anchor", "step", "shard", "revision", "generation", "category", "priority", "nominal_at", "day_on",
)  # fmt: skip


def hand_on(connection: Connection, row: Any, key: str, to: str, via: Sequence[str], now: int) -> bool:
    """The same reminder for another rep, at its hour or now. False: he had it, or has it still to come."""
    due_at = max(now, row.due_at)
    lasting = row.expires_at is not None and row.expires_at > due_at
    copy = {name: getattr(row, name) for name in _HANDED} | {
        "occurrence_key": key, "receiver": to, "action": row.action, "audience": Audience.REP, "due_at": due_at,
        "state": Touch.RELEASED, "released_at": now, "via": via, "via_index": 0, "handed_by": row.receiver,
        "expires_at": row.expires_at if lasting else None,
    }  # fmt: skip
    return bool(insert_ignore(connection, touch, [copy]))


_TAKEN_BACK = or_(_t.answer.is_not(None), and_(_t.state == Touch.DEFERRED, _t.reason == SNOOZED))


def take_back(connection: Connection, row: Any, before: Mapping[str, Any], now: int) -> None:
    """Undo an answer that changed nothing but the reminder: it is as it was, and judged again if it had not left."""
    values = dict(before) | {"answer": None, "answered_at": None}
    if values["state"] in NOT_YET_SENT:
        values |= {"state": Touch.PLANNED, "reason": None, "judge_at": max(now, values["due_at"]), "settled_at": None}
    connection.execute(update(touch).where(_t.id == row.id, _TAKEN_BACK).values(values))
