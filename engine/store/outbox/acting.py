"""What the engine's own deeds read and write: released `set` and `assign` touches, their leads, whose turn it is.

Every function but `waiting` works inside its caller's write transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, text, update

from engine.domain.words import Audience, Touch
from engine.store.aside.sound import sound_touch
from engine.store.database import insert_ignore
from engine.store.ledger import pause, team_turn, touch
from engine.store.many import write_many
from engine.store.tables import lead

_t = touch.c
_PAUSED = exists().where(or_(
    pause.c.scope == "all",
    and_(pause.c.scope == "rule", pause.c.name == _t.rule),
    and_(pause.c.scope == "category", pause.c.name == _t.category),
))  # fmt: skip
_READY = (
    text("touch.state IN ('released', 'draft')"),  # the very words of the partial index
    _t.state == Touch.RELEASED,
    _t.audience == Audience.ENGINE,
    sound_touch(_t.id, _t.lead),
)
_IN_ORDER = (_t.due_at, _t.occurrence_key)
"""The order in which deeds are done, which decides whose turn it is: of the facts, never of the ids."""


def waiting(connection: Connection, limit: int, only: Collection[str], *, paused_too: bool) -> list[int]:
    """Deeds that were let go, in their order; with `only`, of those leads alone."""
    query = _WAITING if paused_too else _WAITING_UNPAUSED
    if only:
        query = query.where(_t.lead.in_(only))
    return list(connection.execute(query, {"limit": limit}).scalars())


_WAITING = select(_t.id).where(*_READY).order_by(*_IN_ORDER).limit(bindparam("limit"))
_WAITING_UNPAUSED = _WAITING.where(~_PAUSED)


def claimed(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """Those that nobody else has done or is doing, locked, in their order."""
    query = select(touch).where(_t.id.in_(ids), *_READY).order_by(*_IN_ORDER).with_for_update(skip_locked=True)
    return list(connection.execute(query).all())


def leads_of(connection: Connection, touches: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Their leads, locked."""
    ids = {row.lead for row in touches}
    query = select(lead).where(lead.c.id.in_(ids)).order_by(lead.c.id).with_for_update()
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


_FINISH = (
    update(touch)
    .where(_t.id == bindparam("b_id"), *_READY)
    .values(
        state=bindparam("b_state"), reason=bindparam("b_reason"), policy=bindparam("b_policy"),
        changed=bindparam("b_changed"), judge_at=bindparam("b_judge"), settled_at=bindparam("b_settled"),
        released_at=bindparam("b_released"),
    )
)  # fmt: skip


def finish(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what became of claimed deeds."""
    write_many(connection, _FINISH, rows)


def last_turn(connection: Connection, team: str) -> str:
    """The rep of that team who got a lead last, "" before the first; locked, so that each turn comes once."""
    insert_ignore(connection, team_turn, [{"team": team, "rep": "", "at": 0}])
    query = select(team_turn.c.rep).where(team_turn.c.team == team).with_for_update()
    return str(connection.execute(query).scalar_one())


def take_turn(connection: Connection, team: str, rep: str, now: int) -> None:
    """Note that it was his turn."""
    connection.execute(update(team_turn).where(team_turn.c.team == team).values(rep=rep, at=now))
