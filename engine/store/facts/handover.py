"""What is in a rep's hands, and putting it into another's: leads, drafts to sign, and who answers to him."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from engine.domain.people import RepEntry
from engine.domain.words import Touch
from engine.store.facts.people import upsert_reps
from engine.store.ledger import touch
from engine.store.tables import lead, rep


def owned_by(connection: Connection, owner: str, after: str, limit: int) -> list[str]:
    """Ids of his leads, in their order, from the first one behind `after` on."""
    query = select(lead.c.id).where(lead.c.owner == owner, lead.c.id > after).order_by(lead.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def pass_drafts(connection: Connection, signer: str, to: str) -> int:
    """Let somebody else sign what waits for this signer; how many drafts."""
    waiting = update(touch).where(touch.c.signer == signer, touch.c.state == Touch.DRAFT)
    return connection.execute(waiting.values(signer=to)).rowcount


def leave(connection: Connection, leaver: str, to: str, day: str, now: int) -> int:
    """Have him be away from that civil day on for good; how many reps, with himself, this changed.

    `to` stands in for him, and for him with those whom he managed or stood in for. Nobody becomes his own manager:
    where `to` was one of them, his manager is the leaver's.
    """
    touched = select(rep).where(or_(rep.c.id == leaver, rep.c.manager == leaver, rep.c.delegate == leaver))
    rows = connection.execute(touched).all()
    chief = next((row.manager for row in rows if row.id == leaver), None)
    entries = [
        RepEntry(row.id, _gone(row, to, day) if row.id == leaver else _left(row, leaver, to, chief)) for row in rows
    ]
    return upsert_reps(connection, entries, {}, now).changed


def _gone(row: Row[Any], to: str, day: str) -> dict[str, object]:
    goes_on = row.absent_from is not None and row.absent_from < day and (row.absent_to or day) >= day
    return {"absent_from": row.absent_from if goes_on else day, "absent_to": None, "delegate": to}


def _left(row: Row[Any], leaver: str, to: str, chief: str | None) -> dict[str, object]:
    """What a colleague has instead of the leaver."""
    manager, delegate = row.manager, row.delegate
    if manager == leaver:
        manager = to if row.id != to else chief if chief != to else None
    if delegate == leaver:
        delegate = to if row.id != to else None
    return {"manager": manager, "delegate": delegate}
