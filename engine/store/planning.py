"""What plan reads and writes: rows that may give birth, the book of occasions and touches, cursors, dirt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, or_, select, update
from sqlalchemy import insert as plain_insert

from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.ledger import occasion, plan_cursor, touch
from engine.store.tables import (
    circumstance,
    coverage,
    date_next,
    date_record,
    dirty_lead,
    lead,
    record,
    rep,
    transition,
)

Segment = ColumnElement[bool]
"""A rule's segment as SQL over the lead table."""

STATUS_GONE = "gone"
"""Leads that their source no longer has: they never give birth to anything."""


class LeadRow(NamedTuple):
    """What planning needs of a lead; the first columns of every row that may give birth."""

    id: str
    shard: int
    timezone: str
    country: str
    owner: str | None
    previous_owner: str | None


LEAD_COLUMNS = (lead.c.id, lead.c.shard, lead.c.timezone, lead.c.country, lead.c.owner, lead.c.previous_owner)
LEAD_WIDTH = len(LEAD_COLUMNS)
OCCASION_WIDTH = len(occasion.c)


class RepRow(NamedTuple):
    """What planning needs of a rep."""

    id: str
    timezone: str
    manager: str | None
    team: str | None


def load_reps(connection: Connection) -> dict[str, RepRow]:
    """All reps by id."""
    rows = connection.execute(select(rep.c.id, rep.c.timezone, rep.c.manager, rep.c.team))
    return {row[0]: RepRow(*row) for row in rows}


def of_leads(query: Select[Any], leads: Sequence[str] | None) -> Select[Any]:
    """The same rows, of those leads only (None: of all)."""
    return query if leads is None else query.where(lead.c.id.in_(leads))


def _living(*columns: ColumnElement[Any]) -> Select[Any]:
    return select(*LEAD_COLUMNS, *columns).where(lead.c.status != STATUS_GONE)


def dates_query(kind: str, policy: str, first_on: str | None, last_on: str, segment: Segment) -> Select[Any]:
    """Leads with a date of that kind returning between two ISO days: + record id, date, n-th, anchor year."""
    columns = (date_next.c.date_record, date_next.c.next_on, date_next.c.nth, date_next.c.anchor_year)
    query = _living(*columns).join(date_next, date_next.c.lead == lead.c.id)
    query = query.where(date_next.c.kind == kind, date_next.c.policy == policy, date_next.c.next_on <= last_on)
    if first_on is not None:
        query = query.where(date_next.c.next_on >= first_on)
    return query.where(segment)


def country_query(country: str | None, others: Sequence[str], segment: Segment) -> Select[Any]:
    """Leads of a country, or (None) of every country that is not among `others`."""
    here = lead.c.country == country if country is not None else lead.c.country.not_in(others)
    return _living().where(here, segment)


LEAD_TIMESTAMPS: Mapping[str, ColumnElement[Any]] = {
    "last_contact": lead.c.last_contact_at,
    "last_attempt": lead.c.last_attempt_at,
    "last_order": lead.c.last_order_at,
    "registered": lead.c.registered_at,
    "owner_since": lead.c.owner_since_at,
    "stage_since": lead.c.stage_since_at,
}
"""The lead's own timestamps that `since` can count from, by the names rules use."""


def timestamps_query(names: Sequence[str], first: int | None, last: int | None, segment: Segment) -> Select[Any]:
    """Leads with any of these timestamps in [first, last): + all of them in order, + the last contact's ref."""
    columns = [LEAD_TIMESTAMPS[name] for name in names]
    query = _living(*columns, lead.c.last_contact_ref).where(segment)
    if first is None or last is None:
        return query
    return query.where(or_(*(and_(column >= first, column < last) for column in columns)))


def records_query(kind: str, first: int | None, last: int | None, segment: Segment) -> Select[Any]:
    """Leads with a record of that kind whose `at` lies in [first, last): + the record's id and `at`."""
    query = _living(record.c.id, record.c.at).join(record, record.c.lead == lead.c.id)
    query = query.where(record.c.kind == kind, record.c.at.is_not(None), ~record.c.gone, segment)
    if first is None or last is None:
        return query
    return query.where(record.c.at >= first, record.c.at < last)


