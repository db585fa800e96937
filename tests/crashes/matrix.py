"""The whole matrix, or a part of it: several cells at a time, each in a house of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tests.crashes.cell import Cell, Ground, ground, lived_through
from tests.crashes.points import tabled


class Shown(NamedTuple):
    """What a cell showed, and whether that is what the table says."""

    words: str
    right: bool


def play(cells: Sequence[Cell], parallel: int) -> dict[Cell, Shown]:
    """Each cell, `parallel` at a time."""
    with ground(*{cell.engine for cell in cells}) as under, ThreadPoolExecutor(parallel) as pool:
        return dict(zip(cells, pool.map(lambda cell: _shown(cell, under), cells), strict=True))


def _shown(cell: Cell, under: Ground) -> Shown:
    try:
        outcome = lived_through(cell, under)
    except AssertionError as error:  # one cell that goes wrong must not hide the others
        return Shown(str(error), False)
    due = tabled(cell.point, cell.audience)
    return Shown(str(outcome) if outcome == due else f"{outcome!r}, not {due!r}", outcome == due)
