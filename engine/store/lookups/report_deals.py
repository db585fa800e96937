"""Deals on their way through the stages, and how closely customers are kept in touch with. Only reading.

`reps` are the owners' ids; None stands for everybody's leads.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from engine.store.lookups.report_work import Reps
from engine.store.tables import interaction, lead, opportunity, transition


class Step(NamedTuple):
    """How many deals went from one stage to another."""

    left: str | None
    reached: str | None
    deals: int


def steps(connection: Connection, reps: Reps, stages: Collection[str], since: int, until: int) -> list[Step]:
    """Every change of a deal's stage in [since, until), counted; what came in as history is passed over."""
    at = transition.c.at
    query = (
        select(transition.c.previous, transition.c.value, func.count())
        .join(lead, lead.c.id == transition.c.lead)
        .where(transition.c.field == "stage", transition.c.value.in_(stages), at >= since, at < until)
        .where(transition.c.subject != "lead", _no_history(at))
        .group_by(transition.c.previous, transition.c.value)
    )
    return [Step(*row) for row in connection.execute(_owned(query, reps))]


def opened(connection: Connection, reps: Reps, since: int, until: int) -> dict[str, int]:
    """Deals that were new in [since, until), by the stage they began with; history is passed over."""
    first = (
        select(transition.c.previous)
        .where(transition.c.lead == opportunity.c.lead, transition.c.field == "stage")
        .where(transition.c.subject == "opportunity#" + opportunity.c.id)
        .order_by(transition.c.id)
        .limit(1)
        .scalar_subquery()
    )
    began = func.coalesce(first, opportunity.c.stage).label("began")
    at = opportunity.c.opened_at
    inner = (
        select(opportunity.c.id, began)
        .join(lead, lead.c.id == opportunity.c.lead)
        .where(at >= since, at < until, _no_history(at))
    )
    found = _owned(inner, reps).subquery()
    query = select(found.c.began, func.count()).group_by(found.c.began)
    return {row[0]: row[1] for row in connection.execute(query)}


def standing(connection: Connection, reps: Reps) -> dict[str, int]:
    """Open deals by the stage they stand at now."""
    query = (
        select(opportunity.c.stage, func.count())
        .join(lead, lead.c.id == opportunity.c.lead)
        .where(opportunity.c.open)
        .group_by(opportunity.c.stage)
    )
    return {row[0]: row[1] for row in connection.execute(_owned(query, reps))}


def kept(connection: Connection, reps: Reps, grade: str, since: int, until: int) -> tuple[int, int]:
    """Of the active customers of a grade, his since before `since`: how many had a contact in [since, until), of how
    many."""
    last = lead.c.last_contact_at
    between = exists().where(
        interaction.c.lead == lead.c.id, interaction.c.effective, interaction.c.at >= since, interaction.c.at < until
    )
    # The latest contact decides, unless it lies behind the period.
    held = case((or_(last.is_(None), last < since), 0), (last < until, 1), (between, 1), else_=0)
    query = select(func.coalesce(func.sum(held), 0), func.count()).select_from(lead).where(
        lead.c.status == "active", lead.c.grade == grade, lead.c.owner.is_not(None), lead.c.registered_at < since,
        or_(lead.c.owner_since_at.is_(None), lead.c.owner_since_at < since),
    )  # fmt: skip
    row = connection.execute(_owned(query, reps)).one()
    return int(row[0]), int(row[1])


class Tier(NamedTuple):
    """The active customers of a tier (None: without one), and the talks with them."""

    tier: str | None
    leads: int
    contacts: int
    attempts: int


def talks_by_tier(connection: Connection, reps: Reps, since: int, until: int) -> list[Tier]:
    """Active customers with an owner, and their contacts and attempts in [since, until), by tier."""
    mine = (lead.c.status == "active", lead.c.owner.is_not(None))
    leads = _owned(select(lead.c.tier, func.count()).where(*mine).group_by(lead.c.tier), reps)
    during = and_(interaction.c.lead == lead.c.id, interaction.c.at >= since, interaction.c.at < until)
    talks = (
        select(lead.c.tier, func.sum(case((interaction.c.effective, 1), else_=0)), func.count())
        .join(interaction, during)
        .where(*mine)
        .group_by(lead.c.tier)
    )
    held = {tier: (int(contacts), int(every)) for tier, contacts, every in connection.execute(_owned(talks, reps))}
    found = []
    for tier, count in connection.execute(leads):
        contacts, every = held.get(tier, (0, 0))
        found.append(Tier(tier, count, contacts, every - contacts))
    return found


def _owned(query: Select[Any], reps: Reps) -> Select[Any]:
    return query if reps is None else query.where(lead.c.owner.in_(reps))


def _no_history(at: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(lead.c.history_at.is_(None), at > lead.c.history_at)
