"""Messages to customers that a colleague sends himself, and has not said anything about yet."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, literal_column, select

from engine.domain.words import Touch
from engine.store.archive.ever import ever
from engine.store.ledger import delivery, occasion, touch
from engine.store.tables import lead

_d, _t = delivery.c, touch.c


class Handed(NamedTuple):
    """One of them. `at`: when it was due (seconds UTC); `remote`: in a vendor's client, which knows whether he did;
    `occurs_on`: the ISO day that it is for, if it is for a day; `told_at`: when his words were written
    (seconds UTC)."""

    delivery: int
    touch: int
    channel: str
    subject: str
    text: str
    lead: str
    name: str
    phone: str | None
    owner: str | None
    confidential: bool
    at: int
    remote: bool
    region: str | None
    country: str
    occurs_on: str | None
    told_at: int


_HANDED: Select[Any] = (
    select(
        _d.id, _d.touch, _d.channel, _d.subject, _d.text, _d.lead, lead.c.name, lead.c.phone, lead.c.owner,
        lead.c.confidential, _t.due_at, _d.remote_id.is_not(None), lead.c.region, lead.c.country, occasion.c.occurs_on,
        _d.composed_at,
    )
    .join(touch, _t.id == _d.touch)
    .join(lead, lead.c.id == _d.lead)
    .outerjoin(occasion, (occasion.c.rule == _t.rule) & (occasion.c.lead == _t.lead)
               & (occasion.c.anchor == _t.anchor))
)  # fmt: skip


def handed(connection: Connection, owners: Collection[str]) -> list[Handed]:
    """Those to customers of these people that wait for them, the earliest first."""
    waits = (_d.state == literal_column("'handed'")) & (_t.state == Touch.RELEASED)
    query = _HANDED.where(waits, lead.c.owner.in_(owners)).order_by(_t.due_at, _d.id)
    return [Handed(*row) for row in connection.execute(query)]


def handed_by_key(connection: Connection, occurrence_key: str, channel: str) -> Handed | None:
    """That one, whatever has become of it."""
    query = _HANDED.where(_t.occurrence_key == occurrence_key, _d.channel == channel)
    row = connection.execute(ever(query)).one_or_none()
    return None if row is None else Handed(*row)
