"""Asks vendors what became of what they handed to colleagues: sent, or not and never."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

from adapters.base import Answerable, Channel, Outcome, Receipt
from engine.domain.civil import DAY
from engine.domain.words import Delivery
from engine.stages.dispatch.conclude import conclude
from engine.stages.dispatch.ledger import word_for
from engine.stages.dispatch.settle import LOOKED_UP, answered
from engine.store.database import Database
from engine.store.outbox import held
from engine.store.outbox.held import Held
from engine.store.outbox.transitions import Consequence, Transition

AT_ONCE = 50
"""Questions of one pass. Ours."""

PATIENCE = 10.0
"""Seconds that one question may take."""

WAITS = 7 * DAY
"""How long a colleague is waited for who neither sends nor refuses. Ours."""


def ask(db: Database, channels: Mapping[str, Channel], now: int) -> dict[str, int]:
    """Ask about what is due to be asked, and settle what is known; counts by what became of it.

    What its colleague leaves alone for a week is a dead letter: he may still send it, so that nothing else does.
    """
    with db.reading() as connection:
        handed = held.to_ask(connection, now, AT_ONCE)
    known = {one.id: _asked(one, channels.get(one.channel)) for one in handed}
    if not known:
        return {}
    with db.writing() as connection:
        rows = {key: row for key, row in held.held(connection, list(known)).items() if row.state == Delivery.HANDED}
        changes = [(row, change) for key, row in rows.items() if (change := _change(row, known[key], now))]
        held.ask_again(connection, list(rows), now + LOOKED_UP)
        conclude(connection, changes, now)
    return dict(Counter(word_for(change) for _, change in changes))


def _asked(one: held.Handed, channel: Channel | None) -> Receipt | None:
    if not isinstance(channel, Answerable):
        return None
    return channel.look_up(one.remote_id, one.address, time.monotonic() + PATIENCE)


def _change(row: Held, receipt: Receipt | None, now: int) -> Transition | None:
    if receipt is not None and receipt.outcome in (Outcome.ACCEPTED, Outcome.PERMANENT):
        return answered(row, receipt)
    if now < row.composed_at + WAITS:
        return None
    return Transition(
        row.id, row.touch, row.epoch, Delivery.HANDED, Delivery.FAILED, Consequence.DROPPED, reason="unconfirmed",
        code="unconfirmed", detail="nobody confirmed it", remote_id=row.remote_id or "",
    )  # fmt: skip
