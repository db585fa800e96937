"""What is in a rep's hands, in numbers: what another one would take over."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Select, func, or_, select

from engine.domain.words import TOUCH_OPEN, Audience, Touch
from engine.store.ledger import touch
from engine.store.tables import lead, record, rep


@dataclass(frozen=True)
class InHands:
    """Of one rep: his leads, what waits for his signature, what he signed and has not left, appointments to come with
    his leads, open reminders to him, and who answers to him."""

    leads: int
    key: int
    drafts: int
    signed: int
    appointments: int
    reminders: int
    team: int


def in_hands(connection: Connection, rep_id: str, now: int) -> InHands:
    """What is in his hands now."""

    def count(query: Select[int]) -> int:
        return int(connection.execute(query).scalar_one())

    owned = select(func.count()).select_from(lead).where(lead.c.owner == rep_id)
    touches = select(func.count()).select_from(touch)
    meetings = select(func.count()).select_from(record).join(lead, lead.c.id == record.c.lead)
    return InHands(
        leads=count(owned),
        key=count(owned.where(lead.c.key)),
        drafts=count(touches.where(touch.c.signer == rep_id, touch.c.state == Touch.DRAFT)),
        signed=count(touches.where(touch.c.signed_by == rep_id, touch.c.state == Touch.SIGNED)),
        appointments=count(meetings.where(
            lead.c.owner == rep_id, record.c.kind == "appointment", ~record.c.gone, record.c.starts_at > now,
        )),
        reminders=count(touches.where(
            touch.c.receiver == rep_id, touch.c.audience != Audience.LEAD, touch.c.state.in_(TOUCH_OPEN),
        )),
        team=count(select(func.count()).select_from(rep).where(or_(rep.c.manager == rep_id, rep.c.delegate == rep_id))),
    )  # fmt: skip
