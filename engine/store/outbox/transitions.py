"""Every change of a delivery's state goes through here: compare-and-set, its touch along with it, one event.

A transition names the state and epoch it starts from. The caller has read both under lock in the same
transaction; should a row have changed all the same, nothing of the batch is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, literal, null, or_, select, update

from engine.domain.words import TOUCH_OPEN, Audience, Delivery, Touch
from engine.store.ledger import delivery, delivery_event, touch
from engine.store.many import write_many
from engine.store.outbox.bodies import forget_confidential
from engine.store.outbox.bounced import bounce, reopen
from engine.store.outbox.entries import follow
from engine.store.outbox.gathered import stale, told
from engine.store.tables import dirty_lead


class Consequence(StrEnum):
    """What a delivery's new state means for its touch."""

    NONE = "none"
    DELIVERED = "delivered"
    NEXT_CHANNEL = "next_channel"
    REJUDGE = "rejudge"            # back to release: what it was let go on has changed
    REGATHER = "regather"          # of a message about several: who changed goes back to release, the others stay
    DEAD = "dead"
    DROPPED = "dropped"            # dead because a person said so: what was merged into it does not return
    EXPIRED = "expired"
    NEXT_AFTER_BOUNCE = "next_after_bounce"  # it was delivered and came back: what is left of `via`
    BOUNCED = "bounced"            # it came back, and nothing is left


class Transition(NamedTuple):
    """One delivery from one state to another. `run_at` and `attempts` None: as they are.

    `unclaim`: the claim does not count, since nothing was tried. `carries` and `confidential`: whether other touches
    travel in its message, and whether its words are not to be kept; True where nobody looked.
    """

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
    unclaim: bool = False
    actor: str = "engine"
    carries: bool = True
    confidential: bool = True


class LostRow(Exception):
    """A row changed between its lock and its update. A bug of ours: the batch was rolled back."""


SETTLED = frozenset({
    Delivery.SENT, Delivery.FAILED, Delivery.SUPPRESSED, Delivery.EXPIRED, Delivery.CANCELLED,
})  # fmt: skip

_d = delivery.c
_UPDATE_FROM = {
    source: update(delivery)
    .where(_d.id == bindparam("b_id"), _d.epoch == bindparam("b_epoch"), _d.state == source)
    .values(
        state=bindparam("b_target"), code=bindparam("b_code"), last_error=bindparam("b_detail"),
        remote_id=bindparam("b_remote_id"), settled_at=bindparam("b_settled_at"), lease_until=null(),
    )
    for source in Delivery
}  # fmt: skip
"""One for each state: as a parameter it would have SQLite prepare it anew each time, see many."""
_RETRY = (
    update(delivery)
    .where(_d.id == bindparam("b_id"))
    .values(run_at=bindparam("b_run_at"), attempts=bindparam("b_attempts"))
)
_UNCLAIM = update(delivery).where(_d.id == bindparam("b_id")).values(claims=_d.claims - 1)
_POSTPONE = update(delivery).where(_d.id == bindparam("b_id")).values(run_at=bindparam("b_run_at"))
_EVENT = insert(delivery_event).inline().values(
    {
        name: bindparam(name, type_=delivery_event.c[name].type)
        for name in ("delivery", "at", "epoch", "state", "code", "detail", "actor")
    }
)

