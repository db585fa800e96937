"""What a signer does to a draft: sign it, change its words, turn it down. In the caller's write transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from engine.domain.civil import DAY
from engine.domain.words import TOUCH_OPEN, Delivery, Touch
from engine.store.ledger import delivery, draft, touch, verdict

PERSON = "person"
"""Stands where verdicts name a policy: what a person decided is kept beside what policies said."""

_LEAVING = (Delivery.SENDING, Delivery.IN_DOUBT)
"""States of a delivery whose words may have left."""

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


_SIGNED_FOR = (
    select(touch.c.id, touch.c.state, touch.c.signer, touch.c.deadline_at, touch.c.expires_at, touch.c.due_at)
    .where(
        touch.c.lead == bindparam("lead"), touch.c.signed_by.is_not(None),
        touch.c.state.in_((*TOUCH_OPEN, Touch.RELEASED)),
        ~select(delivery.c.id).where(delivery.c.touch == touch.c.id, delivery.c.state.in_(_LEAVING)).exists(),
    )
    .order_by(touch.c.id)
    .with_for_update()
)  # fmt: skip
_UNSIGN = (
    update(touch)
    .where(touch.c.id == bindparam("b_id"))
    .values(
        state=bindparam("b_state"), signed_by=None, signed_at=None, signer=bindparam("b_signer"),
        deadline_at=bindparam("b_deadline"), judge_at=bindparam("b_judge"),
    )
)  # fmt: skip


def have_signed_again(connection: Connection, lead_id: str, before: str | None, owner: str | None, now: int) -> None:
    """What was signed for this lead in the name of the rep who cared for him, and has not left, becomes a draft.

    Its words are written anew, and there is a day at least to sign them, as long as it does not expire. What `before`
    was to sign is `owner`'s to sign now.
    """
    rows = connection.execute(_SIGNED_FOR, {"lead": lead_id}).all()
    for row in rows:
        a_day = now + DAY if row.expires_at is None else min(now + DAY, row.expires_at)
        deadline = max(row.deadline_at or a_day, a_day)
        connection.execute(_UNSIGN, {
            "b_id": row.id, "b_state": Touch.DRAFT if row.state == Touch.SIGNED else row.state, "b_deadline": deadline,
            "b_judge": {Touch.SIGNED: deadline, Touch.RELEASED: None}.get(row.state, now),
            "b_signer": owner if row.signer == before else row.signer,
        })  # fmt: skip
    connection.execute(delete(draft).where(draft.c.touch.in_([row.id for row in rows])))


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
