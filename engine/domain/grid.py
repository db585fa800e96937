"""A grid of a quarter of a degree over the earth, so that an index finds who lives in a box.

Cells are numbered from the south pole, row by row, from 180 degrees west. A box lies in one range of numbers for each
row that it meets: an index on latitude alone would read the whole band around the earth.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.areas import Box

_PER_DEGREE = 4
_ROWS, COLUMNS = 180 * _PER_DEGREE, 360 * _PER_DEGREE


def cell_of(lat: float, lon: float) -> int:
    """The cell of a place."""
    return row_of(lat) * COLUMNS + _column(lon)


def row_of(lat: float) -> int:
    """The row of a latitude, from the south; about 28 km high."""
    return min(int((lat + 90) * _PER_DEGREE), _ROWS - 1)


def cells_of(box: Box) -> Iterator[tuple[int, int]]:
    """The first and the last cell of each row that the box meets."""
    for row in range(row_of(box.south), row_of(box.north) + 1):
        yield row * COLUMNS + _column(box.west), row * COLUMNS + _column(box.east)


def _column(lon: float) -> int:
    return min(int((lon + 180) * _PER_DEGREE), COLUMNS - 1)
