"""Every change of a delivery's state goes through here: compare-and-set, its touch along with it, one event.

A transition names the state and epoch it starts from. The caller has read both under lock in the same
transaction; should a row have changed all the same, nothing of the batch is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from engine.domain.words import Delivery, Touch
from engine.store.ledger import delivery, delivery_event, touch


class Consequence(StrEnum):
    """What a delivery's new state means for its touch."""

    NONE = "none"
    DELIVERED = "delivered"
    NEXT_CHANNEL = "next_channel"
    REJUDGE = "rejudge"            # back to release: what it was let go on has changed
    DEAD = "dead"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Transition:
    """One delivery from one state to another. `run_at` and `attempts` None: as they are."""

    delivery: int
    touch: int
    epoch: int
    source: Delivery
    target: Delivery
    consequence: Consequence = Consequence.NONE
    reason: str = ""               # why the touch ends, for people and `explain`
    code: str = ""
    detail: str = ""
    remote_id: str = ""
    run_at: int | None = None
    attempts: int | None = None
    actor: str = "engine"


class LostRow(Exception):
    """A row changed between its lock and its update. A bug of ours: the batch was rolled back."""


SETTLED = frozenset({
    Delivery.SENT, Delivery.FAILED, Delivery.SUPPRESSED, Delivery.EXPIRED, Delivery.CANCELLED,
})  # fmt: skip

_d = delivery.c
_UPDATE = (
    update(delivery)
    .where(_d.id == bindparam("b_id"), _d.epoch == bindparam("b_epoch"), _d.state == bindparam("b_source"))
    .values(
        state=bindparam("b_target"), code=bindparam("b_code"), last_error=bindparam("b_detail"),
        remote_id=bindparam("b_remote_id"), settled_at=bindparam("b_settled_at"), lease_until=None,
    )
    .execution_options(preserve_rowcount=True)
)  # fmt: skip
_RETRY = (
    update(delivery)
    .where(_d.id == bindparam("b_id"))
    .values(run_at=bindparam("b_run_at"), attempts=bindparam("b_attempts"))
)
_POSTPONE = update(delivery).where(_d.id == bindparam("b_id")).values(run_at=bindparam("b_run_at"))
_EVENT = insert(delivery_event)

_t = touch.c
_RELEASED = update(touch).where(_t.id == bindparam("b_touch"), _t.state == Touch.RELEASED)
_END = _RELEASED.values(
    state=bindparam("b_state"), reason=bindparam("b_reason"), settled_at=bindparam("b_at"), judge_at=None
)
_NEXT_CHANNEL = _RELEASED.values(via_index=_t.via_index + 1)
_REJUDGE = _RELEASED.values(state=Touch.PLANNED, judge_at=bindparam("b_at"), released_at=None)
_survivor = touch.alias("survivor")
_MERGED_RETURN = (
    update(touch)
    .where(
        _t.lead == select(_survivor.c.lead).where(_survivor.c.id == bindparam("b_touch")).scalar_subquery(),
        _t.state == Touch.MERGED,
        _t.merged_into == bindparam("b_touch"),
        or_(_t.expires_at.is_(None), _t.expires_at > bindparam("b_at")),
    )
    .values(
        state=Touch.PLANNED, judge_at=bindparam("b_at"), merged_into=None, reason=None, policy=None,
        settled_at=None,
    )
)  # fmt: skip
_END_STATES = {
    Consequence.DELIVERED: Touch.DELIVERED, Consequence.DEAD: Touch.DEAD, Consequence.EXPIRED: Touch.EXPIRED,
}  # fmt: skip


def record(connection: Connection, transitions: Sequence[Transition], now: int) -> None:
    """Write the transitions, what they mean for their touches, and their events."""
    if not transitions:
        return
    _update_deliveries(connection, transitions, now)
    write_events(connection, [
        (change.delivery, change.epoch, change.target, change.code, change.detail, change.actor)
        for change in transitions
    ], now)  # fmt: skip
    by_consequence: dict[Consequence, list[Transition]] = defaultdict(list)
    for change in transitions:
        by_consequence[change.consequence].append(change)
    for consequence, changes in by_consequence.items():
        _carry_out(connection, consequence, changes, now)


def _update_deliveries(connection: Connection, transitions: Sequence[Transition], now: int) -> None:
    rows = [
        {
            "b_id": change.delivery, "b_epoch": change.epoch, "b_source": change.source,
            "b_target": change.target, "b_code": change.code or None, "b_detail": change.detail or None,
            "b_remote_id": change.remote_id or None,
            "b_settled_at": now if change.target in SETTLED else None,
        }
        for change in transitions
    ]  # fmt: skip
    if connection.execute(_UPDATE, rows).rowcount != len(rows):
        raise LostRow("a delivery changed under its lock")
    moved = [change for change in transitions if change.run_at is not None]
    retried = [change for change in moved if change.attempts is not None]
    postponed = [change for change in moved if change.attempts is None]
    if retried:
        connection.execute(_RETRY, [
            {"b_id": change.delivery, "b_run_at": change.run_at, "b_attempts": change.attempts}
            for change in retried
        ])  # fmt: skip
    if postponed:
        connection.execute(
            _POSTPONE, [{"b_id": change.delivery, "b_run_at": change.run_at} for change in postponed]
        )


def write_events(
    connection: Connection, events: Iterable[tuple[int, int, str, str, str, str]], now: int
) -> None:
    """Append events given as (delivery, epoch, state, code, detail, actor)."""
    rows = [
        {
            "delivery": delivery_id, "at": now, "epoch": epoch, "state": state, "code": code or None,
            "detail": detail or None, "actor": actor,
        }
        for delivery_id, epoch, state, code, detail, actor in events
    ]  # fmt: skip
    if rows:
        connection.execute(_EVENT, rows)


def _carry_out(
    connection: Connection, consequence: Consequence, changes: Sequence[Transition], now: int
) -> None:
    match consequence:
        case Consequence.NONE:
            return
        case Consequence.NEXT_CHANNEL:
            connection.execute(_NEXT_CHANNEL, [{"b_touch": change.touch} for change in changes])
        case Consequence.REJUDGE:
            connection.execute(_REJUDGE, [{"b_touch": change.touch, "b_at": now} for change in changes])
        case _:
            ends = [(change.touch, change.reason) for change in changes]
            end_touches(connection, _END_STATES[consequence], ends, now)


def end_touches(
    connection: Connection, state: Touch, ends: Sequence[tuple[int, str]], now: int
) -> None:
    """End released touches, given as (touch, reason). What was merged into one that failed returns."""
    connection.execute(_END, [
        {"b_touch": touch_id, "b_state": state, "b_reason": reason or None, "b_at": now}
        for touch_id, reason in ends
    ])  # fmt: skip
    if state in (Touch.DEAD, Touch.EXPIRED):
        connection.execute(_MERGED_RETURN, [{"b_touch": touch_id, "b_at": now} for touch_id, _ in ends])
