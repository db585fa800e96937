"""Rows that cannot be read, as they are kept: whom they set aside, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from engine.store.aside.checks import Malformed
from engine.store.database import insert_ignore
from engine.store.facts.dirty import chunks, touch_leads
from engine.store.tables import lead, malformed_row

_m = malformed_row.c
MENDED = "can be read again"
"""Why a lead is planned anew who was set aside."""


def set_aside(connection: Connection, found: Iterable[Malformed], now: int) -> list[Malformed]:
    """Keep these, and have nothing that was judged before leave for whom they are about; those that are new."""
    rows = list(found)
    known = {tuple(row) for row in connection.execute(select(_m.kind, _m.row, _m.field))}
    new = [one for one in rows if (one.kind, one.row, one.field) not in known]
    for some in chunks(new):
        insert_ignore(connection, malformed_row, [one._asdict() | {"found_at": now, "looked_at": now} for one in some])
        again = update(lead).where(lead.c.id.in_({one.lead for one in some}))
        connection.execute(again.values(judge_version=lead.c.judge_version + 1))
    return new


def aside(connection: Connection) -> frozenset[str]:
    """The leads that are set aside; "" where it is something of a schedule's."""
    return frozenset(connection.execute(select(_m.lead).distinct()).scalars())


def aside_since(connection: Connection, looked_before: int) -> list[str]:
    """Those of them that nobody has looked at from that instant on."""
    query = select(_m.lead).where(_m.looked_at < looked_before).distinct().order_by(_m.lead)
    return list(connection.execute(query).scalars())


def looked_at(connection: Connection, leads: Sequence[str], found: Iterable[Malformed], now: int) -> list[str]:
    """Keep what is still wrong with these leads; those with whom nothing is wrong any more go on as everybody else."""
    still = list(found)
    kept = {(one.kind, one.row, one.field) for one in still}
    bad = {one.lead for one in still}
    for some in chunks(leads):
        theirs = _m.lead.in_(some)
        for row in connection.execute(select(_m.kind, _m.row, _m.field).where(theirs)).all():
            if tuple(row) not in kept:
                connection.execute(delete(malformed_row).where(_m.kind == row[0], _m.row == row[1], _m.field == row[2]))
        connection.execute(update(malformed_row).where(theirs).values(looked_at=now))
    set_aside(connection, still, now)
    mended = [one for one in leads if one not in bad]
    touch_leads(connection, [one for one in mended if one], MENDED, now)
    return mended


def kept(connection: Connection, limit: int) -> list[Any]:
    """The oldest of what is kept, with all their columns."""
    return list(connection.execute(select(malformed_row).order_by(_m.found_at, _m.lead, _m.row).limit(limit)).all())


def how_many(connection: Connection) -> dict[str, int]:
    """How many rows of each table are kept."""
    counted = select(_m.kind, func.count(_m.row.distinct())).group_by(_m.kind)
    return {row[0]: row[1] for row in connection.execute(counted)}


def how_many_leads(connection: Connection) -> int:
    """How many leads are set aside."""
    return int(connection.execute(select(func.count(_m.lead.distinct())).where(_m.lead != "")).scalar_one())
