"""Touches that are to be spread over their reps' days, and how full those days are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from engine.domain.words import Touch
from engine.store.aside.sound import sound_touch
from engine.store.book.book import close_touches
from engine.store.ledger import plan_cursor, touch
from engine.store.many import write_many
from engine.store.tables import lead

_t = touch.c
_UNUSED = (Touch.SUPERSEDED, Touch.CANCELLED)
"""States that leave their day to others."""


def take_turns(connection: Connection) -> None:
    """Wait until nobody else fills days; two who count at once would both see the same room."""
    connection.execute(select(plan_cursor.c.shard).order_by(plan_cursor.c.shard).with_for_update())


def to_place(connection: Connection, limit: int) -> list[Any]:
    """Touches without a day yet, in their order, with their lead's zone."""
    return list(connection.execute(_TO_PLACE, {"limit": limit}).all())


_TO_PLACE = (
    select(touch, lead.c.timezone.label("lead_zone"))
    .join(lead, lead.c.id == _t.lead)
    .where(_t.level_order.is_not(None), _t.level_on.is_(None), sound_touch(_t.id, _t.lead))
    .order_by(_t.level_order, _t.occurrence_key)
    .limit(bindparam("limit"))
)


def loads(connection: Connection, reps: Collection[str], first: date, last: date) -> dict[tuple[str, str], int]:
    """How many touches each of these reps has on each of those civil days (ISO) of his."""
    query = select(_t.level_rep, _t.level_on, func.count()).group_by(_t.level_rep, _t.level_on)
    query = query.where(
        _t.level_rep.in_(reps), _t.level_on >= first.isoformat(), _t.level_on <= last.isoformat(),
        _t.state.not_in(_UNUSED),
    )  # fmt: skip
    return {(rep, day): count for rep, day, count in connection.execute(query)}


_PLACE = (
    update(touch)
    .where(_t.id == bindparam("b_id"), _t.level_on.is_(None))
    .values(
        due_at=bindparam("b_due"), judge_at=bindparam("b_judge"), day_on=bindparam("b_day"),
        level_on=bindparam("b_level_on"),
    )
)  # fmt: skip


def let_go(connection: Connection, ids: Sequence[int], reason: str, now: int) -> None:
    """End touches that get no day; they ask for none again."""
    if ids:
        close_touches(connection, ids, Touch.EXPIRED, reason, now)
        connection.execute(update(touch).where(_t.id.in_(ids)).values(level_order=None))


def place(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give touches the days that were chosen."""
    write_many(connection, _PLACE, rows)
