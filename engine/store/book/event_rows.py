"""Rows that may give birth because of a circumstance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, false, func, or_, select

from engine.domain.words import Phase
from engine.store.book.planning import Segment, living, unindexed, within
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.tables import lead


@lru_cache(maxsize=256)  # most of the time that a query takes is to build it, and it is the same every day
def recent_query(kinds: tuple[str, ...], lasting: bool, segment: Segment) -> Select[Any]:
    """Leads covered by a circumstance of those kinds that began, ends or ended since `since`, given when it runs.

    + id, kind, start, end. `lasting`: also those that began before and have no end yet.
    """
    since: BindParameter[int] = bindparam("since")
    recent = or_(circumstance.c.starts_at >= since, circumstance.c.ends_at >= since)
    return _covered().where(
        circumstance.c.kind.in_(kinds), or_(recent, circumstance.c.ends_at.is_(None) if lasting else false()), segment
    )


@lru_cache(maxsize=256)
def window_query(kinds: tuple[str, ...], anchor: str, windows: int, segment: Segment) -> Select[Any]:
    """Leads covered by one that begins (`anchor` end: ends) in any of so many windows: + id, kind, start, end."""
    column = circumstance.c.starts_at if anchor == "start" else circumstance.c.ends_at
    inside = (and_(circumstance.c.kind.in_(kinds), within(column, n)) for n in range(windows))
    return _covered().where(or_(*inside)).where(unindexed(segment))


def oldest_lasting(connection: Connection, kinds: Sequence[str], at: int) -> int | None:
    """When the oldest of those that last until then or longer began; None: there is none."""
    mine = circumstance.c.kind.in_(kinds)
    begun = (
        connection.execute(select(func.min(circumstance.c.starts_at)).where(mine, lasts)).scalar_one_or_none()
        for lasts in (circumstance.c.ends_at >= at, circumstance.c.ends_at.is_(None))
    )
    return min((one for one in begun if one is not None), default=None)


class Hosts:
    """Who of us receives the guests of a circumstance: the rep it names, asked of the database once each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, str | None] = {}

    def of(self, anchor: str) -> str | None:
        """The rep that the circumstance of an occasion names as `host`; None: it names nobody."""
        ident = anchor.partition("circumstance#")[2]
        if ident not in self._known:
            named = self._connection.execute(select(circumstance.c.attrs).where(circumstance.c.id == ident)).scalar()
            host = (named or {}).get("host")
            self._known[ident] = host if isinstance(host, str) else None
        return self._known[ident]


def _covered() -> Select[Any]:
    columns = (circumstance.c.id, circumstance.c.kind, circumstance.c.starts_at, circumstance.c.ends_at)
    query = living(*columns)
    query = query.join(coverage, coverage.c.lead == lead.c.id)
    query = query.join(circumstance, circumstance.c.id == coverage.c.circumstance)
    return query.where(circumstance.c.phase != Phase.CANCELLED)
