"""What became of the steps that others of their occasion wait for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from engine.store.archive.ever import ever
from engine.store.ledger import touch, verdict
from engine.store.outbox.signing import PERSON

_t = touch.c


class NeededRow(NamedTuple):
    """A touch that others wait for. Instants are seconds UTC."""

    id: int
    lead: str
    rule: str
    anchor: str
    step: str
    audience: str
    state: str
    due_at: int
    released_at: int | None
    settled_at: int | None
    answered_at: int | None
    merged_into: int | None
    snoozes: int


_COLUMNS = tuple(_t[name] for name in NeededRow._fields)


def touches_of_steps(
    connection: Connection, leads: Collection[str], rules: Collection[str], steps: Collection[str]
) -> list[NeededRow]:
    """Every touch of these steps for these leads, whatever became of it and however long ago."""
    query = select(*_COLUMNS).where(_t.lead.in_(sorted(leads)), _t.rule.in_(sorted(rules)), _t.step.in_(sorted(steps)))
    return [NeededRow._make(row) for row in connection.execute(ever(query))]


def by_id(connection: Connection, ids: Collection[int]) -> dict[int, NeededRow]:
    """These touches."""
    rows = connection.execute(ever(select(*_COLUMNS).where(_t.id.in_(sorted(ids))))) if ids else ()
    return {row.id: NeededRow._make(row) for row in rows}


def first_answers(connection: Connection, rows: Sequence[NeededRow]) -> dict[int, int]:
    """When somebody first decided about those of them that were put off: he had read it by then."""
    ids = [row.id for row in rows if row.snoozes]
    if not ids:
        return {}
    query = select(verdict.c.touch, func.min(verdict.c.at)).where(verdict.c.touch.in_(ids), verdict.c.policy == PERSON)
    found: dict[int, Any] = {}
    for ident, at in connection.execute(ever(query.group_by(verdict.c.touch))):
        found[ident] = min(at, found.get(ident, at))
    return found
