"""What a signer does to a draft: sign it, change its words, turn it down. In the caller's write transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from engine.domain.words import Touch
from engine.store.ledger import draft, touch, verdict

PERSON = "person"
"""Stands where verdicts name a policy: what a person decided is kept beside what policies said."""

Draft = RowMapping
"""A draft's row: subject, text, html, written_at, edited."""


def draft_of(connection: Connection, touch_id: int) -> Draft | None:
    """The text that waits for a signature."""
    return connection.execute(select(draft).where(draft.c.touch == touch_id)).mappings().one_or_none()


def keep_still(connection: Connection, touch_id: int) -> None:
    """Let nobody else sign it, or have it written anew, until the end of the transaction."""
    connection.execute(select(touch.c.id).where(touch.c.id == touch_id).with_for_update())


def write_anew(connection: Connection, touches: Sequence[int]) -> None:
    """Throw away the words of those drafts among these that nobody has signed: facts are no longer what they say.

    They are locked first: who signs at this moment either waits, or is waited for and keeps his words.
    """
    if not touches:
        return
    unsigned = select(touch.c.id).where(touch.c.id.in_(touches), touch.c.state == Touch.DRAFT)
    locked = connection.execute(unsigned.order_by(touch.c.id).with_for_update()).scalars().all()
    connection.execute(delete(draft).where(draft.c.touch.in_(locked)))


def write_anew_for(connection: Connection, leads: Sequence[str]) -> None:
    """The same for all drafts to these leads."""
    query = select(touch.c.id).where(touch.c.lead.in_(leads), touch.c.state == Touch.DRAFT)
    write_anew(connection, connection.execute(query).scalars().all())


def sign(connection: Connection, touch_id: int, actor: str, now: int) -> bool:
    """A signed touch waits for its hour, and is judged once more then. False: it is no draft any more."""
    signed = (
        update(touch)
        .where(touch.c.id == touch_id, touch.c.state == Touch.DRAFT)
        .values(state=Touch.SIGNED, signed_by=actor, signed_at=now, judge_at=touch.c.due_at)
    )
    return connection.execute(signed).rowcount == 1


def turn_down(connection: Connection, touch_id: int, now: int) -> bool:
    """A draft, signed or not, that will never leave. False: it is none any more."""
    turned = (
        update(touch)
        .where(touch.c.id == touch_id, touch.c.state.in_((Touch.DRAFT, Touch.SIGNED)))
        .values(state=Touch.CANCELLED, reason="rejected", judge_at=None, settled_at=now)
    )
    return connection.execute(turned).rowcount == 1


def edit(connection: Connection, touch_id: int, subject: str, text: str, now: int) -> None:
    """Other words, written by a person: plain text, so an HTML part of the draft is dropped."""
    connection.execute(delete(draft).where(draft.c.touch == touch_id))
    row: dict[str, Any] = {"touch": touch_id, "subject": subject, "text": text, "html": "", "written_at": now}
    connection.execute(insert(draft).values(row | {"edited": True}))


def note_decision(connection: Connection, touch_id: int, decision: str, actor: str, now: int, **more: Any) -> None:
    """Keep who decided what about a touch, and what else belongs to it."""
    row = {"touch": touch_id, "policy": PERSON, "effect": decision, "facts": {"actor": actor, **more}, "at": now}
    connection.execute(insert(verdict).values(row))
