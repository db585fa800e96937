"""A contact that was none after all: a signed greeting that came back. What it counted for is counted off again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from engine.store.facts.dirty import touch_colleagues, touch_leads, with_colleagues
from engine.store.facts.people import IMPORTED
from engine.store.tables import account, interaction, last_talk, lead

_i = interaction.c


def take_back_contact(connection: Connection, ident: str, now: int) -> bool:
    """Take back the contact of that id, as if it had never been logged; False: there is none.

    The row goes, so that the same greeting counts when another channel delivers it.
    """
    taken = connection.execute(select(interaction).where(_i.id == ident, _i.effective)).one_or_none()
    if taken is None:
        return False
    locked = select(lead).where(lead.c.id.in_(with_colleagues(connection, [taken.lead]))).order_by(lead.c.id)
    rows = {row.id: row for row in connection.execute(locked.with_for_update())}
    connection.execute(delete(interaction).where(_i.id == ident))
    values = _without(connection, taken, rows[taken.lead])
    connection.execute(update(lead).where(lead.c.id == taken.lead).values(values))
    for word in {taken.purpose, taken.channel} - {None, ""}:
        _latest_talk(connection, taken, word)
    if taken.account is not None:
        fewer = update(account).where(account.c.id == taken.account)
        connection.execute(fewer.values(contacts=account.c.contacts - 1))
    touch_leads(connection, [taken.lead], "interaction", now)
    touch_colleagues(connection, {taken.account} - {None}, [taken.lead], now)
    return True


def _without(connection: Connection, taken: Row[Any], known: Row[Any]) -> dict[str, Any]:
    """What the lead's counters and latest contact are without it."""
    values: dict[str, Any] = {"contacts": max(known.contacts - 1, 0)}
    for epoch, began in (("order", known.last_order_at), ("owner", known.owner_since_at)):
        if began is None or taken.at >= began:
            values[f"contacts_since_{epoch}"] = max(getattr(known, f"contacts_since_{epoch}") - 1, 0)
    latest = select(_i.at, _i.id, _i.outcome).where(_i.lead == taken.lead).order_by(_i.at.desc(), _i.id.desc())
    if known.last_contact_ref == taken.id:
        at, ref = taken.contact_before_at, IMPORTED if taken.contact_before_at is not None else None
        found = connection.execute(latest.where(_i.effective).limit(1)).one_or_none()
        if found is not None and (at is None or found.at >= at):
            at, ref = found.at, found.id
        values |= {"last_contact_at": at, "last_contact_ref": ref}
    if known.last_outcome == taken.outcome:
        found = connection.execute(latest.limit(1)).one_or_none()
        values["last_outcome"] = None if found is None else found.outcome
    return values


def _latest_talk(connection: Connection, taken: Row[Any], word: str) -> None:
    """Which contact of that purpose, or on that channel, is the latest without it."""
    this = last_talk.c.lead == taken.lead, last_talk.c.word == word, last_talk.c.interaction == taken.id
    query = select(_i.at, _i.id).where(_i.lead == taken.lead, _i.effective, (_i.purpose == word) | (_i.channel == word))
    found = connection.execute(query.order_by(_i.at.desc(), _i.id.desc()).limit(1)).one_or_none()
    if found is None:
        connection.execute(delete(last_talk).where(*this))
    else:
        connection.execute(update(last_talk).where(*this).values(at=found.at, interaction=found.id))
