"""All that happened to a customer and between us and him, the latest first, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from engine.store.archive.ever import ever
from engine.store.ledger import delivery, touch, verdict
from engine.store.tables import interaction, transition
from engine.store.web_tables import look


class Moment(NamedTuple):
    """Where a page of a timeline ended: an instant (seconds UTC), and of what happened then, what it came to."""

    at: int
    kind: str
    id: str


@dataclass(frozen=True)
class Event:
    """One thing that happened. `what` holds the columns of its row; a touch stands at the hour it is due."""

    at: int
    kind: str  # one of KINDS
    id: str
    what: Mapping[str, Any]

    @property
    def moment(self) -> Moment:
        return Moment(self.at, self.kind, self.id)


class _Source(NamedTuple):
    query: Select[Any]
    lead: ColumnElement[str]
    at: ColumnElement[int]
    id: ColumnElement[Any]


_of_touch = select(touch.c.rule, touch.c.step, touch.c.audience, touch.c.receiver)
_settled = func.coalesce(delivery.c.settled_at, delivery.c.run_at)
_SOURCES = {
    "touch": _Source(select(touch), touch.c.lead, touch.c.due_at, touch.c.id),
    "verdict": _Source(
        _of_touch.add_columns(
            verdict.c.id, verdict.c.touch, verdict.c.policy, verdict.c.effect, verdict.c.facts, verdict.c.at
        ).join(verdict, verdict.c.touch == touch.c.id),
        touch.c.lead, verdict.c.at, verdict.c.id,
    ),
    "delivery": _Source(
        _of_touch.add_columns(
            delivery.c.id, delivery.c.touch, delivery.c.channel, delivery.c.address, delivery.c.state, delivery.c.code
        ).join(delivery, delivery.c.touch == touch.c.id),
        touch.c.lead, _settled, delivery.c.id,
    ),
    "interaction": _Source(select(interaction), interaction.c.lead, interaction.c.at, interaction.c.id),
    "change": _Source(select(transition), transition.c.lead, transition.c.at, transition.c.id),
    "look": _Source(select(look), look.c.lead, look.c.at, look.c.id),
}  # fmt: skip
_ARCHIVED = ("touch", "verdict", "delivery")
KINDS = tuple(_SOURCES)
"""What a timeline tells; of what happened in one second the later kinds come first."""


def timeline(
    connection: Connection, lead_id: str, before: Moment | None, limit: int, *, looks: bool
) -> list[Event]:
    """The latest `limit` events of that lead, or those before `before`; with the looks of visitors if asked for."""
    found = [
        event for kind in KINDS if looks or kind != "look"
        for event in _events(connection, kind, lead_id, before, limit)
    ]  # fmt: skip
    return sorted(found, key=_order, reverse=True)[:limit]


def _events(connection: Connection, kind: str, lead_id: str, before: Moment | None, limit: int) -> list[Event]:
    source = _SOURCES[kind]
    query = source.query.add_columns(source.at.label("happened_at")).where(source.lead == lead_id)
    if before is not None:
        query = query.where(_earlier(source, kind, before))
    if kind in _ARCHIVED:
        rows = connection.execute(ever(query, "-happened_at", "-id").limit(limit)).mappings()
    else:
        rows = connection.execute(query.order_by(source.at.desc(), source.id.desc()).limit(limit)).mappings()
    return [Event(row["happened_at"], kind, str(row["id"]), dict(row)) for row in rows]


def _earlier(source: _Source, kind: str, before: Moment) -> ColumnElement[bool]:
    """What comes after `before` in a list of the latest first."""
    rank, reached = KINDS.index(kind), KINDS.index(before.kind)
    if rank < reached:
        return source.at <= before.at
    if rank > reached:
        return source.at < before.at
    ident: Any = before.id if kind == "interaction" else int(before.id)
    return or_(source.at < before.at, and_(source.at == before.at, source.id < ident))


def _order(event: Event) -> tuple[int, int, int, str]:
    number = int(event.id) if event.id.isdecimal() and event.kind != "interaction" else 0
    return event.at, KINDS.index(event.kind), number, event.id
