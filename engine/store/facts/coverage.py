"""Which leads a circumstance applies to: those named, and all who live in its regions or inside its shapes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, exists, insert, literal, or_, select

from engine.domain.areas import Box, Shape
from engine.domain.civil import DAY
from engine.domain.extents import Extent
from engine.domain.grid import cells_of, row_of
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.conditions.regions import in_region
from engine.store.facts.dirty import chunks
from engine.store.many import insert_ignore
from engine.store.tables import lead

LONG_OVER = 400 * DAY
"""Seconds after its end when who moves there is no longer concerned: no rule looks further back than a year."""


def cover_named(connection: Connection, ident: str, leads: Sequence[str]) -> None:
    """Let a circumstance apply to these leads, wherever they live and move."""
    insert_ignore(connection, coverage, [{"lead": one, "circumstance": ident, "invited": True} for one in leads])


def cover_extent(connection: Connection, ident: str, extent: Extent) -> None:
    """Let a circumstance apply to every lead inside, besides those that are named."""
    for region in extent.regions:
        known = exists().where(coverage.c.lead == lead.c.id, coverage.c.circumstance == ident)
        rows = select(lead.c.id, literal(ident)).where(in_region(lead.c.region, region), ~known)
        connection.execute(insert(coverage).from_select(["lead", "circumstance"], rows))
    inside = sorted({one for shape in extent.shapes for one in _inside(connection, shape)})
    for chunk in chunks(inside):
        insert_ignore(connection, coverage, [_row(one, ident) for one in chunk])


def uncover_extent(connection: Connection, ident: str) -> set[str]:
    """Let a circumstance apply to none but those named; who it applied to by where they live."""
    by_place = coverage.c.circumstance == ident, ~coverage.c.invited
    found = set(connection.execute(select(coverage.c.lead).where(*by_place)).scalars())
    connection.execute(delete(coverage).where(*by_place))
    return found


def cover_leads(connection: Connection, leads: Collection[str], now: int) -> None:
    """Work out anew which circumstances apply to these leads by where they live: they are new, or have moved.

    Those long over keep whom they had.
    """
    going_on = or_(circumstance.c.ends_at.is_(None), circumstance.c.ends_at > now - LONG_OVER)
    spread = select(circumstance).where(circumstance.c.scope != "lead", going_on)
    reach = _Reach({row["id"]: extent_of(row) for row in connection.execute(spread).mappings().all()})
    if not reach.extents:
        return
    for chunk in chunks(leads):
        for some in chunks(reach.extents):
            stale = coverage.c.lead.in_(chunk), coverage.c.circumstance.in_(some)
            connection.execute(delete(coverage).where(*stale, ~coverage.c.invited))
        where = select(lead.c.id, lead.c.region, lead.c.lat, lead.c.lon).where(lead.c.id.in_(chunk))
        rows = [_row(one.id, ident) for one in connection.execute(where) for ident in sorted(reach.of(one))]
        for part in chunks(rows):
            insert_ignore(connection, coverage, part)


def extent_of(row: Mapping[str, Any] | RowMapping) -> Extent:
    """How far a circumstance reaches, besides those it names."""
    if row["area"] is not None:
        return Extent.from_json(row["area"])
    return Extent((row["region"],)) if row["region"] else Extent()


def _row(lead_id: str, ident: str) -> dict[str, object]:
    return {"lead": lead_id, "circumstance": ident, "invited": False}


def _inside(connection: Connection, shape: Shape) -> Iterator[str]:
    """By the grid's index and the box first, then exactly."""
    for box in shape.boxes():
        for first, last in cells_of(box):
            query = select(lead.c.id, lead.c.lat, lead.c.lon).where(
                lead.c.cell.between(first, last),
                lead.c.lat.between(box.south, box.north),
                lead.c.lon.between(box.west, box.east),
            )
            yield from (row.id for row in connection.execute(query) if shape.holds((row.lat, row.lon)))


class _Reach:
    """Several circumstances by where they hold, so that a lead is compared only with those near him."""

    def __init__(self, extents: Mapping[str, Extent]) -> None:
        self.extents = extents
        self._by_region: dict[str, list[str]] = defaultdict(list)
        self._by_row: dict[int, list[tuple[Box, Shape, str]]] = defaultdict(list)
        for ident, extent in extents.items():
            for region in extent.regions:
                self._by_region[region].append(ident)
            for shape in extent.shapes:
                for box in shape.boxes():
                    for row in range(row_of(box.south), row_of(box.north) + 1):
                        self._by_row[row].append((box, shape, ident))

    def of(self, lead: Any) -> set[str]:
        """Those that apply to the lead: a row with region, lat and lon."""
        found: set[str] = set()
        for length in range(1, len(lead.region or "") + 1):
            for ident in self._by_region.get(lead.region[:length], ()):
                if Extent((lead.region[:length],)).holds(lead.region, None):
                    found.add(ident)
        if lead.lat is None or lead.lon is None:
            return found
        for box, shape, ident in self._by_row.get(row_of(lead.lat), ()):
            near = box.west <= lead.lon <= box.east and ident not in found
            if near and shape.holds((lead.lat, lead.lon)):
                found.add(ident)
        return found
