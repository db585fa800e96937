"""Drafts as signers see them: those that wait, how many are done, one with its words, and what others got."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, literal, or_, select, text, update

from engine.domain.words import Action, Touch
from engine.store.archive.ever import ever
from engine.store.facts.dirty import chunks
from engine.store.ledger import delivery, draft, touch, wording
from engine.store.outbox.wordings import ALIKE
from engine.store.tables import account, lead, rep

_t = touch.c

MOST_WAITING = 2_000
"""Drafts of one signer that are put in order; more are there once these are done. Ours."""
MOST_NEAR = 20
"""Greetings of the same step that are held beside a draft; the latest. Ours, as for `distinct`."""
DAYS_NEAR = 31 * 86_400


class Noted(NamedTuple):
    """What a note about signing tells of: how many drafts, one of them, and the first deadline (seconds UTC)."""

    drafts: int
    touch: int
    deadline_at: int | None


class Waiting(NamedTuple):
    """A draft in a signer's queue. `alike`: what it was found too much like when it was written."""

    touch: int
    rule: str
    revision: str
    lead: str
    name: str
    company: str | None
    tier: str | None
    owner: str | None
    confidential: bool
    signer: str
    due_at: int
    deadline_at: int | None
    alike: dict[str, Any] | None


class Paper(NamedTuple):
    """One touch that is or was to be signed, with its words if it has any; instants are seconds UTC."""

    touch: int
    rule: str
    revision: str
    step: str
    generation: int
    lead: str
    owner: str | None
    confidential: bool
    state: str
    reason: str | None
    signer: str | None
    due_at: int
    deadline_at: int | None
    escalated_at: int | None
    signed_by: str | None
    signed_at: int | None
    settled_at: int | None
    subject: str | None
    text: str | None


class Near(NamedTuple):
    """What was said at the same step to somebody: to the customer himself, or to another one."""

    touch: int
    lead: str
    name: str
    owner: str | None
    confidential: bool
    day_on: str
    text: str


_WAITING: Select[Any] = (
    select(
        _t.id, _t.rule, _t.revision, _t.lead, lead.c.name, account.c.name, lead.c.tier, lead.c.owner,
        lead.c.confidential, _t.signer, _t.due_at, _t.deadline_at, wording.c.alike,
    )
    .join(lead, lead.c.id == _t.lead)
    .join(draft, draft.c.touch == _t.id)
    .outerjoin(account, account.c.id == lead.c.account)
    .outerjoin(wording, wording.c.touch == _t.id)
)  # fmt: skip


def waiting(connection: Connection, signers: Collection[str], now: int) -> list[Waiting]:
    """The written drafts of these signers that can still be signed, the most pressing first."""
    query = _WAITING.where(_t.signer.in_(sorted(signers)), _t.state == Touch.DRAFT, _t.deadline_at > now)
    rows = connection.execute(query.order_by(_t.deadline_at, _t.id).limit(MOST_WAITING))
    return [Waiting._make(row) for row in rows]


def decided_since(connection: Connection, signers: Collection[str], since: int) -> int:
    """How many of these signers' drafts were signed or turned down since then."""
    decided = or_(_t.signed_at >= since, (_t.reason == "rejected") & (_t.settled_at >= since))
    query = select(func.count()).where(_t.signer.in_(sorted(signers)), _t.deadline_at >= since, decided)
    return int(connection.execute(query).scalar_one())


def paper(connection: Connection, touch_id: int) -> Paper | None:
    """That touch; None: there is none, or nobody is to sign it."""
    own = (
        "rule", "revision", "step", "generation", "lead", "state", "reason", "signer", "due_at", "deadline_at",
        "escalated_at", "signed_by", "signed_at", "settled_at",
    )  # fmt: skip
    query = (
        select(_t.id.label("touch"), *(_t[name] for name in own), lead.c.owner, lead.c.confidential, draft.c.subject,
               draft.c.text)
        .join(lead, lead.c.id == _t.lead)
        .outerjoin(draft, draft.c.touch == _t.id)
        .where(_t.id == touch_id, _t.signer.is_not(None))
    )  # fmt: skip
    row = connection.execute(ever(query)).mappings().one_or_none()
    return None if row is None else Paper(**row)


