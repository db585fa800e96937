"""Touches whose message was accepted and came back: the one way out of `delivered`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Update, select, update

from engine.domain.words import Touch
from engine.store.ledger import touch

_t = touch.c


def _delivered(ident: int) -> Update:
    return update(touch).where(_t.id == ident, _t.state == Touch.DELIVERED)


def _carried(ident: int) -> Update:
    return update(touch).where(_t.carried_by == ident, _t.state == Touch.DELIVERED)


def reopen(connection: Connection, touches: Sequence[int], now: int) -> None:
    """Let them go again on the channels behind the one that failed, and what their message carried with them."""
    rows = connection.execute(select(_t.id, _t.via, _t.via_index).where(_t.id.in_(touches)))
    for ident, via, index in rows.all():
        row = {"state": Touch.RELEASED, "via": via[index + 1 :], "via_index": 0, "released_at": now}
        connection.execute(_delivered(ident).values(**row, settled_at=None))
        connection.execute(_carried(ident).values(state=Touch.RELEASED, settled_at=None))


def bounce(connection: Connection, ends: Sequence[tuple[int, str]], now: int) -> None:
    """End them as bounced, given as (touch, reason), with what their message carried."""
    for ident, reason in ends:
        ended = {"state": Touch.BOUNCED, "reason": reason, "settled_at": now}
        connection.execute(_delivered(ident).values(**ended))
        connection.execute(_carried(ident).values(**ended))
