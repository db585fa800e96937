"""After a restored backup: what left since it was made, as logs tell by Message-ID."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from engine.domain.words import Delivery
from engine.ground.errors import UsageError
from engine.stages.dispatch.conclude import conclude
from engine.store import state
from engine.store.database import Database
from engine.store.outbox import held
from engine.store.outbox.held import Held
from engine.store.outbox.transitions import Consequence, Transition

FOUND = "found_in_log"
"""The code of a delivery that was sent before its database was restored."""
_BATCH = 500
_OURS = re.compile(r"\b[0-9a-f]{32}@[\w.-]+")


def found_in(db: Database, lines: Iterable[str]) -> list[int]:
    """The pending deliveries whose Message-ID those lines name.

    UsageError: nothing is on hold. In an ordinary life a log proves nothing about what is pending: an attempt whose
    answer was lost stands in it too, and is to be made again for a rep.
    """
    with db.reading() as connection:
        if not any(one.scope == "all" and one.name == state.HOLD for one in state.pauses(connection)):
            raise UsageError("nothing is on hold: this is for a restored backup, before `followup resume`")
        pending = {ident.strip("<>"): delivery for delivery, ident in held.pending_idents(connection)}
    return sorted(_named(pending, lines))


def note_sent(db: Database, deliveries: Sequence[int], actor: str, now: int) -> int:
    """Note them as sent, with what that means for their touches; how many were still pending."""
    noted = 0
    for start in range(0, len(deliveries), _BATCH):
        with db.writing() as connection:
            rows = held.held(connection, deliveries[start : start + _BATCH]).values()
            conclusions = [(row, _sent(row, actor)) for row in rows if row.state == Delivery.PENDING]
            conclude(connection, conclusions, now)
            noted += len(conclusions)
    return noted


def _named(pending: Mapping[str, int], lines: Iterable[str]) -> set[int]:
    named = (ident for line in lines for ident in _OURS.findall(line))
    return {pending[ident] for ident in named if ident in pending}


def _sent(row: Held, actor: str) -> Transition:
    return Transition(
        row.id, row.touch, row.epoch, Delivery.PENDING, Delivery.SENT, Consequence.DELIVERED,
        code=FOUND, actor=actor, carries=row.carries, confidential=row.confidential,
    )  # fmt: skip
