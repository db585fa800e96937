"""Entries of digests: touches that are let go, and travel in somebody's next digest instead of a message of their own.

A released entry waits until a digest of its receiver is let go; from then on that digest carries it. It is delivered
when the digest is, and free for the next one if the digest is not. Until a digest carries it, nothing of it has left,
so it is still the planner's: a change of its lead's facts takes it back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, insert, literal, or_, select, text, update

from engine.domain.words import Action, Touch
from engine.store.aside.sound import sound_touch
from engine.store.ledger import touch
from engine.store.tables import dirty_lead, lead

_t = touch.c

IS_ENTRY = (_t.action == Action.DIGEST) & (_t.lead != "")
_RELEASED_ENTRY = text("touch.state = 'released' AND touch.action = 'digest'")
"""The very words of the partial index."""
_WAITS = (_RELEASED_ENTRY, _t.lead != "", _t.carried_by.is_(None))


def waiting(connection: Connection, receivers: Collection[str], now: int) -> dict[int, str]:
    """Entries that nobody carries yet, judged on the facts as they are and in time: id -> receiver."""
    query = (
        select(_t.id, _t.receiver)
        .join(lead, lead.c.id == _t.lead)
        .where(*_WAITS, _t.receiver.in_(receivers), _t.judged_version == lead.c.judge_version)
        .where(sound_touch(_t.id, _t.lead), or_(_t.expires_at.is_(None), _t.expires_at > now))
        .order_by(_t.due_at, _t.id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


_CARRY = (
    update(touch)
    .where(
        _t.id == bindparam("b_id"), _t.state == Touch.RELEASED, _t.carried_by.is_(None),
        select(lead.c.id).where(lead.c.id == _t.lead, lead.c.judge_version == _t.judged_version).exists(),
    )
    .values(carried_by=bindparam("b_digest"))
)  # fmt: skip


def carry(connection: Connection, digest: int, ids: Sequence[int]) -> None:
    """Have a digest carry these, as far as they still wait and nothing changed about their leads."""
    if ids:
        connection.execute(_CARRY, [{"b_id": ident, "b_digest": digest} for ident in ids])


_OVERDUE = select(_t.id).where(*_WAITS, _t.expires_at <= bindparam("now"))


def overdue(connection: Connection, now: int) -> list[int]:
    """Entries that no digest took in time."""
    return list(connection.execute(_OVERDUE, {"now": now}).scalars())


def follow(connection: Connection, digests: Sequence[int], state: Touch, now: int) -> None:
    """What these touches carried goes the way they went: delivered with them, or free for the next message.

    If its lead changed under way, nobody took it back then: plan looks at him once more.
    """
    theirs = _t.carried_by.in_(digests), _t.state == Touch.RELEASED
    if state is Touch.DELIVERED:
        connection.execute(update(touch).where(*theirs).values(state=Touch.DELIVERED, settled_at=now))
        return
    changed = select(lead.c.id, literal("judged_again"), literal(now)).join(touch, _t.lead == lead.c.id)
    changed = changed.where(*theirs, _t.judged_version != lead.c.judge_version).distinct()
    connection.execute(insert(dirty_lead).from_select(["lead", "reason", "at"], changed))
    connection.execute(update(touch).where(*theirs).values(carried_by=None))


def take_back(connection: Connection, leads: Sequence[str], now: int) -> None:
    """Have those touches of these leads judged again that were let go, and that no message tells of yet."""
    connection.execute(
        update(touch)
        .where(_t.state == Touch.RELEASED, or_(IS_ENTRY, _t.gathered), _t.carried_by.is_(None), _t.lead.in_(leads))
        .values(state=Touch.PLANNED, judge_at=now, released_at=None)
    )
