"""Moving touches that ended long ago, each with all that hangs on it: a piece is one short transaction.

They are found day by day, by the index that lists them by the day they were due: the cost follows what is moved. What
still wants something stays: open and released touches, dead letters, bounces, whatever is in doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
)

from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.archive_tables import ARCHIVE_OF
from engine.store.ledger import delivery, delivery_event, draft, touch, verdict
from engine.store.outbox.transitions import SETTLED
from engine.store.parts import Part

PIECE = 1_000
"""Rows of one transaction, all tables together; a touch that has more of its own goes alone."""

LOOKED_AT = PIECE // 4
"""Touches that are looked at for a piece: most have a delivery, and that some events."""

OVER = (Touch.DELIVERED, Touch.SUPPRESSED, Touch.MERGED, Touch.SUPERSEDED, Touch.EXPIRED, Touch.CANCELLED)
"""States that nobody waits for any more."""

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_t, _d = touch.c, delivery.c
_other = touch.alias("other")


def _over_since(before: BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    """Ended and answered before that instant; nothing of theirs is under way, and nothing that is carries them.

    The latest row of all stays as well: SQLite would give its id to the next one.
    """
    unsettled = exists().where(_d.touch == _t.id, _d.state.not_in(SETTLED))
    pending = exists().where(_other.c.id.in_((_t.merged_into, _t.carried_by)),
                             _other.c.state.in_((*TOUCH_OPEN, Touch.RELEASED)))  # fmt: skip
    return (
        _t.state.in_(OVER), func.coalesce(_t.settled_at, _t.due_at) < before, func.coalesce(_t.answered_at, 0) < before,
        ~unsettled, ~pending, _t.id != select(func.max(_other.c.id)).scalar_subquery(),
    )  # fmt: skip


_BEFORE: BindParameter[int] = bindparam("before")
_NEXT_DAY = select(_t.day_on).where(_t.day_on > bindparam("last_on"), _t.day_on < bindparam("before_on"))
_NEXT_DAY = _NEXT_DAY.order_by(_t.day_on).limit(1)
_DUE = select(_t.id).where(_t.day_on == bindparam("day_on"), *_over_since(_BEFORE))
_DUE = _DUE.limit(LOOKED_AT).with_for_update(skip_locked=True, of=touch)
_COUNT = select(func.count()).select_from(touch).where(_t.day_on < bindparam("before_on"), *_over_since(_BEFORE))

_of_delivery = delivery_event.c.delivery.in_(select(_d.id).where(_d.touch.in_(_IDS)))
_HANGS_ON: Mapping[Table, tuple[ColumnElement[int], ColumnElement[int], ColumnElement[bool]]] = {
    delivery_event: (_d.touch, delivery_event.c.id, _of_delivery),
    delivery: (_d.touch, _d.id, _d.touch.in_(_IDS)),
    verdict: (verdict.c.touch, verdict.c.id, verdict.c.touch.in_(_IDS)),
    draft: (draft.c.touch, draft.c.touch, draft.c.touch.in_(_IDS)),
}
"""What goes with touches, in the order in which it goes: whose it is, its id, and which rows are theirs."""
_ALL = {**{table: theirs for table, (_, _, theirs) in _HANGS_ON.items()}, touch: _t.id.in_(_IDS)}


def next_day(connection: Connection, last_on: str, before_on: str) -> str | None:
    """The first civil day (ISO) behind `last_on` and before `before_on` on which anything was due; None: no more."""
    found = connection.execute(_NEXT_DAY, {"last_on": last_on, "before_on": before_on})
    return found.scalar_one_or_none()


def count(connection: Connection, before_on: str, before: int) -> int:
    """How many touches are to be moved that were due before that civil day (ISO) and over before that instant."""
    return int(connection.execute(_COUNT, {"before_on": before_on, "before": before}).scalar_one())


def move(connection: Connection, day_on: str, before: int, part: Part) -> Counter[str]:
    """Move a piece of what was due on that civil day (ISO); how many rows, by table. Nothing: no more of that day."""
    query = _DUE if part.shards is None else _DUE.where(part.has(_t.shard))
    found = connection.execute(query, {"day_on": day_on, "before": before}).scalars().all()
    ids = _a_piece(connection, found) if found else []
    moved: Counter[str] = Counter()
    for table, (copy, drop) in _MOVES.items():
        if ids:
            copied = connection.execute(copy, {"ids": ids}, execution_options=_COUNTED).rowcount
            if connection.execute(drop, {"ids": ids}).rowcount != copied:
                raise RuntimeError(f"rows of {table.name} changed while they were moved")
            moved[table.name] = copied
    return moved


def _a_piece(connection: Connection, found: Sequence[int]) -> list[int]:
    """As many of these touches as fit, without those that have the latest row of a table."""
    rows, latest = Counter(found), set[int]()
    for table, (whose, ident, theirs) in _HANGS_ON.items():
        newest = connection.execute(select(func.max(ident))).scalar_one()
        for touch_id, count, last in connection.execute(_counted(table, whose, ident, theirs), {"ids": found}):
            rows[touch_id] += count
            if last == newest and table is not draft:
                latest.add(touch_id)
    return list(_fitting((one, rows[one]) for one in found if one not in latest))


def _fitting(sizes: Iterable[tuple[int, int]]) -> Iterable[int]:
    room = PIECE
    for ident, size in sizes:
        if size > room and room < PIECE:
            return
        room -= size
        yield ident


def _counted(
    table: Table, whose: ColumnElement[int], ident: ColumnElement[int], theirs: ColumnElement[bool]
) -> Select[int, int, int]:
    query = select(whose, func.count(), func.max(ident)).group_by(whose)
    if table is delivery_event:
        on = delivery_event.c.delivery == _d.id
        return query.select_from(delivery).join(delivery_event, on).where(_d.touch.in_(_IDS))
    return query.where(theirs)


def _moving(table: Table, which: ColumnElement[bool]) -> tuple[Insert, Delete]:
    copy = insert(ARCHIVE_OF[table]).from_select([column.name for column in table.c], select(table).where(which))
    return copy, delete(table).where(which)


_COUNTED = {"preserve_rowcount": True}
_MOVES = {table: _moving(table, which) for table, which in _ALL.items()}
