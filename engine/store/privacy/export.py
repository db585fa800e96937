"""Everything that is held about one person, as it stands in the book."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from engine.store.archive.ever import ever
from engine.store.facts.looks import record_looks
from engine.store.ledger import delivery
from engine.store.privacy.erasing import about, naming
from engine.store.privacy.parts import PARTS
from engine.store.tables import account, lead

PAGE = "lead export"
"""Under which the look is kept."""
Rows = dict[str, list[dict[str, Any]]]


def held(connection: Connection, lead_id: str) -> Rows:
    """His rows by table, and the messages to colleagues that name him. There is such a lead."""
    found: Rows = {"lead": _all(connection, select(lead).where(lead.c.id == lead_id))}
    his = found["lead"][0]
    found["account"] = _all(connection, select(account).where(account.c.id == his["account"]))
    for part in PARTS:
        query = select(part.table).where(part.theirs(lead_id)).order_by(*part.table.primary_key)
        found[part.table.name] = _all(connection, query)
    named = ever(select(delivery).where(about(naming(his)), delivery.c.lead != lead_id), "id")
    found["mentions"] = [
        {"delivery": one["id"], "receiver": one["receiver"], "composed_at": one["composed_at"]}
        for one in _all(connection, named)
    ]  # fmt: skip
    return found


def record_export(connection: Connection, lead_id: str, actor: str, now: int) -> None:
    """Keep who had it."""
    record_looks(connection, [lead_id], PAGE, actor, "cli", now)


def _all(connection: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]