_STANDS = _t.state.in_((Touch.DRAFT, Touch.SIGNED, Touch.RELEASED, Touch.DELIVERED))
_SENT = (
    select(delivery.c.text).where(delivery.c.touch == _t.id).order_by(delivery.c.id.desc()).limit(1)
    .correlate(touch).scalar_subquery()
)  # fmt: skip
_NEAR: Select[Any] = (
    select(
        _t.id, _t.lead, lead.c.name, lead.c.owner, lead.c.confidential, _t.day_on,
        func.coalesce(_SENT, draft.c.text, ""),
    )
    .join(lead, lead.c.id == _t.lead)
    .outerjoin(draft, draft.c.touch == _t.id)
    .where(_t.action == Action.GREET, _STANDS)
)  # fmt: skip


def said_before(connection: Connection, one: Paper) -> Near | None:
    """What the customer got the last time at this step."""
    query = _NEAR.where(
        _t.lead == one.lead, _t.rule == one.rule, _t.step == one.step, _t.id != one.touch, _t.due_at < one.due_at
    )
    rows = connection.execute(ever(query.add_columns(_t.due_at), "-due_at").limit(1))
    return next((Near._make(row[:-1]) for row in rows), None)


def said_nearby(connection: Connection, one: Paper) -> list[Near]:
    """What the signer's other customers get at this step within a month, the nearest deadlines first looked at."""
    ends_at = one.deadline_at or one.due_at
    query = _NEAR.where(
        _t.signer == one.signer, _t.rule == one.rule, _t.step == one.step, _t.lead != one.lead,
        _t.deadline_at.between(ends_at - DAYS_NEAR, ends_at + DAYS_NEAR),
    )  # fmt: skip
    rows = connection.execute(query.order_by(_t.deadline_at.desc(), _t.id.desc()).limit(MOST_NEAR))
    return [found for row in rows if (found := Near._make(row)).text]


_KNOWN_BY_NO_NOTE = (_t.escalated_at.is_(None), or_(_t.reason.is_(None), _t.reason != ALIKE))
_UNTOLD = text("touch.state = 'draft' AND touch.reminded_at IS NULL")
"""The very words of the partial index."""
_OF_NOTES = ("occurrence_key", "rule", "anchor", "step", "shard", "revision", "generation", "category", "day_on")


def to_remind_of(
    connection: Connection, near_at: int, further_at: int, now: int, *, locked: bool = False
) -> list[Row[Any]]:
    """Written drafts of which their signers are to be told now: `id`, `signer`, and what a note takes over.

    A signer with a draft whose deadline comes by `near_at` is told of all of his up to `further_at`. Whoever got a
    draft with a note of its own, because it was passed on to him or reads like another one, knows of it.
    """
    asked = {"near_at": near_at, "further_at": further_at, "now": now}
    return list(connection.execute(_TO_REMIND_LOCKED if locked else _TO_REMIND, asked))


_OPEN = (_UNTOLD, _t.deadline_at > bindparam("now"), *_KNOWN_BY_NO_NOTE)
_TO_REMIND = (
    select(_t.id, _t.signer, literal("").label("lead"), *(_t[name] for name in _OF_NOTES))
    .join(draft, draft.c.touch == _t.id)
    .join(rep, rep.c.id == _t.signer)
    .where(*_OPEN, _t.deadline_at <= bindparam("further_at"))
    .where(_t.signer.in_(select(_t.signer).where(*_OPEN, _t.deadline_at <= bindparam("near_at"))))
    .order_by(_t.deadline_at, _t.id)
)
_TO_REMIND_LOCKED = _TO_REMIND.with_for_update(of=touch)


def remember_reminded(connection: Connection, ids: Sequence[int], now: int) -> None:
    """Their signers are told of these."""
    for chunk in chunks(ids):
        connection.execute(update(touch).where(_t.id.in_(chunk)).values(reminded_at=now))


def noted_one(connection: Connection, occurrence_key: str) -> Noted | None:
    """The draft of that key, of which a note tells."""
    row = connection.execute(select(_t.id, _t.deadline_at).where(_t.occurrence_key == occurrence_key)).one_or_none()
    return None if row is None else Noted(1, row.id, row.deadline_at)


def noted_of(connection: Connection, signer: str, reminded_at: int) -> Noted | None:
    """The drafts of which that signer was reminded at that instant, as far as they still wait for him."""
    count, touch_id, deadline_at = connection.execute(
        select(func.count(), func.min(_t.id), func.min(_t.deadline_at)).where(
            _t.signer == signer, _t.state == Touch.DRAFT, _t.reminded_at == reminded_at
        )
    ).one()
    return Noted(count, touch_id, deadline_at) if count else None
