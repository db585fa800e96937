"""Persons who are left alone: nothing is sent to them or told about them until somebody lifts it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from engine.store.facts.dirty import chunks, touch_leads
from engine.store.tables import lead, transition

RESTRICTED = "restricted"
"""Why a touch of theirs does not go out; and the field under which transitions tell of it."""
ERASED = "erased"
_c = lead.c


class Restriction(NamedTuple):
    """How a lead stands: since when and by whom he is left alone, why, and since when nothing is left of him."""

    restricted_at: int | None
    restricted_by: str | None
    restricted_for: str | None
    erased_at: int | None


_NONE = Restriction(None, None, None, None)
_STANDING = select(*(_c[name] for name in Restriction._fields))


def restriction_of(connection: Connection, lead_id: str) -> Restriction:
    """How he stands."""
    row = connection.execute(_STANDING.where(_c.id == lead_id)).one_or_none()
    return _NONE if row is None else Restriction(*row)


def restrict(connection: Connection, lead_id: str, reason: str, actor: str, now: int) -> bool:
    """Leave him alone from now on. False: he is left alone already, and it stays as it was put down."""
    values = {"restricted_at": now, "restricted_by": actor, "restricted_for": reason}
    if not connection.execute(update(lead).where(_c.id == lead_id, _c.restricted_at.is_(None)).values(values)).rowcount:
        return False
    _tell(connection, lead_id, RESTRICTED, None, actor, reason, now)
    touch_leads(connection, [lead_id], RESTRICTED, now)
    return True


def lift(connection: Connection, lead_id: str, status: str, actor: str, now: int) -> bool:
    """End it; an erased one has that status again, and may be imported anew. False: nothing was restricted."""
    was = restriction_of(connection, lead_id)
    if was.restricted_at is None:
        return False
    values: dict[str, Any] = dict.fromkeys(Restriction._fields)
    if was.erased_at is not None:
        values["status"] = status
    connection.execute(update(lead).where(_c.id == lead_id).values(values))
    _tell(connection, lead_id, None, RESTRICTED, actor, None, now)
    touch_leads(connection, [lead_id], "restriction_lifted", now)
    return True


def erased_among(connection: Connection, leads: Collection[str]) -> frozenset[str]:
    """Those of whom only keys and counts are left."""
    query = select(_c.id).where(_c.erased_at.is_not(None))
    return frozenset(
        ident for some in chunks(sorted(leads)) for ident in connection.execute(query.where(_c.id.in_(some))).scalars()
    )


def tell_erased(connection: Connection, lead_id: str, actor: str, now: int) -> None:
    """Keep who erased him, and when."""
    _tell(connection, lead_id, ERASED, None, actor, None, now)


def _tell(
    connection: Connection, lead_id: str, value: str | None, previous: str | None, actor: str, cause: str | None,
    now: int,
) -> None:  # fmt: skip
    connection.execute(insert(transition).values(
        lead=lead_id, subject="lead", field=RESTRICTED, value=value, previous=previous, at=now, actor=actor,
        cause=cause,
    ))  # fmt: skip
