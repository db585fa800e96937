"""Logging what happened between a rep and a lead, and counting it in the same transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine.ground.errors import FollowupError
from engine.store.database import insert_ignore
from engine.store.facts.dirty import touch_leads
from engine.store.tables import account, interaction, last_talk, lead


@dataclass(frozen=True)
class Interaction:
    """One human exchange with a lead, or an attempt at one. `at` is when it happened (epoch seconds)."""

    id: str
    lead: str
    at: int
    outcome: str
    effective: bool  # a contact; else an attempt
    rep: str | None = None
    channel: str | None = None
    purpose: str | None = None
    benefit: str | None = None
    note: str | None = None
    touch: int | None = None  # the signed greeting it stands for


def log_interaction(connection: Connection, entry: Interaction, now: int) -> bool:
    """Write it and count it; False: an interaction of that id is there already, and nothing was done.

    One that is logged late counts in full, but moves `last_contact` or `last_attempt` only forward, and counts
    since an order or owner only if it came after. FollowupError: there is no such lead.
    """
    query = select(lead).where(lead.c.id == entry.lead).with_for_update()
    owner = connection.execute(query).one_or_none()
    if owner is None:
        raise FollowupError(f'there is no lead "{entry.lead}"')
    row = asdict(entry) | {"logged_at": now, "account": owner.account}
    if not insert_ignore(connection, interaction, [row]):
        return False
    counted = _contact(entry, owner) if entry.effective else _attempt(entry, owner)
    connection.execute(update(lead).where(lead.c.id == entry.lead).values(counted | _outcome(entry, owner)))
    if entry.effective:
        _keep_latest(connection, entry)
    _count_for_account(connection, owner.account, entry.effective)
    touch_leads(connection, [entry.lead], "interaction", now)
    return True


def _contact(entry: Interaction, owner: Row[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"contacts": owner.contacts + 1}
    if _is_later(entry.at, owner.last_contact_at):
        values |= {"last_contact_at": entry.at, "last_contact_ref": entry.id}
    for epoch, began in (("order", owner.last_order_at), ("owner", owner.owner_since_at)):
        if began is None or entry.at >= began:
            values[f"contacts_since_{epoch}"] = owner._mapping[f"contacts_since_{epoch}"] + 1
    return values


def _attempt(entry: Interaction, owner: Row[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"attempts": owner.attempts + 1}
    if _is_later(entry.at, owner.last_attempt_at):
        values["last_attempt_at"] = entry.at
    return values


def _keep_latest(connection: Connection, entry: Interaction) -> None:
    """Whether it is the latest contact of its purpose, and on its channel; the lead's row is locked."""
    words = sorted({word for word in (entry.purpose, entry.channel) if word})
    mine = last_talk.c.lead == entry.lead
    known = {
        row.word: row.at
        for row in connection.execute(select(last_talk.c.word, last_talk.c.at).where(mine, last_talk.c.word.in_(words)))
    }
    told = {"at": entry.at, "interaction": entry.id}
    for word in words:
        if word not in known:
            connection.execute(insert(last_talk).values(lead=entry.lead, word=word, **told))
        elif entry.at > known[word]:
            connection.execute(update(last_talk).where(mine, last_talk.c.word == word).values(told))


def _outcome(entry: Interaction, owner: Row[Any]) -> dict[str, Any]:
    latest = all(at is None or entry.at >= at for at in (owner.last_contact_at, owner.last_attempt_at))
    return {"last_outcome": entry.outcome} if latest else {}


def _is_later(at: int, than: int | None) -> bool:
    return than is None or at > than


def _count_for_account(connection: Connection, ident: str | None, effective: bool) -> None:
    if ident is not None:
        counter = account.c.contacts if effective else account.c.attempts
        connection.execute(update(account).where(account.c.id == ident).values({counter: counter + 1}))
