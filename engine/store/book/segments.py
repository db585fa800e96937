"""Which segments hold for any of some leads, asked in one statement: whoever is in none gives no birth there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from engine.store.book.planning import Segment, of_leads

_AT_ONCE = 100
"""Segments of one statement: engines bound its columns and its parameters."""


def held(connection: Connection, segments: Sequence[Segment], leads: Sequence[str]) -> frozenset[int]:
    """Places of those segments that hold for one of these leads or more."""
    found: set[int] = set()
    for first in range(0, len(segments), _AT_ONCE):
        some = tuple(segments[first : first + _AT_ONCE])
        query, whose = of_leads(_each_of(some), leads)
        row = connection.execute(query, whose).one()
        found.update(first + place for place, holds in enumerate(row) if holds)
    return frozenset(found)


@lru_cache(maxsize=16)  # kept, so that it is compiled once: rules change seldom
def _each_of(segments: tuple[Segment, ...]) -> Select[Any]:
    return select(*(func.max(case((segment, 1), else_=0)) for segment in segments))