_t = touch.c
_RELEASED = update(touch).where(_t.id == bindparam("b_touch"), _t.state == Touch.RELEASED)
_END_FROM = {
    source: update(touch)
    .where(_t.id == bindparam("b_touch"), _t.state == source)
    .values(state=bindparam("b_state"), reason=bindparam("b_reason"), settled_at=bindparam("b_at"), judge_at=null())
    for source in Touch
}
_NEXT_CHANNEL = _RELEASED.values(via_index=_t.via_index + 1)
_REJUDGE = _RELEASED.values(state=Touch.PLANNED, judge_at=bindparam("b_at"), released_at=None, carried_by=None)
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
    Consequence.DEAD: Touch.DEAD, Consequence.DROPPED: Touch.DEAD,
    Consequence.EXPIRED: Touch.EXPIRED,
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
    by_source: dict[Delivery, list[dict[str, Any]]] = defaultdict(list)
    for change in transitions:
        by_source[change.source].append({
            "b_id": change.delivery, "b_epoch": change.epoch,
            "b_target": change.target, "b_code": change.code or None, "b_detail": change.detail or None,
            "b_remote_id": change.remote_id or None,
            "b_settled_at": now if change.target in SETTLED else None,
        })  # fmt: skip
    changed = sum(write_many(connection, _UPDATE_FROM[source], rows) for source, rows in by_source.items())
    if changed != len(transitions):
        raise LostRow("a delivery changed under its lock")
    _reschedule(connection, transitions)


def _reschedule(connection: Connection, transitions: Sequence[Transition]) -> None:
    """Due times and counters of those deliveries that are to be tried again."""
    moved = [(one, {"b_id": one.delivery, "b_run_at": one.run_at}) for one in transitions if one.run_at is not None]
    retried = [row | {"b_attempts": one.attempts} for one, row in moved if one.attempts is not None]
    postponed = [row for one, row in moved if one.attempts is None]
    unclaimed = [{"b_id": one.delivery} for one in transitions if one.unclaim]
    for statement, rows in ((_RETRY, retried), (_POSTPONE, postponed), (_UNCLAIM, unclaimed)):
        if rows:
            connection.execute(statement, rows)


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
    write_many(connection, _EVENT, rows)


def _carry_out(
    connection: Connection, consequence: Consequence, changes: Sequence[Transition], now: int
) -> None:
    match consequence:
        case Consequence.NONE:
            return
        case Consequence.DELIVERED:
            _deliver(connection, changes, now)
        case Consequence.NEXT_CHANNEL:
            connection.execute(_NEXT_CHANNEL, [{"b_touch": change.touch} for change in changes])
            _judge_customers(connection, changes, now)
        case Consequence.REJUDGE:
            judge_again(connection, [change.touch for change in changes], now)
        case Consequence.NEXT_AFTER_BOUNCE:
            reopen(connection, [change.touch for change in changes], now)
            _judge_customers(connection, changes, now)
        case Consequence.BOUNCED:
            bounce(connection, [(change.touch, change.reason) for change in changes], now)
            return_merged(connection, [change.touch for change in changes], now)
        case Consequence.REGATHER:
            judge_again(connection, stale(connection, [change.touch for change in changes]), now)
        case _:
            ends = [(change.touch, change.reason) for change in changes]
            end_touches(connection, _END_STATES[consequence], ends, now)
            if consequence in (Consequence.DEAD, Consequence.EXPIRED):
                return_merged(connection, [touch_id for touch_id, _ in ends], now)


def _deliver(connection: Connection, changes: Sequence[Transition], now: int) -> None:
    """End these touches and what travelled with them; only a few have such, or words that are not kept."""
    _end(connection, Touch.DELIVERED, [(change.touch, change.reason) for change in changes], now, Touch.RELEASED)
    if carriers := [change.touch for change in changes if change.carries]:
        follow(connection, carriers, Touch.DELIVERED, now)
    if secret := [change.touch for change in changes if change.confidential]:
        forget_confidential(connection, secret)


def judge_again(connection: Connection, touches: Sequence[int], now: int) -> None:
    """Take back touches that were let go. A fact changed, perhaps the very one they were planned by: plan first."""
    if not touches:
        return
    connection.execute(_REJUDGE, [{"b_touch": one, "b_at": now} for one in touches])
    follow(connection, touches, Touch.PLANNED, now)
    leads = select(_t.lead, literal("judged_again"), literal(now)).where(_t.id.in_(touches)).distinct()
    connection.execute(insert(dirty_lead).from_select(["lead", "reason", "at"], leads))


