"""Touches of schedules, which have no lead: those whose hour has come, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from engine.store.aside.sound import sound_touch
from engine.store.ledger import touch
from engine.store.tables import dirty_lead

_UNPLANNED = select(dirty_lead.c.id).where(dirty_lead.c.lead == "").exists()

_DUE = (
    select(touch)
    .where(touch.c.judge_at <= bindparam("now"), touch.c.lead == "", ~_UNPLANNED, sound_touch(touch.c.id, touch.c.lead))
    .order_by(touch.c.nominal_at, touch.c.id)
)


def due(connection: Connection, now: int) -> list[Any]:
    """Touches without a lead to be looked at by `now`, in the order of their hours; none while reps are unplanned."""
    return list(connection.execute(_DUE, {"now": now}).all())


_SETTLE = (
    update(touch)
    .where(touch.c.id == bindparam("b_id"), touch.c.state == bindparam("b_was"))
    .values(
        state=bindparam("b_state"), reason=bindparam("b_reason"), judge_at=bindparam("b_judge"), via=bindparam("b_via"),
        released_at=bindparam("b_released"), settled_at=bindparam("b_settled"),
    )
)  # fmt: skip


def settle(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Write what was decided of a touch; False: it changed meanwhile, and was left alone."""
    return connection.execute(_SETTLE, row).rowcount == 1
