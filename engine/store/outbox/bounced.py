"""Touches whose message was accepted and came back: the one way out of `delivered`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Update, update

from engine.domain.words import Touch
from engine.store.ledger import touch

_t = touch.c


def _delivered(ident: int) -> Update:
    return update(touch).where(_t.id == ident, _t.state == Touch.DELIVERED)


def _carried(ident: int) -> Update:
    return update(touch).where(_t.carried_by == ident, _t.state == Touch.DELIVERED)


def reopen(connection: Connection, touches: Sequence[int], now: int) -> None:
    """Let them go again on the channels behind the one that failed, and what their message carried with them."""
    for ident in touches:
        again = {"state": Touch.RELEASED, "via_index": _t.via_index + 1, "released_at": now, "settled_at": None}
        connection.execute(_delivered(ident).values(again))
        connection.execute(_carried(ident).values(state=Touch.RELEASED, settled_at=None))


def bounce(connection: Connection, ends: Sequence[tuple[int, str]], now: int) -> None:
    """End them as bounced, given as (touch, reason), with what their message carried."""
    for ident, reason in ends:
        ended = {"state": Touch.BOUNCED, "reason": reason, "settled_at": now}
        connection.execute(_delivered(ident).values(**ended))
        connection.execute(_carried(ident).values(**ended))
