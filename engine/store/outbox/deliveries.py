"""Deliveries on their way out: what is due, claims, and the mark.

Every function works inside its caller's write transaction. On PostgreSQL rows are locked as they are read,
skipping those that another daemon has; on SQLite the write transaction is the lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, literal_column, or_, select, text, update

from engine.domain.words import Audience, Delivery, Touch
from engine.store.among import among
from engine.store.aside.sound import sound_touch
from engine.store.ledger import delivery, touch
from engine.store.many import fetch, write_many
from engine.store.outbox.gathered import still_told
from engine.store.outbox.held import IS_PENDING, PAUSED
from engine.store.outbox.transitions import write_events
from engine.store.tables import lead

_d, _t = delivery.c, touch.c


class Due(NamedTuple):
    """A delivery that may be attempted, with its frozen message."""

    id: int
    touch: int
    channel: str
    lead: str
    rule: str
    audience: str
    receiver: str
    address: str
    message_id: str
    subject: str
    text: str
    html: str
    receiver_name: str
    reply_to: str
    reply_to_name: str
    urgent: bool
    timezone: str
    window: str
    category: str
    expires_at: int | None
    attempts: int
    claims: int
    epoch: int
    composed_at: int
    run_at: int
    gathered: int | None
    headers: dict[str, str] | None = None
    appointment: dict[str, Any] | None = None


class Mark(NamedTuple):
    """A claim that asks for the mark: (delivery, epoch) and the rows whose change forbids it.

    `gathered`: how many touches its message tells of, if not its own alone.
    """

    id: int
    epoch: int
    touch: int
    lead: str
    gathered: int | None = None


@dataclass(frozen=True)
class Moment:
    """The two clocks: `now` for due times and expiry, `store` for leases. Seconds since the epoch."""

    now: int
    store: int
    lease: int                     # seconds

    @property
    def lease_until(self) -> int:
        return self.store + self.lease


_DUE = (
    select(*(_d[name] for name in Due._fields))
    .where(IS_PENDING, _d.run_at <= bindparam("now"), ~PAUSED, sound_touch(_d.touch, _d.lead))
    .order_by(_d.run_at)  # and nothing else: in the order of the index, however many are due
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=delivery)
)
_DUE_ONLY = _DUE.where(_d.lead.in_(bindparam("only", expanding=True)))


def due(
    connection: Connection, now: int, only: Sequence[str], limit: int, narrowed: Sequence[ColumnElement[bool]] = ()
) -> list[Due]:
    """Deliveries to attempt now, earliest first: not paused and, if `only` names leads, theirs alone."""
    wanted: dict[str, Any] = {"now": now, "limit": limit}
    if not only and not narrowed:
        return [Due._make(row) for row in fetch(connection, _DUE, wanted)]
    query = _DUE_ONLY if only else _DUE
    if narrowed:
        query = query.where(*narrowed)
    rows = connection.execute(query, {**wanted, "only": list(only)} if only else wanted)
    return [Due._make(row) for row in rows]


_CLAIM = (
    update(delivery)
    .where(_d.id == bindparam("b_id"), _d.state == Delivery.PENDING)
    .values(
        state=Delivery.CLAIMED, epoch=_d.epoch + 1, claims=_d.claims + 1,
        lease_until=bindparam("lease"), owner=bindparam("worker"),
    )
)  # fmt: skip


def claim(connection: Connection, rows: Sequence[Due], worker: str, moment: Moment) -> list[Due]:
    """Lease these rows, read by `due` in this transaction, to a worker: the rows as they are afterwards."""
    if not rows:
        return []
    lease = {"lease": moment.lease_until, "worker": worker}
    write_many(connection, _CLAIM, [{"b_id": row.id, **lease} for row in rows])  # many at once need a journal (SQLite)
    claimed = [row._replace(epoch=row.epoch + 1, claims=row.claims + 1) for row in rows]
    events = [(row.id, row.epoch, Delivery.CLAIMED, "", "", worker) for row in claimed]
    write_events(connection, events, moment.now)
    return claimed


_SET_RUN_AT = update(delivery).where(_d.id == bindparam("b_id")).values(run_at=bindparam("b_run_at"))


def postpone(connection: Connection, later: Sequence[tuple[int, int]]) -> None:
    """Move pending deliveries, given as (delivery, run_at): their window is closed now."""
    if later:
        connection.execute(_SET_RUN_AT, [{"b_id": row, "b_run_at": run_at} for row, run_at in later])


_on_these_facts = exists().where(
    lead.c.id == _t.lead,
    or_(
        _t.judged_version == lead.c.judge_version,
        and_(_t.judged_version.is_(None), _t.audience != Audience.LEAD),
    ),
)
_still_let_go = select(literal_column("1")).where(
    _t.id == _d.touch,
    _t.state == Touch.RELEASED,
    or_(and_(_t.lead == "", _t.audience != Audience.LEAD), _on_these_facts),
).correlate(delivery).scalar_subquery() == literal_column("1")  # fmt: skip
"""Judged on the facts as they are; a schedule's touch or a note about a failure is not judged, nor for a customer.

