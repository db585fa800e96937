"""What an import does with a row that cannot be read: what stands there counts as missing, and it brings the rest."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Float, Integer, null, update

from engine.store.aside.rows import MENDED, aside
from engine.store.aside.shapes import Shape, ill_typed, wrong_json
from engine.store.facts.dirty import touch_leads
from engine.store.tables import lead

_LIST = Shape("array", optional=True)
_JSON = {"channels": Shape("array"), "attrs": Shape("object"), "observances": _LIST, "portrait_missing": _LIST}


def look_at_again(connection: Connection, leads: Collection[str], now: int) -> None:
    """Have plan look at those of these leads who are set aside: somebody has written them anew."""
    touch_leads(connection, aside(connection).intersection(leads), MENDED, now)


def forget_unreadable(connection: Connection, leads: Collection[str]) -> None:
    """Empty those columns of these leads that cannot be read, if any of them is set aside."""
    out = sorted(aside(connection).intersection(leads))
    for column in lead.c if out else ():
        if column.name in _JSON:
            wrong = wrong_json(connection, column, _JSON[column.name])
        elif isinstance(column.type, (Integer, Float)):
            wrong = ill_typed(connection, column)
        else:
            continue
        connection.execute(update(lead).where(lead.c.id.in_(out), wrong).values({column.name: _nothing(column)}))


def _nothing(column: Any) -> Any:
    if column.nullable:
        return null()
    if column.default is None:
        return 0
    return column.default.arg(None) if column.default.is_callable else column.default.arg
