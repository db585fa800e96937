"""Deliveries as a person looks at them who has to decide: those of a touch with all that befell them, and doubts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, literal_column, select

from engine.store.archive.ever import ever
from engine.store.ledger import delivery, delivery_event
from engine.store.tables import lead

_d = delivery.c


@dataclass(frozen=True)
class Doubt:
    """A message to a customer of which nobody knows whether it arrived. `run_at`: when it was sent, seconds UTC."""

    id: int
    touch: int
    channel: str
    rule: str
    run_at: int
    code: str | None
    lead: str
    name: str | None
    owner: str | None
    confidential: bool | None


_DOUBTS: Select[Any] = (
    select(
        _d.id, _d.touch, _d.channel, _d.rule, _d.run_at, _d.code, _d.lead, lead.c.name, lead.c.owner,
        lead.c.confidential,
    )
    .outerjoin(lead, lead.c.id == _d.lead)
    .where(_d.state == literal_column("'in_doubt'"))
    .order_by(_d.id)
)  # fmt: skip


def doubts(connection: Connection, owners: frozenset[str] | None, after: int, limit: int) -> list[Doubt]:
    """Those of these owners' customers (None: everybody's), the oldest first, after that delivery."""
    query = _DOUBTS if owners is None else _DOUBTS.where(lead.c.owner.in_(sorted(owners)))
    return [Doubt(*row) for row in connection.execute(query.where(_d.id > after).limit(limit))]


def touch_of(connection: Connection, delivery_id: int) -> int | None:
    """The touch of that delivery; None: there is none."""
    return connection.execute(ever(select(_d.touch).where(_d.id == delivery_id))).scalar_one_or_none()


def sendings(connection: Connection, touch_id: int) -> list[Mapping[str, Any]]:
    """The deliveries of a touch in order, without their texts; each with its `events`, the oldest first."""
    columns = (_d.id, _d.channel, _d.address, _d.state, _d.run_at, _d.attempts, _d.code, _d.last_error, _d.settled_at)
    found = ever(select(*columns).where(_d.touch == touch_id), "id")
    rows = connection.execute(found).mappings().all()
    told = _events(connection, [row["id"] for row in rows])
    return [{**row, "events": told[row["id"]]} for row in rows]


def _events(connection: Connection, ids: list[int]) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    query = ever(select(delivery_event).where(delivery_event.c.delivery.in_(ids)), "id")
    for row in connection.execute(query).mappings():
        found[row["delivery"]].append(dict(row))
    return found
