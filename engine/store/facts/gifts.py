"""Gifts that customers were given. Nothing is deleted but with the customer himself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import Connection, insert, select

from engine.domain.gifts import Given
from engine.store.tables import gift


def gifts_of(connection: Connection, leads: Collection[str]) -> Mapping[str, tuple[Given, ...]]:
    """What these leads were given, by lead, the latest first."""
    found: dict[str, list[Given]] = defaultdict(list)
    query = select(gift).where(gift.c.lead.in_(sorted(leads))).order_by(gift.c.given_on.desc(), gift.c.id.desc())
    for row in connection.execute(query):
        found[row.lead].append(Given(date.fromisoformat(row.given_on), row.idea, row.label, row.price))
    return {lead: tuple(gifts) for lead, gifts in found.items()}


def write_gift(connection: Connection, lead: str, given: Given, actor: str, now: int) -> None:
    """Put down that it was given."""
    row = {"lead": lead, "given_on": given.on.isoformat(), "idea": given.idea, "label": given.label,
           "price": given.price, "actor": actor, "at": now}  # fmt: skip
    connection.execute(insert(gift).values(row))
