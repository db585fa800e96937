"""Deliveries under lock, with what decides how they settle: their touch, their lead, a pause.

Every function works inside its caller's write transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)

from engine.domain.words import Touch
from engine.store.among import among
from engine.store.aside.sound import sound_touch
from engine.store.ledger import delivery, pause, touch
from engine.store.many import fetch
from engine.store.outbox.gathered import still_told
from engine.store.tables import lead

_d, _t = delivery.c, touch.c

IS_PENDING = _d.state == literal_column("'pending'")
"""Written out, not bound: SQLite uses a partial index only for the very words of its condition."""
_is_leased = text("delivery.state IN ('claimed', 'sending')")

PAUSED = exists().where(or_(
    pause.c.scope == "all",
    and_(pause.c.scope == "rule", pause.c.name == _d.rule),
    and_(pause.c.scope == "channel", pause.c.name == _d.channel),
    and_(pause.c.scope == "category", pause.c.name == _d.category),
))  # fmt: skip
"""Whether a pause keeps the delivery back."""


class Held(NamedTuple):
    """A delivery under lock, with what decides how it settles."""

    id: int
    epoch: int
    state: str
    audience: str
    message_id: str
    attempts: int
    expires_at: int | None
    lead: str
    touch: int
    touch_state: str
    judged_version: int | None
    via: list[str]
    via_index: int
    action: str
    signed_by: str | None
    due_at: int
    occurrence_key: str
    judge_version: int | None      # the lead's; None: the lead is not in the book
    gathered: int | None           # how many touches its message tells of; None: its own alone
    still_told: int | None         # of how many it still may
    confidential: bool             # what is written about the lead is not kept once it has left
    carries: bool                  # other touches travel in its message
    channel: str
    address: str
    remote_id: str | None
    composed_at: int


_carried = touch.alias("carried")
_held_columns = (
    _d.id, _d.epoch, _d.state, _d.audience, _d.message_id, _d.attempts, _d.expires_at, _d.lead, _d.touch,
    _t.state.label("touch_state"), _t.judged_version, _t.via, _t.via_index, _t.action, _t.signed_by,
    _t.due_at, _t.occurrence_key, lead.c.judge_version, _d.gathered,
    case((_d.gathered.is_not(None), still_told(_d.touch))), func.coalesce(lead.c.confidential, false()),
    exists().where(_carried.c.carried_by == _d.touch),
    _d.channel, _d.address, _d.remote_id, _d.composed_at,
)  # fmt: skip
_HELD: Select[Any] = (
    select(*_held_columns)
    .join(touch, _t.id == _d.touch)
    .outerjoin(lead, lead.c.id == _d.lead)
    .with_for_update(of=(delivery, touch))
)
_HELD_BY_ID = _HELD.where(among(_d.id, "ids")).order_by(_d.id)
_PAUSED = select(_d.id).where(_d.id.in_(bindparam("ids", expanding=True)), PAUSED)


def held(connection: Connection, ids: Sequence[int]) -> dict[int, Held]:
    """These deliveries and their touches, locked."""
    return _as_held(fetch(connection, _HELD_BY_ID, {"ids": list(ids)}))


def paused(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Those of the deliveries that a pause keeps back."""
    return set(connection.execute(_PAUSED, {"ids": list(ids)}).scalars()) if ids else set()


_PENDING_IDENTS = select(_d.id, _d.message_id).where(IS_PENDING)


def pending_idents(connection: Connection) -> list[Any]:
    """The (id, Message-ID) of every delivery that waits to be sent."""
    return list(connection.execute(_PENDING_IDENTS).all())


_WAITING_FOR_NOBODY = (
    _HELD.where(sound_touch(_d.touch, _d.lead))
    .with_for_update(skip_locked=True, of=(delivery, touch))
    .limit(bindparam("limit"))
)
_LEASED = _WAITING_FOR_NOBODY.where(_is_leased).order_by(_d.lease_until)
_LAPSED = _LEASED.where(_d.lease_until <= bindparam("store"))
_OVERDUE = _WAITING_FOR_NOBODY.where(IS_PENDING, _d.expires_at <= bindparam("now")).order_by(_d.run_at)
_IS_HANDED = _d.state == literal_column("'handed'")
_MOOT = _WAITING_FOR_NOBODY.where(
    _IS_HANDED, _d.remote_id.is_(None),
    or_(_t.state != Touch.RELEASED, _t.judged_version != lead.c.judge_version, _d.expires_at <= bindparam("now")),
).order_by(_d.run_at)  # fmt: skip
_TO_ASK = (
    select(_d.id, _d.channel, _d.remote_id, _d.address)
    .where(_IS_HANDED, _d.remote_id.is_not(None), _d.run_at <= bindparam("now"))
    .order_by(_d.run_at)
    .limit(bindparam("limit"))
)
_ASK_AGAIN = update(delivery).where(_d.id == bindparam("b_id"), _IS_HANDED).values(run_at=bindparam("b_run_at"))


class Handed(NamedTuple):
    """What a colleague was handed by a vendor's client, which knows what he does with it."""

    id: int
    channel: str
    remote_id: str
    address: str


def moot(connection: Connection, now: int, limit: int) -> list[Held]:
    """Tasks of colleagues, known to us alone, that have expired, ended, or were judged on other facts; locked."""
    return list(_as_held(connection.execute(_MOOT, {"now": now, "limit": limit}).all()).values())


def to_ask(connection: Connection, now: int, limit: int) -> list[Handed]:
    """What a vendor is to be asked about now."""
    return [Handed._make(row) for row in connection.execute(_TO_ASK, {"now": now, "limit": limit})]


def ask_again(connection: Connection, ids: Sequence[int], at: int) -> None:
    """Ask about these again, not before that (seconds UTC)."""
    if ids:
        connection.execute(_ASK_AGAIN, [{"b_id": one, "b_run_at": at} for one in ids])


def lapsed(connection: Connection, store_now: int, limit: int, *, all_leases: bool) -> list[Held]:
    """Claimed and sending deliveries whose lease is over, locked; with `all_leases`, whatever their lease."""
    if all_leases:
        rows = connection.execute(_LEASED, {"limit": limit}).all()
    else:
        rows = connection.execute(_LAPSED, {"store": store_now, "limit": limit}).all()
    return list(_as_held(rows).values())


def overdue(connection: Connection, now: int, limit: int) -> list[Held]:
    """Pending deliveries that have expired, locked."""
    return list(_as_held(connection.execute(_OVERDUE, {"now": now, "limit": limit}).all()).values())


def _as_held(rows: Sequence[Row[Any] | tuple[Any, ...]]) -> dict[int, Held]:
    return {row[0]: Held._make(row) for row in rows}
