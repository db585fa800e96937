"""Consent withdrawn: what a lead does not want to receive."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, or_, select, update

from engine.store.database import insert_ignore
from engine.store.facts.dirty import touch_leads
from engine.store.tables import lead as lead_table
from engine.store.tables import suppression


class Entry(NamedTuple):
    """What a lead does not receive: "" stands for every channel, or every category. `at` is seconds UTC."""

    lead: str
    channel: str
    category: str
    reason: str
    actor: str
    at: int


_STILL_HIS = or_(suppression.c.address.is_(None), suppression.c.address == lead_table.c.email)
_ENTRIES = (
    select(*(suppression.c[name] for name in Entry._fields))
    .join(lead_table, lead_table.c.id == suppression.c.lead)
    .where(_STILL_HIS)
    .order_by(suppression.c.lead, suppression.c.channel, suppression.c.category)
)


def suppress(
    connection: Connection, lead: str, channel: str, category: str, reason: str, actor: str, now: int,
    *, address: str | None = None,
) -> bool:
    """Stop a category on a channel for a lead; "" stands for every one. False: it was stopped already.

    With an `address` (of mail that came back) it is stopped as long as that is the lead's.
    """
    row = {"lead": lead, "channel": channel, "category": category, "reason": reason, "actor": actor, "at": now,
           "address": address}  # fmt: skip
    if not insert_ignore(connection, suppression, [row]) and not _widen(connection, row):
        return False
    touch_leads(connection, [lead], "suppressed", now)
    return True


def lift(connection: Connection, lead: str, channel: str, category: str, now: int) -> bool:
    """Take that very entry off the list. False: it was not there."""
    given = {"lead": lead, "channel": channel, "category": category}
    same = [suppression.c[name] == value for name, value in given.items()]
    if not connection.execute(delete(suppression).where(*same)).rowcount:
        return False
    touch_leads(connection, [lead], "suppression_lifted", now)
    return True


def entries_of(connection: Connection, lead: str) -> list[Entry]:
    """What holds for the lead now; not what is about an address that is no longer his."""
    return [Entry._make(row) for row in connection.execute(_ENTRIES.where(suppression.c.lead == lead))]


def latest_entries(connection: Connection, limit: int) -> list[Entry]:
    """What holds for anybody, the latest first; at most `limit` entries."""
    query = _ENTRIES.order_by(None).order_by(suppression.c.at.desc(), suppression.c.id.desc()).limit(limit)
    return [Entry._make(row) for row in connection.execute(query)]


def wrong(field: str) -> str:
    """The reason of what is stopped because that field of the lead (email, phone, wecom) does not reach him."""
    return f"wrong_{field}"


_WRONG = frozenset(wrong(field) for field in ("email", "phone", "wecom"))


def mended(connection: Connection, leads: Collection[str], field: str) -> None:
    """That field of these leads is another one now: what was stopped for the old one's sake goes on."""
    if leads:
        stopped = suppression.c.lead.in_(leads), suppression.c.reason == wrong(field)
        connection.execute(delete(suppression).where(*stopped))


def wrong_fields(connection: Connection, lead: str) -> frozenset[str]:
    """The fields of a lead (email, phone, wecom) that do not reach him."""
    reasons = {wrong(field): field for field in ("email", "phone", "wecom")}
    query = select(suppression.c.reason).where(suppression.c.lead == lead, suppression.c.reason.in_(reasons))
    return frozenset(reasons[reason] for reason in connection.execute(query).scalars())


def _widen(connection: Connection, row: dict[str, Any]) -> bool:
    """Let what holds for one address hold for another one, or for good. False: it holds for that already.

    What is stopped because an address was wrong ends with the next address; whatever else stops it does not.
    """
    known = suppression.c.address
    narrower = known.is_not(None) if row["address"] is None else known != row["address"]
    if row["address"] is None and row["reason"] not in _WRONG:
        narrower = or_(narrower, suppression.c.reason.in_(_WRONG))
    same = [suppression.c[name] == row[name] for name in ("lead", "channel", "category")]
    changed = connection.execute(update(suppression).where(*same, narrower).values(row))
    return changed.rowcount > 0
