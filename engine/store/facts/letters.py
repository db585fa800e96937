"""The inbox in the book: how far it was read, which letters were taken in, and what they are about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select, update

from engine.domain.words import Audience
from engine.store.archive.ever import ever
from engine.store.facts.dirty import touch_leads
from engine.store.inbox_tables import inbox_folder, letter
from engine.store.ledger import delivery, touch
from engine.store.many import insert_ignore
from engine.store.tables import lead, rep

_d = delivery.c


class Sent(NamedTuple):
    """A message of ours that a letter is about."""

    id: int
    touch: int
    lead: str
    audience: str
    channel: str
    state: str
    address: str
    message_id: str


def was_taken_in(connection: Connection, ident: str) -> bool:
    """Whether a letter of that Message-ID was taken in before."""
    return connection.execute(select(letter.c.id).where(letter.c.id == ident)).first() is not None


def keep_letter(connection: Connection, row: dict[str, Any]) -> None:
    """Remember a letter and what it did: all columns of `letter`."""
    insert_ignore(connection, letter, [row])


def latest_letters(connection: Connection, limit: int) -> list[Any]:
    """The letters that were taken in last, the latest first."""
    query = select(letter).order_by(letter.c.seen_at.desc(), letter.c.id).limit(limit)
    return list(connection.execute(query).all())


def cursor_of(connection: Connection, folder: str) -> str:
    """How far the folder was read; "": never."""
    query = select(inbox_folder.c.cursor).where(inbox_folder.c.folder == folder)
    return connection.execute(query).scalar_one_or_none() or ""


def keep_cursor(connection: Connection, folder: str, cursor: str, now: int) -> None:
    """Remember how far the folder was read."""
    row = {"folder": folder, "cursor": cursor, "read_at": now}
    changed = connection.execute(update(inbox_folder).where(inbox_folder.c.folder == folder).values(row))
    if changed.rowcount == 0:
        insert_ignore(connection, inbox_folder, [row])


_SENT: Select[Any] = select(*(_d[name] for name in Sent._fields))


def sent_as(connection: Connection, message_ids: Sequence[str]) -> Sent | None:
    """The message that has the first of these Message-IDs that any of ours has."""
    if not message_ids:
        return None
    rows = connection.execute(ever(_SENT.where(_d.message_id.in_(message_ids)), "id"))
    found = {row.message_id: Sent(*row) for row in rows}
    return next((found[one] for one in message_ids if one in found), None)


def last_sent_to(connection: Connection, leads: Collection[str], address: str, since_on: str) -> Sent | None:
    """The latest message to these leads at that address, of civil days from `since_on` (ISO) on."""
    query = (
        _SENT.join(touch, touch.c.id == _d.touch)
        .where(touch.c.lead.in_(leads), touch.c.day_on >= since_on)
        .where(func.lower(_d.address) == address, _d.audience == Audience.LEAD, _d.settled_at.is_not(None))
        .order_by(_d.settled_at.desc(), _d.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else Sent(*row)


def leads_at(connection: Connection, address: str) -> list[str]:
    """The leads of that e-mail address, which is in lower case as ours are."""
    return list(connection.execute(select(lead.c.id).where(lead.c.email == address).order_by(lead.c.id)).scalars())


def is_of_a_rep(connection: Connection, address: str) -> bool:
    """Whether one of our own people has that address."""
    return connection.execute(select(rep.c.id).where(func.lower(rep.c.email) == address)).first() is not None


def keep_back_on(connection: Connection, lead_id: str, back_on: str, now: int) -> bool:
    """Note the day (ISO) on which a lead reads his mail again. False: that is known."""
    known = lead.c.back_on
    changed = connection.execute(
        update(lead).where(lead.c.id == lead_id, (known != back_on) | known.is_(None)).values(back_on=back_on)
    )
    if changed.rowcount:
        touch_leads(connection, [lead_id], "away", now)
    return changed.rowcount > 0


def is_confidential(connection: Connection, lead_id: str) -> bool:
    """Whether what he writes is not to be kept."""
    return bool(connection.execute(select(lead.c.confidential).where(lead.c.id == lead_id)).scalar_one())


def zone_of(connection: Connection, lead_id: str) -> str:
    """The zone a lead lives by."""
    return str(connection.execute(select(lead.c.timezone).where(lead.c.id == lead_id)).scalar_one())
