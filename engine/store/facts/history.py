"""Which leads an import marked as history changed: what fell due before it brings nothing about for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select, update

from engine.store.facts.dirty import chunks
from engine.store.tables import lead


def versions_of(connection: Connection, leads: Collection[str]) -> dict[str, int]:
    """The judge versions of those of the leads that exist: every change of a lead's facts counts one up."""
    query = select(lead.c.id, lead.c.judge_version).where(lead.c.id.in_(list(leads)))
    return {row.id: row.judge_version for row in connection.execute(query)}


def mark_history(connection: Connection, before: Mapping[str, int], leads: Collection[str], now: int) -> None:
    """Mark those of the leads that are new or changed since `before`."""
    after = versions_of(connection, leads)
    changed = sorted(ident for ident, version in after.items() if before.get(ident) != version)
    for chunk in chunks(changed):
        connection.execute(update(lead).where(lead.c.id.in_(chunk)).values(history_at=now))