A value, not an `exists`: PostgreSQL would join that, and go through all that was let go to find the one delivery, as
long as its statistics say that nothing was let go yet.
"""

_MARK = (
    update(delivery)
    .where(
        _d.id == bindparam("b_id"),
        _d.epoch == bindparam("b_epoch"),
        _d.state == Delivery.CLAIMED,
        _d.lease_until > bindparam("store"),
        or_(_d.expires_at.is_(None), _d.expires_at > bindparam("now")),
        ~PAUSED,
        _still_let_go,
        or_(_d.gathered.is_(None), _d.gathered == still_told(_d.touch)),
    )
    .values(state=Delivery.SENDING, lease_until=bindparam("lease"))
)  # fmt: skip
_MARKED = select(_d.id, _d.epoch).where(among(_d.id, "ids"), _d.state == Delivery.SENDING)

_QUIET_PAUSES = text("LOCK TABLE pause IN SHARE MODE")
_FREE = (
    select(_t.id)
    .join(lead, lead.c.id == _t.lead)
    .where(_t.id.in_(bindparam("touches", expanding=True)))
    .with_for_update(read=True, skip_locked=True, of=(touch, lead))
)
_FREE_WITHOUT_LEAD = (
    select(_t.id)
    .where(_t.id.in_(bindparam("touches", expanding=True)), _t.lead == "")
    .with_for_update(read=True, skip_locked=True, of=touch)
)
_FREE_GATHERED = (
    select(_t.carried_by)
    .join(lead, lead.c.id == _t.lead)
    .where(_t.carried_by.in_(bindparam("touches", expanding=True)), _t.state == Touch.RELEASED)
    .with_for_update(read=True, skip_locked=True, of=(touch, lead))
)


def mark(connection: Connection, marks: Sequence[Mark], moment: Moment) -> set[int]:
    """Set the `sending` mark where everything still allows it, and say on which deliveries.

    A message about several leads needs the facts of all of them to be as they were judged.
    On PostgreSQL leads, touches and the pauses are locked as well, so that a change that commits before
    this does is seen; a row that somebody is changing right now is refused, not waited for.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_QUIET_PAUSES)
        wanted = {"touches": [one.touch for one in marks]}
        free = set(connection.execute(_FREE, wanted).scalars())
        if any(not one.lead for one in marks):
            free |= set(connection.execute(_FREE_WITHOUT_LEAD, wanted).scalars())
        marks = [one for one in marks if one.touch in free]
        if gathered := [one.touch for one in marks if one.gathered is not None]:
            unlocked = Counter(connection.execute(_FREE_GATHERED, {"touches": gathered}).scalars())
            marks = [one for one in marks if one.gathered is None or one.gathered == unlocked[one.touch]]
    if not marks:
        return set()
    marked = _set_mark(connection, marks, moment)
    events = [(one.id, one.epoch, Delivery.SENDING, "", "", "engine") for one in marks if one.id in marked]
    write_events(connection, events, moment.now)
    return marked


def _set_mark(connection: Connection, marks: Sequence[Mark], moment: Moment) -> set[int]:
    """Compare and set, one by one; which of them it was is asked only if it was not all."""
    clocks = {"store": moment.store, "now": moment.now, "lease": moment.lease_until}
    ids = [one.id for one in marks]
    marked = write_many(connection, _MARK, [{"b_id": one.id, "b_epoch": one.epoch, **clocks} for one in marks])
    if marked == len(marks):
        return set(ids)
    sending = set(fetch(connection, _MARKED, {"ids": ids})) if marked else set()
    return {one.id for one in marks if (one.id, one.epoch) in sending}
