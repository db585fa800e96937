"""Who looked at whom: a row for every look at a lead's page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.store.database import insert_ignore
from engine.store.web_tables import look


def record_looks(
    connection: Connection, leads: Collection[str], page: str, visitor: str, role: str, now: int
) -> None:
    """One row for each lead that the page shows. `page` is its route without ids."""
    rows = [{"at": now, "visitor": visitor, "role": role, "lead": lead, "page": page} for lead in sorted(leads)]
    insert_ignore(connection, look, rows)


def looks_at(connection: Connection, lead: str, limit: int) -> list[Row[Any]]:
    """The latest looks at a lead, newest first."""
    query = select(look).where(look.c.lead == lead).order_by(look.c.at.desc(), look.c.id.desc()).limit(limit)
    return list(connection.execute(query))


def looked_at_since(connection: Connection, visitor: str, page: str, since: int) -> set[str]:
    """The leads that he has been shown on that page since then (seconds UTC)."""
    query = select(look.c.lead).where(look.c.visitor == visitor, look.c.at >= since, look.c.page == page)
    return set(connection.execute(query).scalars())
