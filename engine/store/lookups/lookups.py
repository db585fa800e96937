"""What people look up: touches and deliveries with their reasons, and how the whole stands. Only reading.

Lists come as iterators, so that a long one costs no memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, case, func, literal_column, select, text, union_all

from engine.domain.words import TOUCH_OPEN, Audience, Delivery, Touch
from engine.store.archive.ever import ever
from engine.store.aside.sound import sound_touch
from engine.store.facts.dirty import chunks
from engine.store.ledger import delivery, occasion, touch, verdict, wording
from engine.store.queued import IS_QUEUED
from engine.store.tables import lead, rep

Row = Mapping[str, Any]
"""A row by the names of its columns."""


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to; "" and None mean no bound. `since <= due < until`, seconds UTC."""

    lead: str = ""
    rule: str = ""
    state: str = ""
    since: int | None = None
    until: int | None = None


_t, _d = touch.c, delivery.c

_REP_ZONE = func.coalesce(rep.c.timezone, lead.c.timezone)
_RECEIVER_ZONE = case((_t.audience == Audience.LEAD, lead.c.timezone), else_=_REP_ZONE)
_TOUCHES: Select[Any] = (
    select(
        touch, func.coalesce(_RECEIVER_ZONE, literal_column("'UTC'")).label("zone"), lead.c.confidential,
        wording.c.alike,
    )
    .outerjoin(lead, lead.c.id == _t.lead)
    .outerjoin(rep, rep.c.id == _t.receiver)
    .outerjoin(wording, wording.c.touch == _t.id)
)
_BODIES = frozenset({"subject", "text", "html", "receiver_name", "reply_to", "reply_to_name"})
_DELIVERIES: Select[Any] = (
    select(*(column for column in delivery.c if column.name not in _BODIES), _d.timezone.label("zone"))
)  # fmt: skip


def touches(connection: Connection, only: Filter) -> Iterator[Row]:
    """Touches by their due time: every column, the receiver's `zone`, whether the lead is `confidential`, `alike`."""
    return _narrowed(connection, _TOUCHES, touch, _t.due_at, only)


def carriers(connection: Connection) -> frozenset[int]:
    """The touches in whose messages others are told of as well."""
    query = select(_t.carried_by).where(_t.gathered, _t.carried_by.is_not(None)).distinct()
    return frozenset(connection.execute(query).scalars())


def messages(connection: Connection, carriers: Collection[int]) -> dict[int, tuple[str, int]]:
    """The messages of these touches, which tell of several: the key of each, and how many it tells of."""
    found: dict[int, tuple[str, int]] = {}
    member, carrier = touch.alias("member"), touch.alias("carrier")
    counted = (
        select(carrier.c.id, carrier.c.occurrence_key, func.count())
        .join(member, member.c.carried_by == carrier.c.id)
        .where(member.c.gathered)
        .group_by(carrier.c.id, carrier.c.occurrence_key)
    )
    for chunk in chunks(sorted(carriers)):
        query = counted.where(carrier.c.id.in_(chunk), member.c.carried_by.in_(chunk))
        found |= {ident: (key, count) for ident, key, count in connection.execute(query)}
    return found


def latest_occasion(connection: Connection, rule: str, lead_id: str) -> int | None:
    """From when on the lead's latest occasion of the rule counts (seconds UTC); None: he has had none."""
    query = select(func.max(occasion.c.counts_from_at))
    return connection.execute(query.where(occasion.c.rule == rule, occasion.c.lead == lead_id)).scalar_one_or_none()


def counts_from(connection: Connection, lead_id: str) -> dict[tuple[str, str], int]:
    """From when on each of the lead's living occasions counts (seconds UTC), by rule and anchor."""
    columns = occasion.c.rule, occasion.c.anchor, occasion.c.counts_from_at
    query = select(*columns).where(occasion.c.lead == lead_id, occasion.c.ended_at.is_(None))
    return {(row.rule, row.anchor): row.counts_from_at for row in connection.execute(query)}


def deliveries(connection: Connection, only: Filter) -> Iterator[Row]:
    """Deliveries by the time of their next or last attempt, without their texts; `zone` is the receiver's."""
    return _narrowed(connection, _DELIVERIES, delivery, _d.run_at, only)


def _narrowed(
    connection: Connection, query: Select[Any], table: Table, due: ColumnElement[int], only: Filter
) -> Iterator[Row]:
    for name in ("lead", "rule", "state"):
        if wanted := getattr(only, name):
            query = query.where(table.c[name] == wanted)
    if only.since is not None:
        query = query.where(due >= only.since)
    if only.until is not None:
        query = query.where(due < only.until)
    for row in connection.execute(ever(query, due.name, "id")).mappings():
        yield dict(row)


def touch_by_id(connection: Connection, touch_id: int) -> Row | None:
    """One touch as `touches` gives it."""
    row = connection.execute(ever(_TOUCHES.where(_t.id == touch_id))).mappings().one_or_none()
    return None if row is None else dict(row)


def verdicts(connection: Connection, touch_ids: Collection[int]) -> dict[int, list[Row]]:
    """What policies and people said of these touches, in order, by touch."""
    found: dict[int, list[Row]] = defaultdict(list)
    query = ever(select(verdict).where(verdict.c.touch.in_(touch_ids)), "id")
    for row in connection.execute(query).mappings():
        found[row["touch"]].append(dict(row))
    return found


_UNDER_WAY = (
    "state = 'pending'", "state IN ('claimed', 'sending')", "state = 'handed'", "state = 'in_doubt'",
    "state = 'failed'",
)  # fmt: skip
"""Deliveries not settled well, in the words of the indexes that find them."""


def touches_by_state(connection: Connection) -> dict[str, int]:
    """How many touches still want something: open, released, dead letters, or bounced."""
    query = select(_t.state, func.count()).where(IS_QUEUED).group_by(_t.state)
    return _in_order(connection.execute(query).all(), (*TOUCH_OPEN, Touch.RELEASED, Touch.DEAD, Touch.BOUNCED))


def deliveries_by_state(connection: Connection) -> dict[str, int]:
    """How many deliveries are not settled well: under way, in doubt, or failed."""
    counted = [select(_d.state, func.count()).where(text(f"delivery.{which}")) for which in _UNDER_WAY]
    rows = connection.execute(union_all(*(query.group_by(_d.state) for query in counted))).all()
    return _in_order(rows, tuple(Delivery))


def _in_order(rows: Iterable[Any], order: Sequence[str]) -> dict[str, int]:
    counts = dict(rows)
    return {str(name): counts[name] for name in order if name in counts}


def oldest_due(connection: Connection, now: int) -> int | None:
    """The earliest due time of what should have been done by now: touches to judge, deliveries to send."""
    waiting = select(func.min(_t.due_at)).where(_t.judge_at <= now, _t.due_at <= now, sound_touch(_t.id, _t.lead))
    pending = select(func.min(_d.run_at)).where(
        _d.state == literal_column("'pending'"), _d.run_at <= now, sound_touch(_d.touch, _d.lead)
    )
    found = [connection.execute(query).scalar_one() for query in (waiting, pending)]
    return min((at for at in found if at is not None), default=None)
