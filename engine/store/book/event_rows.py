"""Rows that may give birth because of a circumstance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_

from engine.store.book.planning import Segment, living
from engine.store.tables import circumstance, coverage, lead


def events_query(kinds: Sequence[str], since: int, segment: Segment) -> Select[Any]:
    """Leads covered by a circumstance of those kinds that began, ends or ended since then: + id, start, end."""
    query = living(circumstance.c.id, circumstance.c.kind, circumstance.c.starts_at, circumstance.c.ends_at)
    query = query.join(coverage, coverage.c.lead == lead.c.id)
    query = query.join(circumstance, circumstance.c.id == coverage.c.circumstance)
    recent = or_(circumstance.c.starts_at >= since, circumstance.c.ends_at >= since)
    return query.where(circumstance.c.kind.in_(kinds), recent, segment)
