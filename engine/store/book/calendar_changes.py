"""Whom a change of calendars concerns: leads with something to come, of rules that a calendar decides about."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select, true

from engine.domain.words import TOUCH_OPEN
from engine.store.facts.dirty import touch_leads_where
from engine.store.ledger import occasion, touch
from engine.store.tables import lead


def touch_leads_in(
    connection: Connection, countries: Collection[str] | None, untouched: Collection[str], now: int
) -> None:
    """Plan anew the leads of these countries (None: of all), but for what only the `untouched` rules gave them."""
    waiting = select(touch.c.lead).where(touch.c.state.in_(TOUCH_OPEN), touch.c.rule.not_in(untouched))
    coming = select(occasion.c.lead).where(
        occasion.c.next_step_at.is_not(None), occasion.c.ended_at.is_(None), occasion.c.rule.not_in(untouched)
    )
    here = true() if countries is None else lead.c.country.in_(countries)
    touch_leads_where(connection, here & lead.c.id.in_(waiting.union(coming)), "calendar", now)
