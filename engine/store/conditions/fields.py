"""What a condition's field is in the database: a column of the lead, or a subquery that hangs on it.

Every expression is correlated with the table `lead`, whose row is the subject. Snapshots select the same
expressions that conditions compare, so the two cannot read different things.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.sql.selectable import ScalarSelect

from engine.domain.ages import Cut, cut
from engine.domain.civil import is_zone
from engine.domain.words import Audience, Phase, Touch
from engine.ground.durations import Duration
from engine.store.archive.ever import archived
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.dialects import ByteOrder
from engine.store.ledger import touch
from engine.store.tables import account, interaction, last_talk, lead, opportunity, rep

Expression = ColumnElement[Any]

COUNTER = re.compile(r"(contacts|attempts|touches)_([1-9]\d{0,2})d")
"""`contacts_90d`: how many were logged in the last 90 civil days of the lead."""

LISTS = {"channels": lead.c.channels, "portrait.missing": lead.c.portrait_missing}
"""Fields that are columns with lists in them."""

_SENT = (Touch.RELEASED, Touch.DELIVERED, Touch.BOUNCED)

_ZONES = text("""
    WITH RECURSIVE zone(name) AS (
        SELECT min(timezone) FROM lead
        UNION ALL
        SELECT (SELECT min(timezone) FROM lead WHERE timezone > zone.name)
        FROM zone WHERE zone.name IS NOT NULL
    )
    SELECT name FROM zone WHERE name IS NOT NULL
""")


_COUNTRIES = text(_ZONES.text.replace("timezone", "country"))


def zones_in_use(connection: Connection) -> tuple[str, ...]:
    """The time zones that leads live in, by a walk along the index: as cheap as they are few. Not what is none."""
    return tuple(name for name in connection.execute(_ZONES).scalars() if is_zone(name))


def countries_in_use(connection: Connection) -> tuple[str, ...]:
    """The countries that leads live in, found in the same way."""
    return tuple(connection.execute(_COUNTRIES).scalars())


def field_expression(path: str, now: int, zones: Sequence[str]) -> Expression:
    """The value of a lead's field. Ages are raw instants. `attrs.x` is no field here (see selection).

    ValueError: there is no such field.
    """
    head, _, name = path.partition(".")
    if counter := COUNTER.fullmatch(path):
        return _recent(counter[1], int(counter[2]), now, zones)
    if head == "portrait":
        path = f"portrait_{name}"
    if head in _TABLES and name:
        return _of_table(path, head, name)
    if head == "age" and name.startswith("last."):
        return last_talk_column(last_talk.c.at, name.removeprefix("last."))
    column = lead.c.get(f"{name}_at" if head == "age" else path)
    if column is None:
        raise ValueError(f'there is no field "{path}"')
    return column


@lru_cache(maxsize=256)  # the same object again, so that whole queries over it can be kept
def last_talk_column(column: Column[Any], word: str) -> Expression:
    """A column of the lead's latest contact of that purpose, or on that channel."""
    query = select(column).where(last_talk.c.lead == lead.c.id, last_talk.c.word == word)
    return query.correlate(lead).scalar_subquery()


def circumstance_expression(path: str, now: int | BindParameter[int]) -> Expression:
    """The value of a circumstance's field; its age is the instant it began, missing before that.

    One that was taken back has neither an age nor any phase but that.
    """
    begun = circumstance.c.starts_at <= now
    if path == "active":
        return and_(begun, or_(circumstance.c.ends_at.is_(None), circumstance.c.ends_at > now))
    cancelled = circumstance.c.phase == Phase.CANCELLED
    if path == "age":
        return case((and_(begun, ~cancelled), circumstance.c.starts_at))
    if path == "phase":
        return case((cancelled, literal(Phase.CANCELLED.value)), (begun, _phase_at(now)))
    if path in ("kind", "severity"):
        return circumstance.c[path]
    if path == "invited":
        return coverage.c.invited
    raise ValueError(f'there is no field "{path}" of a circumstance')


def _phase_at(now: int | BindParameter[int]) -> Expression:
    """Of a circumstance that has begun."""
    ends_at = circumstance.c.ends_at
    return case(
        (or_(ends_at.is_(None), ends_at > now), literal(Phase.ACTIVE.value)),
        (ends_at + circumstance.c.aftermath > now, literal(Phase.AFTERMATH.value)),
        else_=literal(Phase.ENDED.value),
    )


def per_zone(now: int, age: Duration, zones: Sequence[str], edge: Callable[[Cut], int]) -> Expression:
    """One edge of an age's line, for the zone of each lead. A plain number where all zones agree."""
    return _line(tuple((name, edge(cut(now, age, name))) for name in zones))


def _line(by_zone: Sequence[tuple[str, int]]) -> Expression:
    edges = dict(by_zone)
    if not edges:
        return null()
    if len(set(edges.values())) == 1:
        return literal(next(iter(edges.values())))
    return case(edges, value=lead.c.timezone)


@lru_cache(maxsize=256)
def _of_table(path: str, head: str, name: str) -> Expression:
    column = _TABLES[head](name)
    if column is None:
        raise ValueError(f'there is no field "{path}"')
    return column.correlate(lead)


def _owner(name: str) -> ScalarSelect[Any] | None:
    return _pick(rep.c.get(name), rep.c.id == lead.c.owner)


def _account(name: str) -> ScalarSelect[Any] | None:
    return _pick(account.c.get(name), account.c.id == lead.c.account)


def _pick(column: Column[Any] | None, where: ColumnElement[bool]) -> ScalarSelect[Any] | None:
    return None if column is None else select(column).where(where).scalar_subquery()


def _nearest_opportunity(name: str) -> ScalarSelect[Any] | None:
    """Of the open one with the smallest expected close; those without one come last, then by id."""
    column = opportunity.c.get(name)
    if column is None:
        return None
    close = opportunity.c.expected_close_on
    query = select(column).where(opportunity.c.lead == lead.c.id, opportunity.c.open)
    nearest_first = query.order_by(close.is_(None), ByteOrder(close), ByteOrder(opportunity.c.id))
    return nearest_first.limit(1).scalar_subquery()


def _opportunities(name: str) -> ScalarSelect[Any] | None:
    query = select(func.count()).select_from(opportunity)
    query = query.where(opportunity.c.lead == lead.c.id, opportunity.c.open)
    return query.scalar_subquery() if name == "open" else None


_TABLES: dict[str, Callable[[str], ScalarSelect[Any] | None]] = {
    "owner": _owner,
    "account": _account,
    "opportunity": _nearest_opportunity,
    "opportunities": _opportunities,
}


def _recent(counter: str, days: int, now: int, zones: Sequence[str]) -> Expression:
    return _counted(counter, tuple((name, cut(now, Duration(days=days), name).start) for name in zones))


@lru_cache(maxsize=256)  # these days begin with a civil day: until one ends somewhere, the same object again
def _counted(counter: str, by_zone: tuple[tuple[str, int], ...]) -> Expression:
    since = _line(by_zone)
    if counter == "touches":
        query = select(func.count()).select_from(touch)
        query = query.where(touch.c.lead == lead.c.id, touch.c.released_at >= since)
        query = query.where(touch.c.audience == Audience.LEAD, touch.c.state.in_(_SENT))
        lately, before = query.correlate(lead), archived(query).correlate(lead)
        return lately.scalar_subquery() + before.scalar_subquery()
    query = select(func.count()).select_from(interaction)
    query = query.where(interaction.c.lead == lead.c.id, interaction.c.at >= since)
    query = query.where(interaction.c.effective.is_(counter == "contacts"))
    return query.correlate(lead).scalar_subquery()
