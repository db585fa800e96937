"""Regions in SQL, with the meaning of engine.domain.regions.codes.lies_within."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_

_DIGITS = tuple("0123456789")


def lies_within(code: ColumnElement[Any], region: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether one region code lies in another; NULL where either is missing."""
    length = func.length(region)
    nests = or_(
        func.length(code) == length,
        func.substr(region, 1, 1).in_(_DIGITS),
        func.substr(code, length + 1, 1) == "-",
    )
    return and_(region != "", func.substr(code, 1, length) == region, nests)


def in_region(code: ColumnElement[Any], region: str) -> ColumnElement[bool]:
    """Whether a column lies in this region; for digits a range that an index on the column serves."""
    exactly = lies_within(code, literal(region))
    if not region.isdigit():  # letters and dashes sort otherwise in every collation
        return exactly
    return and_(code >= region, code < str(int(region) + 1), exactly)
