"""What is known of one circumstance: where it stands, whom it reaches, and every message of a feed about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.feeds.messages import Act
from engine.domain.civil import DAY
from engine.domain.extents import Extent
from engine.domain.words import Phase
from engine.ground.errors import UsageError
from engine.stages.ingest.places import UNMATCHED
from engine.store.database import Connection
from engine.store.facts.circumstances import circumstance_by_id, circumstances_of_thread, count_covered
from engine.store.facts.feeds import messages_of, messages_seen, thread_known

WARNED = 60 * DAY
"""Seconds for which a warning is told of where a lead lives."""
MOST = 5000
"""Messages that are looked through for it."""


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


def warned(connection: Connection, lead: Mapping[str, Any], now: int) -> list[Mapping[str, Any]]:
    """What feeds told of where the lead lives, and all that followed from it, the oldest first.

    `here`: whether that message reached so far, or took all of it back. An exercise is among them.
    """
    rows = [dict(row._mapping) for row in messages_seen(connection, now - WARNED, MOST)]
    place = None if lead["lat"] is None or lead["lon"] is None else (lead["lat"], lead["lon"])
    here = {
        (row["id"], row["sent_at"]) for row in rows
        if row["area"] is not None and Extent.from_json(row["area"]).holds(lead["region"], place)
    }  # fmt: skip
    threads = {row["thread"] for row in rows if (row["id"], row["sent_at"]) in here}
    here |= {(row["id"], row["sent_at"]) for row in rows if row["act"] == Act.CANCEL}
    found = [{**row, "here": (row["id"], row["sent_at"]) in here} for row in rows if row["thread"] in threads]
    return sorted(found, key=lambda row: (row["sent_at"], row["id"]))


def unmatched_since(connection: Connection, feed: str, since: int) -> list[tuple[str, str]]:
    """Messages of a feed with an area that is none that we know, and what was told of it; the latest first."""
    rows = messages_seen(connection, since, MOST)
    return [(row.id, line) for row in rows if row.feed == feed for line in row.told if line.startswith(UNMATCHED)]


def phase_of(row: Mapping[str, Any], now: int) -> str | None:
    """Where a circumstance stands; None: it has not begun. The same as conditions read."""
    if row["phase"] == Phase.CANCELLED:
        return Phase.CANCELLED
    if row["starts_at"] > now:
        return None
    if row["ends_at"] is None or row["ends_at"] > now:
        return Phase.ACTIVE
    return Phase.AFTERMATH if row["ends_at"] + row["aftermath"] > now else Phase.ENDED
