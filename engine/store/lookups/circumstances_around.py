"""What goes on in the world as a list of the desk shows it: what lasts, is to come, or is just over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, or_, select

from engine.store.circumstance_tables import circumstance, coverage
from engine.store.tables import lead

_c = circumstance.c


def circumstances_since(connection: Connection, since: int, limit: int) -> list[Mapping[str, Any]]:
    """Those not over by that instant (seconds UTC), the latest beginning first.

    Each with the number of customers to whom it applies, as `leads`; of one about a single customer also that one's
    `name`, `owner` and `confidential`.
    """
    counted = select(func.count()).where(coverage.c.circumstance == _c.id).scalar_subquery()
    query = (
        select(circumstance, counted.label("leads"), lead.c.name, lead.c.owner, lead.c.confidential)
        .outerjoin(lead, lead.c.id == _c.lead)
        .where(or_(_c.ends_at.is_(None), _c.ends_at > since))
        .order_by(_c.starts_at.desc(), _c.id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def places_covered(connection: Connection, idents: Sequence[str], limit: int) -> list[tuple[float, float]]:
    """Where customers live to whom one of these applies: latitude and longitude, as far as they are known.

    Not those of confidential ones: a dot tells where somebody lives.
    """
    query: Any = (
        select(lead.c.lat, lead.c.lon)
        .join(coverage, coverage.c.lead == lead.c.id)
        .where(coverage.c.circumstance.in_(idents), lead.c.lat.is_not(None), lead.c.confidential.is_(False))
        .limit(limit)
    )
    return [(row.lat, row.lon) for row in connection.execute(query)]
