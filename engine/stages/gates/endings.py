"""What gates say of the end of a circumstance, which may apply to thousands of leads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.domain.changes import Actor, Change, ChangeKind
from engine.stages.gates.objections import Gates, Objection
from engine.store.database import Connection
from engine.store.facts.circumstances import circumstance_by_id, leads_covered

NOTHING: Mapping[str, str] = MappingProxyType({})


def objections_to_end(
    connection: Connection, gates: Gates, ident: str, actor: Actor, now: int, attrs: Mapping[str, str] = NOTHING
) -> tuple[Objection, ...]:
    """Those of the first lead, by id, for whom a gate objects to this end. `attrs`: what is known of it."""
    row = circumstance_by_id(connection, ident, lock=True)
    if row is None or not gates.on_events:
        return ()
    event = as_gates_read(row, now, attrs)
    changes = [Change(lead, ChangeKind.EVENT_END, event=event) for lead in leads_covered(connection, ident)]
    found = gates.weigh(connection, changes, actor, now)
    chosen = min(found, key=lambda one: (not one.refuses, one.change.lead), default=None)
    return tuple(one for one in found if chosen is not None and one.change.lead == chosen.change.lead)


def as_gates_read(
    row: Mapping[str, Any], now: int, attrs: Mapping[str, str] = NOTHING
) -> dict[str, object]:
    """The circumstance (its row) as gates read it; `attrs` is what is known of its end besides."""
    begun = row["starts_at"] if row["starts_at"] <= now else None
    said = {f"attrs.{name}": value for name, value in {**row["attrs"], **attrs}.items()}
    return {"id": row["id"], "kind": row["kind"], "severity": row["severity"], "age": begun, **said}