_EPOCHS: Mapping[str, Mapping[str, ColumnElement[Any]]] = {
    "contacts": {
        "order": lead.c.contacts_since_order,
        "owner": lead.c.contacts_since_owner,
        "registered": lead.c.contacts,
    },
    "attempts": {"registered": lead.c.attempts},
    "orders": {"registered": lead.c.orders},
}
_EPOCH_START: Mapping[str, ColumnElement[Any]] = {
    "order": lead.c.last_order_at,
    "owner": lead.c.owner_since_at,
    "registered": lead.c.registered_at,
}
_COUNTER_AT: Mapping[str, ColumnElement[Any]] = {
    "contacts": lead.c.last_contact_at,
    "attempts": lead.c.last_attempt_at,
    "orders": lead.c.last_order_at,
}


def counter_query(counter: str, epoch: str, value: int, segment: Segment) -> Select[Any]:
    """Leads whose counter has reached the value in this epoch: + the epoch's start, + when it last counted."""
    column = _EPOCHS[counter][epoch]
    return _living(_EPOCH_START[epoch], _COUNTER_AT[counter]).where(column >= value, segment)


def transitions_query(subject: str, field: str, value: str, since: int, segment: Segment) -> Select[Any]:
    """Leads of whom that field took that value since then: + the transition's id and instant."""
    query = _living(transition.c.id, transition.c.at).join(transition, transition.c.lead == lead.c.id)
    return query.where(
        transition.c.subject.like(f"{subject}%"),
        transition.c.field == field,
        transition.c.value == value,
        transition.c.at >= since,
        segment,
    )


def events_query(kinds: Sequence[str], since: int, segment: Segment) -> Select[Any]:
    """Leads covered by a circumstance of those kinds that began, ends or ended since then: + id, start, end."""
    query = _living(circumstance.c.id, circumstance.c.kind, circumstance.c.starts_at, circumstance.c.ends_at)
    query = query.join(coverage, coverage.c.lead == lead.c.id)
    query = query.join(circumstance, circumstance.c.id == coverage.c.circumstance)
    recent = or_(circumstance.c.starts_at >= since, circumstance.c.ends_at >= since)
    return query.where(circumstance.c.kind.in_(kinds), recent, segment)


# --- the book -------------------------------------------------------------------------------------------


def steps_due(connection: Connection, before: int, limit: int) -> list[Any]:
    """Occasions with a step that opens before that instant, with their lead's row."""
    query = (
        select(occasion, *LEAD_COLUMNS)
        .join(lead, lead.c.id == occasion.c.lead)
        .where(occasion.c.next_step_at < before, occasion.c.ended_at.is_(None))
        .order_by(occasion.c.next_step_at)
        .limit(limit)
    )
    return list(connection.execute(query).all())


_NEXT_STEP = (
    update(occasion)
    .where(
        occasion.c.rule == bindparam("b_rule"),
        occasion.c.lead == bindparam("b_lead"),
        occasion.c.anchor == bindparam("b_anchor"),
    )
    .values(
        next_step_at=bindparam("b_next"), occurs_on=bindparam("b_on"), occurs_at=bindparam("b_at"),
        counts_from_at=bindparam("b_counts"),
    )
)  # fmt: skip


