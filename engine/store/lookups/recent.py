"""What was sent lately, to whom and why."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.domain.words import Delivery
from engine.store.ledger import delivery, delivery_event, touch


class Sent(NamedTuple):
    """One delivery that a channel accepted. `event` counts up in the order of acceptance."""

    event: int
    audience: str
    receiver: str
    name: str
    rule: str
    step: str
    anchor: str
    subject: str


def sent_after(connection: Connection, event: int) -> list[Sent]:
    """What was accepted after that event."""
    query = (
        select(
            delivery_event.c.id, touch.c.audience, touch.c.receiver, delivery.c.receiver_name, touch.c.rule,
            touch.c.step, touch.c.anchor, delivery.c.subject,
        )
        .join(delivery, delivery.c.id == delivery_event.c.delivery)
        .join(touch, touch.c.id == delivery.c.touch)
        .where(delivery_event.c.id > event, delivery_event.c.state == Delivery.SENT)
        .order_by(delivery_event.c.id)
    )  # fmt: skip
    return [Sent(*row) for row in connection.execute(query)]