_TO_CUSTOMERS = select(_t.id).where(_t.id.in_(bindparam("ids", expanding=True)), _t.audience == Audience.LEAD)


def _judge_customers(connection: Connection, changes: Sequence[Transition], now: int) -> None:
    """Ask policies about the next channel, and whether the touch is still wanted, where it goes to a customer."""
    ids = {"ids": [change.touch for change in changes]}
    judge_again(connection, connection.execute(_TO_CUSTOMERS, ids).scalars().all(), now)


def end_touches(
    connection: Connection,
    state: Touch,
    ends: Sequence[tuple[int, str]],
    now: int,
    source: Touch = Touch.RELEASED,
) -> None:
    """End touches that are in the state `source`, given as (touch, reason), and free or deliver what they carried.

    What one message told of dies with it: it had the same receiver, and would die again.
    """
    _end(connection, state, ends, now, source)
    if ends and state is Touch.DEAD:
        _end_told(connection, dict(ends), now)
    if ends:
        follow(connection, [touch_id for touch_id, _ in ends], state, now)


def _end(connection: Connection, state: Touch, ends: Sequence[tuple[int, str]], now: int, source: Touch) -> None:
    rows = [
        {"b_touch": touch_id, "b_state": state, "b_reason": reason or None, "b_at": now} for touch_id, reason in ends
    ]
    write_many(connection, _END_FROM[source], rows)


def _end_told(connection: Connection, reasons: Mapping[int, str], now: int) -> None:
    dead = [(ident, reasons[carrier]) for carrier, ids in told(connection, reasons).items() for ident in ids]
    _end(connection, Touch.DEAD, dead, now, Touch.RELEASED)
    return_merged(connection, [ident for ident, _ in dead], now)


def return_merged(connection: Connection, survivors: Sequence[int], now: int) -> None:
    """Have what was merged into these touches judged again, in time: they will not be sent."""
    if survivors:
        connection.execute(_MERGED_RETURN, [{"b_touch": survivor, "b_at": now} for survivor in survivors])


_MERGED_IN_TIME = (
    select(_survivor.c.id)
    .join(touch, _t.merged_into == _survivor.c.id)
    .where(
        _t.lead.in_(bindparam("leads", expanding=True)), _t.state == Touch.MERGED,
        _survivor.c.state.in_(TOUCH_OPEN),
    )
    .distinct()
)  # fmt: skip


def unmerge(connection: Connection, leads: Sequence[str], now: int) -> list[int]:
    """Have what was merged for these leads judged again where the touch it was merged into has not been let go.

    Facts changed, perhaps the day of what was merged. Which touches lose something by it.
    """
    survivors = list(connection.execute(_MERGED_IN_TIME, {"leads": list(leads)}).scalars())
    return_merged(connection, survivors, now)
    return survivors


_dead = touch.alias("dead")
_ITS_MESSAGE = select(_dead.c.carried_by).where(_dead.c.id == bindparam("b_touch"), _dead.c.gathered)
_REVIVE = (
    update(touch)
    .where(
        or_(_t.id == bindparam("b_touch"), _t.carried_by == _ITS_MESSAGE.scalar_subquery()),
        _t.state.in_((Touch.DEAD, Touch.BOUNCED)),
    )
    .values(state=Touch.PLANNED, judge_at=bindparam("b_at"), via_index=0, reason=None, settled_at=None)
)
_STATE = select(_t.state).where(_t.id == bindparam("b_touch")).with_for_update()


def revive(connection: Connection, touch_id: int, now: int) -> str | None:
    """Have a dead touch, or one that bounced, judged again, and all that its message told of; its state before.

    None: there is none.
    """
    state: str | None = connection.execute(_STATE, {"b_touch": touch_id}).scalar_one_or_none()
    connection.execute(_REVIVE, {"b_touch": touch_id, "b_at": now})
    return state
