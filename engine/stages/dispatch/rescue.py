"""Deliveries that a crash left behind, those that nobody sent in time, and tasks on facts that have changed."""

from __future__ import annotations

from typing import Any

from engine.domain.words import Audience, Delivery
from engine.stages.dispatch.conclude import Conclusion, conclude
from engine.stages.dispatch.ledger import word_for
from engine.stages.dispatch.settle import Terms, expired, in_doubt, withdrawn
from engine.store.database import Database
from engine.store.outbox import held
from engine.store.outbox.held import Held
from engine.store.outbox.transitions import Transition

_BATCH = 500


def rescue(db: Database, now: int, *, all_leases: bool = False) -> dict[str, int]:
    """Take back lapsed leases and moot tasks, end pending deliveries that expired; counts by what became of them.

    Claimed: nothing was sent, pending again. Sending: in doubt for a customer, pending for a rep (the same
    Message-ID). `all_leases` takes back running leases too: only for a process that holds the lock which
    forbids a second daemon, before it begins.
    """
    counts: dict[str, int] = {}
    more = True
    while more:
        with db.writing() as connection:
            conclusions = _taken_back(connection, db.now(), now, all_leases)
            conclude(connection, conclusions, now)
        for _, transition in conclusions:
            word = word_for(transition)
            counts[word] = counts.get(word, 0) + 1
        more = bool(conclusions)
    return counts


def _taken_back(connection: Any, store_now: int, now: int, all_leases: bool) -> list[Conclusion]:
    lapsed = held.lapsed(connection, store_now, _BATCH, all_leases=all_leases)
    overdue = held.overdue(connection, now, _BATCH)
    moot = held.moot(connection, now, _BATCH)
    return [
        *((row, _of_lapsed(row, now)) for row in lapsed),
        *((row, expired(row)) for row in overdue),
        *((row, withdrawn(row, Terms(now, most_attempts=1))) for row in moot),
    ]


def _of_lapsed(row: Held, now: int) -> Transition:
    """What a crash at that point leaves: only from the mark on can the content have left."""
    if row.state == Delivery.SENDING and row.audience == Audience.LEAD:
        return in_doubt(row, "lease_lapsed", "no outcome was recorded; the content may have left")
    return Transition(
        row.id, row.touch, row.epoch, Delivery(row.state), Delivery.PENDING, code="lease_lapsed", run_at=now
    )
