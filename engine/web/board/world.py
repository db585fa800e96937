"""Circumstances on a list and on a sketch of the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from engine.domain.civil import DAY
from engine.stages.ingest.story import phase_of
from engine.store.facts.coverage import extent_of
from engine.store.lookups.circumstances_around import circumstances_since, places_covered
from engine.web.asked import Asked
from engine.web.board.sketch import HEIGHT, WIDTH, sketch
from engine.web.routing import DESK, page

OVER = 30 * DAY
"""Seconds for which what is over is shown. Ours."""
MOST = 200
"""Circumstances shown. Ours."""
MOST_DOTS = 500


@dataclass(frozen=True)
class Around:
    """A circumstance with its number on the sketch, where it stands now, and whether its customer may be named."""

    number: int
    row: Mapping[str, Any]
    phase: str
    regions: str
    named: bool


def _world(asked: Asked) -> Response:
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        found = circumstances_since(connection, asked.now - OVER, MOST)
        extents = [extent_of(row) for row in found]
        drawn = [row["id"] for row, extent in zip(found, extents, strict=True) if extent.shapes]
        places = places_covered(connection, drawn, MOST_DOTS) if drawn else []
    rows = [
        Around(number, row, phase_of(row, asked.now) or "to_come", ", ".join(extent.regions),
               row["name"] is not None and sight.sees(row["owner"], confidential=bool(row["confidential"])))
        for number, (row, extent) in enumerate(zip(found, extents, strict=True), 1)
    ]  # fmt: skip
    asked.looked_at({one.row["lead"] for one in rows if one.named}, "/board/circumstances")
    drawing = sketch(((number, extent.shapes) for number, extent in enumerate(extents, 1)), places)
    return asked.page("board_world.html", rows=rows, drawing=drawing, width=WIDTH, height=HEIGHT)


routes = [page("/board/circumstances", _world, DESK)]
