"""How complete each lead's portrait is, kept beside his facts, so that rules read it at the price of a column.

The blocks are those of config.yaml that plan put into the database (`PORTRAIT`): whoever writes a fact, the command
line too, counts by the same ones. Before plan has run once nothing is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from engine.domain.portrait import Block, portrait_of
from engine.store import state
from engine.store.aside.sound import sound_lead
from engine.store.facts.dirty import chunks, touch_leads
from engine.store.tables import date_record, lead

PORTRAIT = "portrait"
"""The name under which the blocks are remembered."""

_KEPT = ("portrait_completeness", "portrait_missing", "portrait_allows")
_UPDATE = update(lead).where(lead.c.id == bindparam("b_id")).values({name: bindparam(f"b_{name}") for name in _KEPT})


class Kept(NamedTuple):
    """The blocks by which portraits are counted from now on, and whether all leads have been counted by them."""

    blocks: tuple[Block, ...]
    counted: bool


def blocks_kept(connection: Connection) -> Kept | None:
    """None: portraits are not counted yet."""
    found = state.get(connection, PORTRAIT)
    if found is None:
        return None
    blocks = tuple(Block(name, tuple(map(tuple, facts)), word) for name, facts, word in found.value["blocks"])
    return Kept(blocks, found.value["counted"])


def keep_blocks(connection: Connection, kept: Kept, now: int) -> None:
    """Whoever writes a fact counts by these from now on."""
    rows = [[one.name, one.facts, one.closeness] for one in kept.blocks]
    state.put(connection, PORTRAIT, {"blocks": rows, "counted": kept.counted}, now)


def keep_portraits(connection: Connection, leads: Collection[str]) -> None:
    """Count the portraits of these leads anew, whose facts were written. Plan hears of it from whoever wrote them."""
    kept = blocks_kept(connection) if leads else None
    if kept is not None:
        _count(connection, leads, kept.blocks)


def count_page(
    connection: Connection, blocks: Sequence[Block], after: str, limit: int, now: int, *, tell: bool
) -> str | None:
    """Of the next leads by id after that one; the last id, None at the end. `tell`: plan those anew who changed."""
    query = select(lead.c.id).where(lead.c.id > after).order_by(lead.c.id).limit(limit)
    ids = connection.execute(query).scalars().all()
    changed = _count(connection, ids, blocks)
    if tell:
        touch_leads(connection, changed, "portrait", now)
    return str(ids[-1]) if ids else None


def _count(connection: Connection, leads: Collection[str], blocks: Sequence[Block]) -> set[str]:
    changed: list[dict[str, Any]] = []
    for chunk in chunks(sorted(leads)):
        dates = _dates(connection, chunk)
        living = select(lead).where(lead.c.id.in_(chunk), lead.c.erased_at.is_(None), sound_lead(lead.c.id))
        for row in connection.execute(living).mappings():
            wanted = _wanted(blocks, row, dates[row["id"]])
            if any(row[name] != value for name, value in wanted.items()):
                changed.append({f"b_{name}": value for name, value in wanted.items()} | {"b_id": row["id"]})
    if changed:
        connection.execute(_UPDATE, changed)
    return {row["b_id"] for row in changed}


def _wanted(blocks: Sequence[Block], row: Mapping[Any, Any], dates: set[str]) -> dict[str, Any]:
    found = portrait_of(blocks, row, dates)
    return dict(zip(_KEPT, (found.completeness, list(found.missing), found.allows), strict=True))


def _dates(connection: Connection, leads: Sequence[str]) -> Mapping[str, set[str]]:
    """The kinds of dates that are known of these leads."""
    found: dict[str, set[str]] = defaultdict(set)
    query = select(date_record.c.lead, date_record.c.kind).where(date_record.c.lead.in_(leads), ~date_record.c.gone)
    for row in connection.execute(query):
        found[row.lead].add(row.kind)
    return found
