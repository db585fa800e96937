"""The same question put to the archive: what ended long ago is told as truly as what ended today.

For questions about one touch, one lead or some days: each has its index there. What is still at work, and what looks
back a few weeks, does not ask.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, CompoundSelect, Select, Table, text, union_all
from sqlalchemy.sql import visitors

from engine.store.archive_tables import ARCHIVE_OF

_AS_LIVE = {table: archive.alias(table.name) for table, archive in ARCHIVE_OF.items()}
"""Under the names of the tables whose rows they took: conditions that are written out hold for them too."""


def archived(query: Select[Any]) -> Select[Any]:
    """The same of the archive. The query reads the tables themselves, under no other names."""
    put: Any = visitors.replacement_traverse(query, {}, _replacement)
    assert isinstance(put, Select)
    return put


def ever(query: Select[Any], *order: str) -> CompoundSelect[Any]:
    """Both, in the order of these columns of the answer; `-due_at`: the latest first."""
    places = {name: place for place, name in enumerate(query.selected_columns.keys(), 1)}
    by = (f"{places[name.removeprefix('-')]}{' DESC' * name.startswith('-')}" for name in order)
    return union_all(query, archived(query)).order_by(*map(text, by))


def _replacement(element: Any, **_: Any) -> Any:
    if isinstance(element, Column) and element.table in _AS_LIVE:
        return _AS_LIVE[element.table].c[element.key]
    return _AS_LIVE.get(element) if isinstance(element, Table) else None