def move_occasions(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set when each occasion's next step opens, and where the occasion lies now."""
    if rows:
        connection.execute(_NEXT_STEP, list(rows))


def end_occasions(connection: Connection, keys: Iterable[tuple[str, str, str]], reason: str, now: int) -> None:
    """End occasions: no further step of theirs is planned."""
    for rule, lead_id, anchor in keys:
        connection.execute(
            update(occasion)
            .where(occasion.c.rule == rule, occasion.c.lead == lead_id, occasion.c.anchor == anchor)
            .values(ended_at=now, end_reason=reason, next_step_at=None)
        )


def live_occasions(connection: Connection, leads: Sequence[str]) -> list[Any]:
    """Occasions of these leads with something still to come: a step to plan, or a touch not yet released."""
    waiting = (
        select(touch.c.id)
        .where(
            touch.c.lead == occasion.c.lead,
            touch.c.rule == occasion.c.rule,
            touch.c.anchor == occasion.c.anchor,
            touch.c.state.in_(TOUCH_OPEN),
        )
        .exists()
    )
    query = (
        select(occasion, *LEAD_COLUMNS, lead.c.last_contact_at)
        .join(lead, lead.c.id == occasion.c.lead)
        .where(occasion.c.lead.in_(leads), occasion.c.ended_at.is_(None))
        .where(or_(occasion.c.next_step_at.is_not(None), waiting))
    )
    return list(connection.execute(query).all())


def touches_of(connection: Connection, leads: Sequence[str]) -> list[Any]:
    """Every touch of these leads that release still owns."""
    query = select(touch).where(touch.c.lead.in_(leads), touch.c.state.in_(TOUCH_OPEN))
    return list(connection.execute(query).all())


_MOVE_TOUCH = (
    update(touch)
    .where(touch.c.id == bindparam("b_id"), touch.c.state.in_(TOUCH_OPEN))
    .values(
        nominal_at=bindparam("b_nominal"), due_at=bindparam("b_due"), judge_at=bindparam("b_judge"),
        day_on=bindparam("b_day"), deadline_at=bindparam("b_deadline"), expires_at=bindparam("b_expires"),
    )
)  # fmt: skip


def move_touches(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give unreleased touches their new instants."""
    if rows:
        connection.execute(_MOVE_TOUCH, list(rows))


def close_touches(connection: Connection, ids: Sequence[int], state: str, reason: str, now: int) -> None:
    """End unreleased touches: superseded, or cancelled because their occasion ended."""
    if ids:
        connection.execute(
            update(touch)
            .where(touch.c.id.in_(ids), touch.c.state.in_(TOUCH_OPEN))
            .values(state=state, reason=reason, settled_at=now, judge_at=None)
        )


def judge_held_again(connection: Connection, leads: Sequence[str], now: int) -> None:
    """What a policy keeps is looked at again: the lead changed, so perhaps its cause did."""
    connection.execute(
        update(touch)
        .where(touch.c.lead.in_(leads), touch.c.state == Touch.HELD, touch.c.policy.is_not(None))
        .values(judge_at=now)
    )


def date_of(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    """Date records by id, those that are gone left out."""
    query = select(date_record).where(date_record.c.id.in_(ids), ~date_record.c.gone)
    return {row.id: row for row in connection.execute(query)}


def circumstances_of(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    """Circumstances by id."""
    return {row.id: row for row in connection.execute(select(circumstance).where(circumstance.c.id.in_(ids)))}


# --- cursors and dirt -----------------------------------------------------------------------------------


def horizon(connection: Connection) -> int | None:
    """The instant up to which every birth is in the book; None on a fresh database."""
    return connection.execute(select(func.min(plan_cursor.c.horizon_at))).scalar_one_or_none()


def set_horizon(connection: Connection, at: int, shards: int) -> None:
    """Move every shard's cursor."""
    if horizon(connection) is None:
        connection.execute(plain_insert(plan_cursor), [{"shard": n, "horizon_at": at} for n in range(shards)])
    else:
        connection.execute(update(plan_cursor).values(horizon_at=at))


def dirty_batch(connection: Connection, limit: int) -> tuple[list[int], list[str]]:
    """Ids of dirty rows and the leads they name, oldest first. Delete exactly these in the same transaction."""
    rows = connection.execute(select(dirty_lead.c.id, dirty_lead.c.lead).order_by(dirty_lead.c.id).limit(limit))
    ids: list[int] = []
    leads: dict[str, None] = {}
    for row in rows:
        ids.append(row.id)
        leads[row.lead] = None
    return ids, list(leads)


def clean(connection: Connection, ids: Sequence[int]) -> None:
    """Forget dirty rows that were planned."""
    connection.execute(delete(dirty_lead).where(dirty_lead.c.id.in_(ids)))
