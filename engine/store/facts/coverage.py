"""Which leads a circumstance applies to: those named, and all whose region lies in its region."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, insert, literal, select

from engine.domain.regions.codes import lies_within
from engine.store.conditions.regions import in_region
from engine.store.database import insert_ignore
from engine.store.facts.dirty import chunks
from engine.store.tables import circumstance, coverage, lead


def cover_named(connection: Connection, ident: str, leads: Sequence[str]) -> None:
    """Let a circumstance apply to these leads, wherever they live and move."""
    insert_ignore(connection, coverage, [{"lead": one, "circumstance": ident, "invited": True} for one in leads])


def cover_region(connection: Connection, ident: str, region: str) -> None:
    """Let a circumstance apply to every lead in the region, besides those that are named."""
    named = select(coverage.c.lead).where(coverage.c.circumstance == ident)
    rows = select(lead.c.id, literal(ident)).where(in_region(lead.c.region, region), lead.c.id.not_in(named))
    connection.execute(insert(coverage).from_select(["lead", "circumstance"], rows))


def cover_leads(connection: Connection, leads: Collection[str]) -> None:
    """Work out anew which regions' circumstances apply to these leads: they are new, or have moved."""
    regional = select(circumstance.c.id, circumstance.c.region).where(circumstance.c.scope == "region")
    scopes = [(row.id, row.region) for row in connection.execute(regional)]
    if not scopes:
        return
    for chunk in chunks(leads):
        stale = coverage.c.circumstance.in_(regional.with_only_columns(circumstance.c.id))
        connection.execute(delete(coverage).where(coverage.c.lead.in_(chunk), stale, ~coverage.c.invited))
        regions = connection.execute(select(lead.c.id, lead.c.region).where(lead.c.id.in_(chunk))).all()
        rows = [
            {"lead": one.id, "circumstance": ident, "invited": False}
            for one in regions
            for ident, region in scopes
            if one.region and lies_within(one.region, region)
        ]
        insert_ignore(connection, coverage, rows)
