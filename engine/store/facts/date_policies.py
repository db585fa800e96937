"""The policies under which every date's next return is kept: those that rules in force and config.yaml use.

A small table, so that whoever writes a date, the command line too, resolves it under all of them at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, select, update

from engine.store.facts.dirty import touch_leads_where
from engine.store.ledger import occasion
from engine.store.many import insert_ignore
from engine.store.tables import date_policy, lead


def known_policies(connection: Connection) -> Mapping[str, bool]:
    """Each with whether every date has been resolved under it."""
    return {row.policy: row.resolved for row in connection.execute(_POLICIES)}


_POLICIES = select(date_policy)


def want_policies(connection: Connection, policies: Collection[str]) -> None:
    """From now on these and no others; the new ones are not resolved yet."""
    connection.execute(delete(date_policy).where(date_policy.c.policy.not_in(policies)))
    insert_ignore(connection, date_policy, [{"policy": policy, "resolved": False} for policy in sorted(policies)])


def policies_resolved(connection: Connection, policies: Collection[str]) -> None:
    """Every date has been resolved under these."""
    connection.execute(update(date_policy).where(date_policy.c.policy.in_(policies)).values(resolved=True))


def touch_leads_with_date_occasions(connection: Connection, now: int) -> None:
    """Another policy: dates of theirs that are in the book may lie elsewhere now."""
    waiting = select(occasion.c.lead).where(occasion.c.ended_at.is_(None), occasion.c.anchor.like("%:date#%"))
    touch_leads_where(connection, lead.c.id.in_(waiting), "date_policy", now)
