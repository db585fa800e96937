"""Taking back what is under way to or about a person, as far as it has not left."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from engine.domain.words import TOUCH_OPEN, Delivery, Touch
from engine.store.facts.restrictions import RESTRICTED
from engine.store.ledger import delivery, touch
from engine.store.outbox.entries import take_back
from engine.store.outbox.transitions import Consequence, Transition, end_touches, judge_again, record

_d, _t = delivery.c, touch.c
LEAVING = (Delivery.CLAIMED, Delivery.SENDING)
"""A channel has it in its hands. What has not begun to send finds that the facts have changed, and sends nothing."""


def withdraw(connection: Connection, lead: str, now: int) -> None:
    """End his touches that wait, and take back messages to or about him that nobody is sending yet.

    A message that tells of others too is written anew without him.
    """
    take_back(connection, [lead], now)
    of_his = [row.id for row in _released(connection, lead)]
    carriers = [row.carried_by for row in _released(connection, lead) if row.carried_by is not None]
    call_back(connection, _d.touch.in_([*of_his, *carriers]), now)
    judge_again(connection, _unwritten(connection, of_his), now)
    for state in TOUCH_OPEN:
        ids = connection.execute(select(_t.id).where(_t.lead == lead, _t.state == state)).scalars()
        end_touches(connection, Touch.SUPPRESSED, [(ident, RESTRICTED) for ident in ids], now, state)


def call_back(connection: Connection, which: ColumnElement[bool], now: int) -> None:
    """Have those pending messages judged and written anew; locked first, as senders claim them."""
    query = select(_d.id, _d.touch, _d.epoch).where(_d.state == Delivery.PENDING, which).with_for_update()
    record(connection, [
        Transition(row.id, row.touch, row.epoch, Delivery.PENDING, Delivery.CANCELLED, Consequence.REJUDGE,
                   code="judged_again")
        for row in connection.execute(query)
    ], now)  # fmt: skip


def is_leaving(connection: Connection, lead: str, about: ColumnElement[bool]) -> bool:
    """Whether a message to him, or one that is `about` him, is in a channel's hands right now."""
    query = select(_d.id).where(_d.state.in_(LEAVING), or_(_d.lead == lead, about)).limit(1)
    return connection.execute(query).first() is not None


def _released(connection: Connection, lead: str) -> list[Row[Any]]:
    query = select(_t.id, _t.carried_by).where(_t.lead == lead, _t.state == Touch.RELEASED)
    return list(connection.execute(query))


def _unwritten(connection: Connection, ids: Collection[int]) -> list[int]:
    """Those that no message under way is about."""
    under_way = (*LEAVING, Delivery.PENDING, Delivery.HANDED, Delivery.IN_DOUBT, Delivery.SENT)
    written = select(_d.touch).where(_d.touch == _t.id, _d.state.in_(under_way)).exists()
    query = select(_t.id).where(_t.id.in_(ids), _t.state == Touch.RELEASED, ~written)
    return list(connection.execute(query).scalars())
