"""The public pool: leads without an owner, those that matter most first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from engine.domain.changes import POOLED
from engine.store.dialects import ByteOrder
from engine.store.tables import account, lead

_WAITS = lead.c.status == POOLED


def pool(
    connection: Connection, tiers: Sequence[str], grades: Sequence[str], limit: int
) -> list[Mapping[str, Any]]:
    """The first `limit` leads of the pool: key customers, then by tier and grade (the vocabularies' order, the best
    first; unknown ones last), then who has waited longest."""
    query = (
        select(
            lead.c.id, lead.c.name, account.c.name.label("company"), lead.c.key, lead.c.tier, lead.c.grade,
            lead.c.stage, lead.c.region, lead.c.contacts, lead.c.previous_owner, lead.c.pooled_at, lead.c.timezone,
        )
        .outerjoin(account, account.c.id == lead.c.account)
        .where(_WAITS)
        .order_by(
            lead.c.key.desc(), _rank(lead.c.tier, tiers), _rank(lead.c.grade, grades),
            lead.c.pooled_at.is_(None), lead.c.pooled_at, ByteOrder(lead.c.id),
        )
        .limit(limit)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]


def pool_size(connection: Connection) -> int:
    """How many leads wait in the pool."""
    return int(connection.execute(select(func.count()).select_from(lead).where(_WAITS)).scalar_one())


def _rank(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[int]:
    return case({word: n for n, word in enumerate(words)}, value=column, else_=len(words))
