"""Attributes of leads that are days, one row each: in the attributes themselves no index finds what falls due.

A day is any text of the form 2026-03-01, whether config.yaml declares the attribute a date today or later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, delete, insert

from engine.store.facts.dirty import chunks
from engine.store.tables import attribute_day

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def keep_days(connection: Connection, attributes: Mapping[str, Mapping[str, object]]) -> None:
    """Write the days among the attributes of these leads, by id, in place of what was known of them."""
    for chunk in chunks(sorted(attributes)):
        connection.execute(delete(attribute_day).where(attribute_day.c.lead.in_(chunk)))
        rows = [
            {"lead": ident, "name": name, "day_on": value}
            for ident in chunk
            for name, value in attributes[ident].items()
            if is_day(value)
        ]
        if rows:
            connection.execute(insert(attribute_day), rows)


def is_day(value: object) -> bool:
    """Whether it is a civil day in ISO text."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
