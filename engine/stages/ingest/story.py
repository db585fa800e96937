"""What is known of one circumstance: where it stands, whom it reaches, and every message of a feed about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.words import Phase
from engine.ground.errors import UsageError
from engine.store.database import Connection
from engine.store.facts.circumstances import circumstance_by_id, circumstances_of_thread, count_covered
from engine.store.facts.feeds import messages_of, thread_known


def story_of(connection: Connection, ident: str, now: int) -> dict[str, Any]:
    """By the id of a circumstance, or of a message: `circumstances` and `messages`. UsageError: neither is known."""
    row = circumstance_by_id(connection, ident)
    thread = row["thread"] if row is not None else thread_known(connection, ident)
    if row is None and thread is None:
        raise UsageError(f'there is no event and no message "{ident}"; see: followup event list')
    rows: Sequence[Mapping[str, Any]] = [row] if row is not None else circumstances_of_thread(connection, thread or "")
    return {
        "circumstances": [
            {**one, "phase": phase_of(one, now), "leads": count_covered(connection, one["id"])} for one in rows
        ],
        "messages": [dict(one._mapping) for one in messages_of(connection, thread)] if thread else [],
    }


def phase_of(row: Mapping[str, Any], now: int) -> str | None:
    """Where a circumstance stands; None: it has not begun. The same as conditions read."""
    if row["phase"] == Phase.CANCELLED:
        return Phase.CANCELLED
    if row["starts_at"] > now:
        return None
    if row["ends_at"] is None or row["ends_at"] > now:
        return Phase.ACTIVE
    return Phase.AFTERMATH if row["ends_at"] + row["aftermath"] > now else Phase.ENDED
