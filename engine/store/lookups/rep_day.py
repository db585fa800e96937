"""What a rep has to do: the reminders that he receives himself, his appointments, what may not have arrived."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, or_, select, text

from engine.domain.keys import told_behind
from engine.domain.words import TOUCH_OPEN, Audience, Touch
from engine.store.ledger import delivery, touch
from engine.store.outbox.answering import SNOOZED
from engine.store.tables import account, interaction, lead, record

_t = touch.c
_SENT = (Touch.RELEASED, Touch.DELIVERED)
_UNTIL = "until"
_ANSWERABLE = (Audience.REP, Audience.MANAGER, Audience.TEAM)

LATE = 31 * 86_400
"""How long ago something open may have been due to be shown still, in seconds. Ours."""

WAITS = 7 * 86_400
"""How long ago something sent may have been due that nobody has answered, in seconds. Ours."""

FURTHEST = 366 * 86_400
"""How far ahead a reminder can be put off, in seconds."""


@dataclass(frozen=True)
class Task:
    """A touch of a rep's, with its lead. `revision` is the rule's, in which its summary stands.

    `talked_at` and `talk` are the latest contact, `next_at` the next appointment; instants are seconds UTC.
    """

    id: int
    occurrence_key: str
    rule: str
    revision: str
    audience: str
    lead: str
    name: str
    company: str | None
    phone: str | None
    owner: str | None
    confidential: bool
    state: str
    reason: str | None
    due_at: int
    expires_at: int | None
    settled_at: int | None
    snoozes: int
    answer: str | None
    answered_at: int | None
    talked_at: int | None
    talk: str | None
    judge_version: int
    next_at: int | None

    @property
    def is_put_off(self) -> bool:
        """Whether it waits for the day that its receiver named."""
        return self.state == Touch.DEFERRED and self.reason == SNOOZED

    @property
    def is_done(self) -> bool:
        """Whether nothing is to be done about it (any more)."""
        return self.answer is not None or self.state == Touch.CANCELLED

    @property
    def is_answerable(self) -> bool:
        """Whether its receiver can still say what became of it."""
        return not self.is_done and self.audience in _ANSWERABLE


def _tasks(rep: str, since: int, until: int, now: int) -> Select[Any]:
    """Whatever its state. The words of the partial index stand as they are in the schema."""
    next_at = (
        select(func.min(record.c.starts_at))
        .where(record.c.lead == _t.lead, record.c.kind == "appointment", ~record.c.gone, record.c.starts_at >= now)
        .scalar_subquery()
    )
    return (
        select(
            _t.id, _t.occurrence_key, _t.rule, _t.revision, _t.audience, _t.lead, lead.c.name, account.c.name,
            lead.c.phone, lead.c.owner, lead.c.confidential, _t.state, _t.reason, _t.due_at, _t.expires_at,
            _t.settled_at, _t.snoozes, _t.answer, _t.answered_at, lead.c.last_contact_at, interaction.c.note,
            lead.c.judge_version, next_at,
        )
        .join(lead, lead.c.id == _t.lead)
        .outerjoin(account, account.c.id == lead.c.account)
        .outerjoin(interaction, interaction.c.id == lead.c.last_contact_ref)
        .where(_t.receiver == rep, _t.audience != literal_column("'lead'"))
        .where(_t.due_at >= since, _t.due_at < until)
        .order_by(_t.due_at, _t.id)
    )  # fmt: skip


def _moved_on(rep: str) -> ColumnElement[bool]:
    """Whether he, or whom he stands in for, had the customer when it was sent, and somebody else has him since."""
    since = func.coalesce(lead.c.owner_since_at, 0) > func.coalesce(_t.released_at, lead.c.owner_since_at, 0)
    had = func.coalesce(lead.c.previous_owner, "")
    return and_(since, or_(had == rep, had == func.coalesce(_t.absent, rep)), func.coalesce(lead.c.owner, "") != rep)


def tasks(
    connection: Connection, rep: str, since: int, until: int, now: int, limit: int, done: int | None = None
) -> list[Task]:
    """His reminders of a day, `since <= due < until` (seconds UTC), and what is left of earlier ones.

    That is what is open, for a month; what was sent, is not answered, and after which nobody has talked to the
    customer, for a week, and as long as nobody else has him; and what was done that day,
    answered or over because somebody talked to him. `done` is one that is wanted even if it was put off.
    """
    today = _t.due_at < until
    waits = (_t.due_at >= since - WAITS) & (func.coalesce(lead.c.last_contact_at, 0) < _t.due_at)
    sent = and_(today, _t.state.in_(_SENT), _t.answer.is_(None), ~_moved_on(rep))
    wanted = or_(
        and_(today, _t.state.in_(TOUCH_OPEN)),
        and_(sent, or_(_t.due_at >= since, waits)),
        _t.answered_at >= since,
        and_(_t.state == Touch.CANCELLED, _t.reason == _UNTIL, _t.settled_at >= since),
    )
    last = until if done is None else now + FURTHEST
    query = _tasks(rep, since - LATE, last, now).where(wanted if done is None else or_(wanted, _t.id == done))
    return _read(connection, query.limit(limit))


def tasks_between(connection: Connection, rep: str, since: int, until: int, now: int, limit: int) -> list[Task]:
    """His reminders due in `since <= due < until` that are open, sent or answered."""
    shown = or_(_t.state.in_((*TOUCH_OPEN, *_SENT)), _t.answer.is_not(None))
    query = _tasks(rep, since, until, now).where(shown)
    return _read(connection, query.limit(limit))


def _read(connection: Connection, query: Select[Any]) -> list[Task]:
    """Without the notes about other touches, which he only reads in his mail."""
    found = [Task(*row) for row in connection.execute(query)]
    return [one for one in found if not told_behind(one.occurrence_key)]


@dataclass(frozen=True)
class Doubt:
    """A message to a customer of which nobody knows whether it arrived. `at` is when it was to leave (seconds UTC)."""

    delivery: int
    channel: str
    subject: str
    rule: str
    revision: str
    lead: str
    name: str
    owner: str | None
    confidential: bool
    at: int


def doubts(connection: Connection, owners: Collection[str]) -> list[Doubt]:
    """Those to customers of these people, the oldest first."""
    d = delivery.c
    query = (
        select(
            d.id, d.channel, d.subject, d.rule, _t.revision, d.lead, lead.c.name, lead.c.owner,
            lead.c.confidential, d.run_at,
        )
        .join(touch, _t.id == d.touch)
        .join(lead, lead.c.id == d.lead)
        .where(text("delivery.state = 'in_doubt'"), lead.c.owner.in_(owners))
        .order_by(d.run_at, d.id)
    )  # fmt: skip
    return [Doubt(*tuple(row)) for row in connection.execute(query)]


@dataclass(frozen=True)
class Appointment:
    """One with a customer, at `at` (seconds UTC); `purpose` and `note` "" if unknown."""

    id: str
    lead: str
    name: str
    company: str | None
    owner: str | None
    confidential: bool
    purpose: str
    note: str
    at: int
    judge_version: int


def appointments(connection: Connection, owner: str, since: int, until: int) -> list[Appointment]:
    """Those with his customers that start in `since <= start < until`."""
    r = record.c
    query = (
        select(
            r.id, lead.c.id, lead.c.name, account.c.name, lead.c.owner, lead.c.confidential,
            func.coalesce(r.product, ""), func.coalesce(r.note, ""), r.starts_at, lead.c.judge_version,
        )
        .join(lead, lead.c.id == r.lead)
        .outerjoin(account, account.c.id == lead.c.account)
        .where(r.kind == "appointment", ~r.gone, r.starts_at >= since, r.starts_at < until, lead.c.owner == owner)
        .order_by(r.starts_at, r.id)
    )  # fmt: skip
    return [Appointment(*tuple(row)) for row in connection.execute(query)]
