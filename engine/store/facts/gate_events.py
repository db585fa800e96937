"""What gates said: every refusal and every flag, with its evidence; and what they read of reps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select

from engine.store.tables import gate_event, lead, rep, transition


def record_gate_events(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep who asked for what, when, and why the gate objected."""
    if rows:
        connection.execute(insert(gate_event), list(rows))


def gate_events_of(connection: Connection, lead_id: str, limit: int) -> list[RowMapping]:
    """The latest objections to changes of a lead, latest first."""
    query = select(gate_event).where(gate_event.c.lead == lead_id).order_by(gate_event.c.id.desc()).limit(limit)
    return list(connection.execute(query).mappings())


def all_gate_events(connection: Connection) -> list[RowMapping]:
    """Every objection, in order."""
    return list(connection.execute(select(gate_event).order_by(gate_event.c.id)).mappings())


def reps_by_id(
    connection: Connection, ids: Collection[str], *, lock: bool = False
) -> dict[str, Mapping[str, Any]]:
    """Those of the ids that are reps, with all their columns; `lock` keeps them from others until the end."""
    query = select(rep).where(rep.c.id.in_(sorted(ids))).order_by(rep.c.id)
    query = query.with_for_update() if lock else query
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def leads_held(connection: Connection, reps: Collection[str]) -> dict[str, int]:
    """How many leads each of them has."""
    query = select(lead.c.owner, func.count().label("leads")).group_by(lead.c.owner)
    query = query.where(lead.c.owner.in_(sorted(reps)))
    return dict.fromkeys(reps, 0) | {row.owner: row.leads for row in connection.execute(query)}


def claims_since(connection: Connection, rep_id: str, since: int) -> int:
    """How many leads without an owner the rep took himself, from that instant (seconds UTC) on."""
    query = select(func.count()).select_from(transition).where(
        transition.c.field == "owner", transition.c.value == rep_id, transition.c.at >= since,
        transition.c.actor == rep_id, transition.c.previous.is_(None),
    )  # fmt: skip
    return int(connection.execute(query).scalar_one())
