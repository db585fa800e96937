"""The public pool: leads without an owner, those that matter most first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from engine.domain.changes import POOLED, Role
from engine.domain.reps import is_new
from engine.ground.durations import Duration
from engine.store.dialects import ByteOrder
from engine.store.facts.dirty import chunks
from engine.store.tables import account, lead, rep

_WAITS = lead.c.status == POOLED


class Taker(NamedTuple):
    """A rep to whom leads may be handed out, and how many he has."""

    id: str
    name: str
    leads: int


class Standing(NamedTuple):
    """A lead, and what decides whether he stays with his owner. `last_contact_at`: seconds UTC."""

    name: str
    confidential: bool
    company: str | None
    owner: str | None
    key: bool
    tier: str | None
    grade: str | None
    last_contact_at: int | None
    timezone: str


def pool(
    connection: Connection, tiers: Sequence[str], grades: Sequence[str], limit: int, *, confidential: bool = True
) -> list[Mapping[str, Any]]:
    """The first `limit` leads of the pool: key customers, then by tier and grade (the vocabularies' order, the best
    first; unknown ones last), then who has waited longest. `confidential`: with those who are."""
    query = (
        select(
            lead.c.id, lead.c.name, account.c.name.label("company"), lead.c.key, lead.c.tier, lead.c.grade,
            lead.c.stage, lead.c.region, lead.c.contacts, lead.c.previous_owner, lead.c.pooled_at, lead.c.timezone,
            lead.c.last_contact_at,
        )
        .outerjoin(account, account.c.id == lead.c.account)
        .where(_waits(confidential))
        .order_by(
            lead.c.key.desc(), _rank(lead.c.tier, tiers), _rank(lead.c.grade, grades),
            lead.c.pooled_at.is_(None), lead.c.pooled_at, ByteOrder(lead.c.id),
        )
        .limit(limit)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]


def pool_size(connection: Connection, *, confidential: bool = True) -> int:
    """How many leads wait in the pool."""
    return int(connection.execute(select(func.count()).select_from(lead).where(_waits(confidential))).scalar_one())


def takers(connection: Connection, new_for: Duration, now: int) -> list[Taker]:
    """Everybody who is still there: new reps (who joined less than `new_for` ago) come first, managers last.

    Within each, who has the fewest leads, so that they are dealt out evenly.
    """
    owned = select(func.count()).select_from(lead).where(lead.c.owner == rep.c.id).scalar_subquery()
    gone = and_(rep.c.absent_from.is_not(None), rep.c.absent_to.is_(None), rep.c.delegate.is_not(None))
    query = select(rep.c.id, rep.c.name, rep.c.joined_at, rep.c.timezone, rep.c.role, owned.label("leads"))
    found = []
    for row in connection.execute(query.where(~gone)):
        new = is_new(row.joined_at, new_for, row.timezone, now)
        found.append((row.role == Role.MANAGER, not new, row.leads, Taker(row.id, row.name, row.leads)))
    return [taker for *_, taker in sorted(found)]


def standings(connection: Connection, leads: Collection[str]) -> dict[str, Standing]:
    """How these leads stand now, by id."""
    columns = [account.c.name.label("company") if name == "company" else lead.c[name] for name in Standing._fields]
    query = select(lead.c.id, *columns).outerjoin(account, account.c.id == lead.c.account)
    return {
        row.id: Standing(*row[1:])
        for chunk in chunks(sorted(leads))
        for row in connection.execute(query.where(lead.c.id.in_(chunk)))
    }


def _waits(confidential: bool) -> ColumnElement[bool]:
    return _WAITS if confidential else and_(_WAITS, ~lead.c.confidential)


def _rank(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[int]:
    return case({word: n for n, word in enumerate(words)}, value=column, else_=len(words))
