"""What people had to do in a period, and the talks they held: rows for reports. Only reading.

`reps` are ids; None stands for everybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    null,
    select,
    text,
)

from engine.domain.keys import NOTE_PATTERN
from engine.domain.words import TOUCH_OPEN, Action
from engine.store.archive.ever import ever
from engine.store.facts.dirty import chunks
from engine.store.ledger import touch
from engine.store.tables import interaction, lead, record, rep

_t = touch.c
Reps = Collection[str] | None


class Piece(NamedTuple):
    """A reminder that came due, a draft whose deadline came, or an appointment: whose it was, and what was noted.

    `due_at` is a draft's deadline and an appointment's beginning; `zone` is the rep's.
    """

    kind: str
    touch: int | None
    rule: str
    revision: str
    lead: str
    name: str
    confidential: bool
    rep: str
    zone: str
    due_at: int
    state: str
    reason: str | None
    answer: str | None
    answered_at: int | None
    signed_at: int | None


class Talk(NamedTuple):
    """When a customer was talked with; not `effective`: he was not reached."""

    at: int
    effective: bool


def pieces(connection: Connection, reps: Reps, since: int, until: int) -> list[Piece]:
    """Everything that was to be done in [since, until), by its hour."""
    asked, values = _asked(reps is None), _values(reps, since, until)
    found = [Piece(*row) for query in asked for row in connection.execute(query, values)]
    return sorted(found, key=lambda piece: (piece.due_at, piece.kind, piece.touch or 0, piece.lead))


@lru_cache(maxsize=2)  # most of the time that it takes is to build it
def _asked(everybody: bool) -> tuple[Select[Any] | CompoundSelect[Any], ...]:
    """The questions; `_values` is what they are executed with."""
    return ever(_reminders(everybody)), ever(_drafts(everybody)), _appointments(everybody)


def _values(reps: Reps, since: int, until: int) -> dict[str, Any]:
    period = {"since": since, "until": until}
    return period if reps is None else period | {"reps": list(reps)}


_SINCE, _UNTIL = bindparam("since", type_=BigInteger), bindparam("until", type_=BigInteger)


def _touches(kind: str, whose: ColumnElement[Any], at: ColumnElement[Any]) -> Select[Any]:
    return (
        select(
            literal(kind), _t.id, _t.rule, _t.revision, _t.lead, lead.c.name, lead.c.confidential, whose,
            rep.c.timezone, at, _t.state, _t.reason, _t.answer, _t.answered_at, _t.signed_at,
        )
        .join(lead, lead.c.id == _t.lead)
        .join(rep, rep.c.id == whose)
    )  # fmt: skip


def _reminders(everybody: bool) -> Select[Any]:
    query = _touches("reminder", _t.receiver, _t.due_at).where(
        text("touch.audience <> 'lead'"),  # the very words of the partial index
        _t.action == Action.REMIND, _t.due_at >= _SINCE, _t.due_at < _UNTIL, _t.occurrence_key.not_like(NOTE_PATTERN),
    )  # fmt: skip
    return _of(query, _t.receiver, everybody)


def _drafts(everybody: bool) -> Select[Any]:
    query = _touches("signature", _t.signer, _t.deadline_at).where(
        text("touch.signer IS NOT NULL"),  # the very words of the partial index
        _t.deadline_at >= _SINCE, _t.deadline_at < _UNTIL,
    )  # fmt: skip
    return _of(query, _t.signer, everybody)


def _appointments(everybody: bool) -> Select[Any]:
    query = (
        select(
            literal("appointment"), null(), literal(""), literal(""), lead.c.id, lead.c.name, lead.c.confidential,
            lead.c.owner, rep.c.timezone, record.c.starts_at, literal(""), null(), null(), null(), null(),
        )
        .join(lead, lead.c.id == record.c.lead)
        .join(rep, rep.c.id == lead.c.owner)
        .where(record.c.kind == "appointment", ~record.c.gone)
        .where(record.c.starts_at >= _SINCE, record.c.starts_at < _UNTIL)
    )  # fmt: skip
    return _of(query, lead.c.owner, everybody)


def _of(query: Select[Any], whose: ColumnElement[Any], everybody: bool) -> Select[Any]:
    return query if everybody else query.where(whose.in_(bindparam("reps", expanding=True)))


def talks_with(connection: Connection, leads: Collection[str], since: int, until: int) -> dict[str, list[Talk]]:
    """Talks and attempts with these customers in [since, until), by customer, the earliest first."""
    found: dict[str, list[Talk]] = defaultdict(list)
    columns = select(interaction.c.lead, interaction.c.at, interaction.c.effective)
    for chunk in chunks(sorted(leads)):
        query = columns.where(interaction.c.lead.in_(chunk), interaction.c.at >= since, interaction.c.at < until)
        for ident, at, effective in connection.execute(query.order_by(interaction.c.at)):
            found[ident].append(Talk(at, effective))
    return found


def contacts_by_rep(connection: Connection, reps: Collection[str], since: int, until: int) -> dict[str, int]:
    """How many contacts each of them made in [since, until)."""
    query = (
        select(interaction.c.rep, func.count())
        .where(interaction.c.rep.in_(reps), interaction.c.at >= since, interaction.c.at < until)
        .where(interaction.c.effective)
        .group_by(interaction.c.rep)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def next_touches(connection: Connection, leads: Collection[str], after: int) -> dict[str, tuple[int, str, str]]:
    """What comes next for each of these customers behind that instant: when, its rule and the rule's revision."""
    found: dict[str, tuple[int, str, str]] = {}
    for chunk in chunks(sorted(leads)):
        query = (
            select(_t.lead, _t.due_at, _t.rule, _t.revision)
            .where(_t.lead.in_(chunk), _t.state.in_(TOUCH_OPEN), _t.due_at > after)
            .where(_t.audience != literal_column("'engine'"))
            .order_by(_t.due_at.desc(), _t.id.desc())
        )
        found |= {ident: (at, rule, revision) for ident, at, rule, revision in connection.execute(query)}
    return found


def anything(connection: Connection, reps: Collection[str], since: int, until: int) -> bool:
    """Whether any of these had anything to do in [since, until), or talked with anybody."""
    talked = select(interaction.c.id).where(
        interaction.c.rep.in_(bindparam("reps", expanding=True)), interaction.c.at >= _SINCE, interaction.c.at < _UNTIL
    )
    values = _values(reps, since, until)
    return any(
        connection.execute(query.limit(1), values).first() is not None for query in (*_asked(everybody=False), talked)
    )
