"""Consent withdrawn: what a lead does not want to receive."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete

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


def wrong(field: str) -> str:
    """The reason of what is stopped because that field of the lead (email, phone, wecom) does not reach him."""
    return f"wrong_{field}"


def mended(connection: Connection, leads: Collection[str], field: str) -> None:
    """That field of these leads is another one now: what was stopped for the old one's sake goes on."""
    if leads:
        stopped = suppression.c.lead.in_(leads), suppression.c.reason == wrong(field)
        connection.execute(delete(suppression).where(*stopped))
