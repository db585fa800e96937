"""What a digest tells, read for several people at once: a handful of statements whatever their number."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    TextClause,
    and_,
    bindparam,
    literal,
    null,
    or_,
    select,
    text,
)  # fmt: skip

from engine.domain.words import TOUCH_OPEN, Action, Audience, Touch
from engine.store.ledger import delivery, touch
from engine.store.tables import lead, record, rep

_t = touch.c
LOOK_BACK = 31 * 86_400
"""How far back open touches are looked for: nothing is held or deferred for longer."""


class Line(NamedTuple):
    """One thing to tell: a touch, a draft, an appointment or a delivery in doubt. `rule` is "" for an appointment."""

    id: str
    rule: str
    revision: str
    lead: str
    name: str
    confidential: bool
    owner: str | None
    receiver: str
    audience: str
    state: str
    at: int
    deadline_at: int | None
    carried_by: int | None


class Person(NamedTuple):
    """A rep as digests speak of him."""

    id: str
    name: str
    manager: str | None


def people(connection: Connection) -> list[Person]:
    """All reps, by name."""
    return [Person(*row) for row in connection.execute(_PEOPLE)]


def touches_for(connection: Connection, reps: Collection[str], lo: int, hi: int) -> list[Line]:
    """Touches to these reps: all due in [lo, hi), and those due before that are still open; no entries."""
    return _lines(connection, _TOUCHES, whose=reps, lo=lo, hi=hi, oldest=lo - LOOK_BACK)


def drafts_of(connection: Connection, signers: Collection[str], since: int) -> list[Line]:
    """Drafts that wait for these people's signatures, and those that expired without one since then."""
    return _lines(connection, _DRAFTS, whose=signers, since=since, oldest=since - LOOK_BACK)


def entries_of(connection: Connection, digests: Collection[int]) -> list[Line]:
    """What these digests carry."""
    return _lines(connection, _ENTRIES, whose=digests)


def appointments_of(connection: Connection, owners: Collection[str], lo: int, hi: int) -> list[Line]:
    """Appointments with these people's customers that start in [lo, hi)."""
    return _lines(connection, _APPOINTMENTS, whose=owners, lo=lo, hi=hi)


def in_doubt_of(connection: Connection, owners: Collection[str]) -> list[Line]:
    """Deliveries to these people's customers of which nobody knows whether they arrived."""
    return _lines(connection, _IN_DOUBT, whose=owners)


def handed_to(connection: Connection, owners: Collection[str], before: int) -> list[Line]:
    """What these people send their customers themselves, due before that instant, and have not said anything about."""
    return _lines(connection, _HANDED, whose=owners, before=before)


def _lines(connection: Connection, query: Select[Any], *, whose: Collection[Any], **asked: int) -> list[Line]:
    rows = connection.execute(query, {"whose": list(whose), **asked})
    return [Line(str(row[0]), *row[1:]) for row in rows]


def _of_touches(receiver: ColumnElement[Any]) -> Select[Any]:
    return select(
        _t.id, _t.rule, _t.revision, _t.lead, lead.c.name, lead.c.confidential, lead.c.owner, receiver, _t.audience,
        _t.state, _t.due_at, _t.deadline_at, _t.carried_by,
    ).join(lead, lead.c.id == _t.lead)  # fmt: skip


def _of_deliveries(which: ColumnElement[bool] | TextClause, at: ColumnElement[int]) -> Select[Any]:
    return (
        select(
            _t.id, _t.rule, _t.revision, _t.lead, lead.c.name, lead.c.confidential, lead.c.owner, lead.c.owner,
            _t.audience, delivery.c.state, at, null(), null(),
        )
        .join(touch, _t.id == delivery.c.touch)
        .join(lead, lead.c.id == _t.lead)
        .where(which, lead.c.owner.in_(_WHOSE))
        .order_by(at, delivery.c.id)
    )  # fmt: skip


# Put together once: a digest is made for a handful of people, and building its queries would be most of it.
_WHOSE: BindParameter[Any] = bindparam("whose", expanding=True)
_LO: BindParameter[int] = bindparam("lo")
_HI: BindParameter[int] = bindparam("hi")
_OLDEST: BindParameter[int] = bindparam("oldest")
_PEOPLE = select(rep.c.id, rep.c.name, rep.c.manager).order_by(rep.c.name, rep.c.id)
_TOUCHES = (
    _of_touches(_t.receiver)
    .where(
        text("touch.audience <> 'lead'"),  # the very words of the partial index
        _t.receiver.in_(_WHOSE), _t.due_at >= _OLDEST, _t.due_at < _HI, _t.action != Action.DIGEST,
        or_(_t.state.in_(TOUCH_OPEN), (_t.due_at >= _LO) & _t.state.in_((Touch.RELEASED, Touch.DELIVERED))),
    )
    .order_by(_t.due_at, _t.id)
)  # fmt: skip
_LAPSED = (_t.state == Touch.EXPIRED) & (_t.reason == "unsigned") & (_t.settled_at >= bindparam("since"))
_DRAFTS = (
    _of_touches(_t.signer)
    .where(_t.signer.in_(_WHOSE), _t.deadline_at >= _OLDEST, or_(_t.state == Touch.DRAFT, _LAPSED))
    .order_by(_t.deadline_at, _t.id)
)
_ENTRIES = _of_touches(_t.receiver).where(_t.carried_by.in_(_WHOSE)).order_by(_t.due_at, _t.id)
_APPOINTMENTS = (
    select(
        record.c.id, literal(""), literal(""), lead.c.id, lead.c.name, lead.c.confidential, lead.c.owner,
        lead.c.owner, literal(Audience.REP.value), literal(""), record.c.starts_at, null(), null(),
    )
    .join(lead, lead.c.id == record.c.lead)
    .where(record.c.kind == "appointment", ~record.c.gone, record.c.starts_at >= _LO, record.c.starts_at < _HI)
    .where(lead.c.owner.in_(_WHOSE))
    .order_by(record.c.starts_at, record.c.id)
)  # fmt: skip
_IN_DOUBT = _of_deliveries(text("delivery.state = 'in_doubt'"), delivery.c.run_at)
_HANDED = _of_deliveries(
    and_(text("delivery.state = 'handed'"), _t.state == Touch.RELEASED, _t.due_at < bindparam("before")), _t.due_at
)
