"""Consent withdrawn: what a lead does not want to receive; and addresses that do not reach him.

An entry with an address is about that address: it holds as long as it is one of the lead's (email, phone, wecom).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from engine.store.database import insert_ignore
from engine.store.facts.dirty import touch_leads
from engine.store.tables import lead as lead_table
from engine.store.tables import suppression, transition


class Entry(NamedTuple):
    """What a lead does not receive: "" stands for every channel, or every category. `at` is seconds UTC."""

    lead: str
    channel: str
    category: str
    reason: str
    actor: str
    at: int


ADDRESSES = ("email", "phone", "wecom")
"""The fields of a lead that hold an address of his."""

SUBJECT = "suppression"
"""Of the transitions that tell what was stopped and what goes on: in which field is what, in words."""


def still_holds() -> ColumnElement[bool]:
    """Whether an entry joined to its lead is about everything, or about an address that is still his."""
    known = suppression.c.address
    return or_(known.is_(None), *(known == lead_table.c[field] for field in ADDRESSES))


_ENTRIES = (
    select(*(suppression.c[name] for name in Entry._fields))
    .join(lead_table, lead_table.c.id == suppression.c.lead)
    .where(still_holds())
    .order_by(suppression.c.lead, suppression.c.channel, suppression.c.category)
)


def suppress(
    connection: Connection, lead: str, channel: str, category: str, reason: str, actor: str, now: int,
    *, address: str | None = None,
) -> bool:
    """Stop a category on a channel for a lead; "" stands for every one. False: it was stopped already.

    With an `address` (mail came back, or somebody else answers there) it is stopped as long as that is the lead's.
    """
    row = {"lead": lead, "channel": channel, "category": category, "reason": reason, "actor": actor, "at": now,
           "address": address}  # fmt: skip
    if not insert_ignore(connection, suppression, [row]) and not _widen(connection, row):
        return False
    _tell(connection, row, stopped=True)
    touch_leads(connection, [lead], "suppressed", now)
    return True


def lift(connection: Connection, lead: str, channel: str, category: str, actor: str, now: int) -> bool:
    """Take that very entry off the list. False: it was not there."""
    given = {"lead": lead, "channel": channel, "category": category}
    same = [suppression.c[name] == value for name, value in given.items()]
    if not connection.execute(delete(suppression).where(*same)).rowcount:
        return False
    _tell(connection, given | {"actor": actor, "at": now}, stopped=False)
    touch_leads(connection, [lead], "suppression_lifted", now)
    return True


def _tell(connection: Connection, row: Mapping[str, Any], *, stopped: bool) -> None:
    """Keep who stopped what, or let it go on: the entry itself is gone after that."""
    what = f"{row['category'] or 'everything'} by {row['channel'] or 'every channel'}"
    value, previous = (what, None) if stopped else (None, what)
    connection.execute(insert(transition).values(
        lead=row["lead"], subject=SUBJECT, field="stopped", value=value, previous=previous, at=row["at"],
        actor=row["actor"], cause=row.get("reason"),
    ))  # fmt: skip


def entries_of(connection: Connection, lead: str) -> list[Entry]:
    """What holds for the lead now; not what is about an address that is no longer his."""
    return [Entry._make(row) for row in connection.execute(_ENTRIES.where(suppression.c.lead == lead))]


def latest_entries(connection: Connection, limit: int) -> list[Entry]:
    """What holds for anybody, the latest first; at most `limit` entries."""
    query = _ENTRIES.order_by(None).order_by(suppression.c.at.desc(), suppression.c.id.desc()).limit(limit)
    return [Entry._make(row) for row in connection.execute(query)]


def wrong_fields(connection: Connection, lead: str) -> frozenset[str]:
    """The fields of a lead (email, phone, wecom) that do not reach him."""
    query = select(suppression.c.address, *(lead_table.c[field] for field in ADDRESSES)).join(
        lead_table, lead_table.c.id == suppression.c.lead
    )
    rows = connection.execute(query.where(suppression.c.lead == lead, suppression.c.address.is_not(None))).all()
    return frozenset(field for row in rows for field in ADDRESSES if row.address == getattr(row, field))


def _widen(connection: Connection, row: dict[str, Any]) -> bool:
    """Let what holds for one address hold for another one, or for good. False: it holds for that already."""
    known = suppression.c.address
    narrower = known.is_not(None) if row["address"] is None else known != row["address"]
    same = [suppression.c[name] == row[name] for name in ("lead", "channel", "category")]
    changed = connection.execute(update(suppression).where(*same, narrower).values(row))
    return changed.rowcount > 0
