"""Looking customers up: one with everything known of him, several by a word, the nearest to a mistyped id."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, func, or_, select

from engine.store.archive.ever import ever
from engine.store.facts.dirty import chunks
from engine.store.ledger import touch
from engine.store.tables import account, date_record, interaction, lead, opportunity, record, rep

Row = Mapping[str, Any]
"""A row by the names of its columns."""

NEAR = 2_000
"""Ids looked at for a "did you mean"."""


def lead_by_id(connection: Connection, lead_id: str) -> Row | None:
    """Every column of a lead, and his company's name."""
    query = select(lead, account.c.name.label("company")).outerjoin(account, account.c.id == lead.c.account)
    return next(iter(_rows(connection, query.where(lead.c.id == lead_id))), None)


def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def find_leads(connection: Connection, text: str, limit: int, numbers: Collection[str] = ()) -> list[Row]:
    """Leads whose id, name, address, number or company holds the text, whatever its case.

    `numbers` is the text as telephone numbers are kept (`domain.addresses.numbers_meant`).
    """
    columns = (lead.c.id, lead.c.name, lead.c.email, lead.c.phone, lead.c.wecom, account.c.name)
    query = (
        select(lead.c.id, lead.c.name, account.c.name.label("company"), lead.c.owner, lead.c.tier, lead.c.grade,
               lead.c.stage, lead.c.status, lead.c.timezone, lead.c.confidential)
        .outerjoin(account, account.c.id == lead.c.account)
        .where(or_(
            *(func.lower(column).contains(text.lower(), autoescape=True) for column in columns),
            *(lead.c.phone.contains(number, autoescape=True) for number in numbers),
        ))
        .order_by(lead.c.id)
        .limit(limit)
    )  # fmt: skip
    return _rows(connection, query)


def find_exactly(connection: Connection, text: str, limit: int, numbers: Collection[str] = ()) -> list[Row]:
    """Leads with just that id, address or number, by an index; `numbers` as in `find_leads`."""
    c = lead.c
    is_his = or_(c.id == text, c.email == text.lower(), c.wecom == text, c.phone.in_({text, *numbers}))
    return _rows(connection, select(c.id, c.name, c.owner, c.confidential).where(is_his).order_by(c.id).limit(limit))


def has_more_leads(connection: Connection, number: int) -> bool:
    """Whether the house has more leads than that."""
    some = select(lead.c.id).limit(number + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one()) > number


class Known(NamedTuple):
    """A lead as lists of many name him."""

    name: str
    owner: str | None
    confidential: bool


def known_leads(connection: Connection, ids: Collection[str]) -> dict[str, Known]:
    """These leads, by id."""
    query = select(lead.c.id, lead.c.name, lead.c.owner, lead.c.confidential)
    return {
        row.id: Known(row.name, row.owner, row.confidential)
        for chunk in chunks(sorted(ids))
        for row in connection.execute(query.where(lead.c.id.in_(chunk)))
    }


def rep_names(connection: Connection) -> dict[str, str]:
    """The name of every rep, by id."""
    return {row.id: row.name for row in connection.execute(select(rep.c.id, rep.c.name))}


def nearest_lead(connection: Connection, lead_id: str) -> str | None:
    """The id most like this one, among those that begin alike."""
    return _nearest(connection, lead, lead_id)


def nearest_rep(connection: Connection, rep_id: str) -> str | None:
    """The rep's id most like this one."""
    return _nearest(connection, rep, rep_id)


def _nearest(connection: Connection, table: Table, wanted: str) -> str | None:
    query = select(table.c.id).order_by(table.c.id).limit(NEAR)
    alike = query.where(func.lower(table.c.id).startswith(wanted[:2].lower(), autoescape=True))
    for choice in (alike, query):
        near = get_close_matches(wanted, list(connection.execute(choice).scalars()), n=1)
        if near:
            return str(near[0])
    return None


def is_rep(connection: Connection, rep_id: str) -> bool:
    return connection.execute(select(rep.c.id).where(rep.c.id == rep_id)).first() is not None


def dates_of(connection: Connection, lead_id: str) -> list[Row]:
    """The dates in a lead's life, those that are gone left out."""
    query = select(date_record).where(date_record.c.lead == lead_id, ~date_record.c.gone)
    return _rows(connection, query.order_by(date_record.c.kind, date_record.c.id))


def records_of(connection: Connection, lead_id: str) -> list[Row]:
    """Purchases, contracts, appointments and receivables, those that are gone left out."""
    query = select(record).where(record.c.lead == lead_id, ~record.c.gone)
    return _rows(connection, query.order_by(record.c.kind, record.c.id))


def opportunities_of(connection: Connection, lead_id: str) -> list[Row]:
    query = select(opportunity).where(opportunity.c.lead == lead_id).order_by(opportunity.c.id)
    return _rows(connection, query)


def interactions_of(connection: Connection, lead_id: str, limit: int) -> list[Row]:
    """The latest interactions with a lead, latest first."""
    query = select(interaction).where(interaction.c.lead == lead_id).order_by(interaction.c.at.desc(), interaction.c.id)
    return _rows(connection, query.limit(limit))


def lead_day(connection: Connection, lead_id: str, first_on: str, last_on: str) -> list[Any]:
    """Touches of a lead on civil days from `first_on` to `last_on` (ISO), whatever their state."""
    query = select(touch).where(touch.c.lead == lead_id, touch.c.day_on >= first_on, touch.c.day_on <= last_on)
    return list(connection.execute(ever(query, "due_at", "id")).all())
