"""Occasions in flight that a new revision of their rule takes over, and their touches that are not yet released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, or_, select, update

from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.archive.ever import ever
from engine.store.aside.sound import sound_occasion
from engine.store.book.planning import LEAD_COLUMNS
from engine.store.ledger import draft, occasion, touch
from engine.store.many import write_many
from engine.store.parts import WHOLE, Part
from engine.store.tables import lead

_OPEN = or_(*(touch.c.state == state for state in TOUCH_OPEN))


def in_flight(
    connection: Connection, rule: str, revision: str, limit: int, after: str | None = None, part: Part = WHOLE
) -> list[Any]:
    """Occasions of the rule with something still to come that live by another revision, by lead.

    Of at most so many leads, from the first one after `after` on: their columns, the lead's, and its last contact.
    A schedule's have no lead: they stand together under "".
    """
    live = _living(rule).where(occasion.c.revision != revision, part.has(occasion.c.shard))
    leads = live.with_only_columns(occasion.c.lead).distinct()
    if after is not None:
        leads = leads.where(occasion.c.lead > after)
    wanted = connection.execute(leads.order_by(occasion.c.lead).limit(limit)).scalars().all()
    query = live.with_only_columns(occasion, *LEAD_COLUMNS, lead.c.last_contact_at)
    query = query.outerjoin(lead, lead.c.id == occasion.c.lead).where(occasion.c.lead.in_(wanted))
    return list(connection.execute(query).all()) if wanted else []


def _living(rule: str) -> Any:
    waiting = (
        select(touch.c.id)
        .where(
            touch.c.lead == occasion.c.lead, touch.c.rule == occasion.c.rule, touch.c.anchor == occasion.c.anchor,
            touch.c.judge_at.is_not(None), _OPEN,
        )
        .exists()
    )  # fmt: skip
    sound = sound_occasion(occasion.c.lead, occasion.c.rule, occasion.c.anchor)
    here = occasion.c.rule == rule, occasion.c.ended_at.is_(None), sound
    return select(occasion).where(*here, or_(occasion.c.next_step_at.is_not(None), waiting))


def steps_done(connection: Connection, rule: str, leads: Sequence[str]) -> frozenset[tuple[str, str, str]]:
    """(lead, anchor, step) of the rule's touches that release has let go or ended, whoever they were for."""
    query = select(touch.c.lead, touch.c.anchor, touch.c.step).where(
        touch.c.rule == rule, touch.c.lead.in_(leads), touch.c.state.not_in((*TOUCH_OPEN, Touch.SUPERSEDED))
    )
    return frozenset((row.lead, row.anchor, row.step) for row in connection.execute(ever(query)))


_TAKE_OVER = (
    update(occasion)
    .where(
        occasion.c.rule == bindparam("b_rule"), occasion.c.lead == bindparam("b_lead"),
        occasion.c.anchor == bindparam("b_anchor"),
    )
    .values(revision=bindparam("b_revision"), generation=bindparam("b_generation"))
)  # fmt: skip
_RESTAMP = (
    update(touch)
    .where(touch.c.id == bindparam("b_id"), _OPEN)
    .values(
        revision=bindparam("b_revision"), generation=bindparam("b_generation"), action=bindparam("b_action"),
        audience=bindparam("b_audience"), category=bindparam("b_category"), priority=bindparam("b_priority"),
        needs_signature=bindparam("b_needs"),
        via=case((touch.c.via_index == 0, bindparam("b_via", type_=touch.c.via.type)), else_=touch.c.via),
    )
)  # fmt: skip
_REWRITE = (
    update(touch)
    .where(touch.c.id == bindparam("b_id"), touch.c.state == Touch.DRAFT)
    .values(state=Touch.PLANNED, judge_at=bindparam("b_judge"))
)

_NEVER_AGAIN = (
    update(touch)
    .where(touch.c.occurrence_key == bindparam("b_key"), touch.c.state == Touch.SUPERSEDED)
    .values(state=bindparam("b_state"), reason=bindparam("b_reason"))
)


def take_over(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Have these occasions live by another revision. Whoever judges their leads right now begins again."""
    write_many(connection, _TAKE_OVER, rows)
    leads = sorted({row["b_lead"] for row in rows})
    if leads:
        again = update(lead).where(lead.c.id.in_(leads))
        connection.execute(again.values(judge_version=lead.c.judge_version + 1))


def restamp(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give unreleased touches what their step says now."""
    write_many(connection, _RESTAMP, rows)


def write_again(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Throw away drafts that nobody has signed: they are written anew."""
    if rows:
        connection.execute(delete(draft).where(draft.c.touch.in_([row["b_id"] for row in rows])))
        write_many(connection, _REWRITE, rows)


def never_again(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Of these ended touches, let nothing revive those that an earlier edit had superseded."""
    ended = [{"b_key": row["occurrence_key"], "b_state": row["state"], "b_reason": row["reason"]} for row in rows]
    write_many(connection, _NEVER_AGAIN, ended)


def count_in_flight(connection: Connection, rule: str, revision: str) -> int:
    """How many occasions of the rule have something still to come, those of that revision left out."""
    live = _living(rule).where(occasion.c.revision != revision).with_only_columns(func.count())
    return int(connection.execute(live).scalar_one())


def anchors_of(connection: Connection, rules: Sequence[str], leads: Sequence[str]) -> set[tuple[str, str]]:
    """(lead, anchor) of every occasion, living or not, that one of these rules has with one of these leads."""
    query = select(occasion.c.lead, occasion.c.anchor).where(occasion.c.rule.in_(rules), occasion.c.lead.in_(leads))
    return {(row.lead, row.anchor) for row in connection.execute(query)}


def in_the_book(connection: Connection, rule: str, lead_id: str) -> dict[str, Any]:
    """By anchor, every occasion that the rule has or had with the lead: how it ended, and where a backfill put it."""
    query = select(occasion.c.anchor, occasion.c.spread_to, occasion.c.ended_at, occasion.c.end_reason)
    rows = connection.execute(query.where(occasion.c.rule == rule, occasion.c.lead == lead_id))
    return {row.anchor: row for row in rows}
