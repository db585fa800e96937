"""Consent withdrawn: what a lead does not want to receive."""

from __future__ import annotations

from sqlalchemy import Connection

from engine.store.database import insert_ignore
from engine.store.facts.dirty import touch_leads
from engine.store.tables import suppression


def suppress(
    connection: Connection, lead: str, channel: str, category: str, reason: str, actor: str, now: int
) -> bool:
    """Stop a category on a channel for a lead; "" stands for every one. False: it was stopped already."""
    row = {"lead": lead, "channel": channel, "category": category, "reason": reason, "actor": actor, "at": now}
    if not insert_ignore(connection, suppression, [row]):
        return False
    touch_leads(connection, [lead], "suppressed", now)
    return True
