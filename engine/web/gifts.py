"""Gifts on a customer's page: what he was given, what fits him today, and a form to put one down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.domain.civil import local_date
from engine.domain.gifts import Given, left_of
from engine.ground.errors import UsageError
from engine.stages.gifts import Gift, give, ideas_for, offered
from engine.store.lookups.customers import Row
from engine.web.asked import Asked

PATH = "/gift/{lead:path}"


def shown(asked: Asked, lead: Row, given: tuple[Given, ...]) -> Mapping[str, Any]:
    """What the page of a customer needs for its part about gifts."""
    settings, today = asked.site.settings, local_date(asked.now, asked.zone)
    limit = settings.gifts.limit_of(lead["tier"])
    ideas = ideas_for(settings, lead["tier"], lead["attrs"], given, today)
    return {
        "given": given, "gift_ideas": list(zip(ideas, offered(settings, ideas), strict=True)),
        "currency": settings.gifts.currency, "gifts_left": f"{left_of(limit, given, today):g}",
        "gift_day": today.isoformat(),
    }  # fmt: skip


def write(asked: Asked, lead_id: str) -> None:
    """Put down what the form says was given. UsageError: it is too much, or no day."""
    try:
        on = date.fromisoformat(asked.field("given_on"))
    except ValueError as error:
        raise UsageError(f'"{asked.field("given_on")}" is no date') from error
    gift = Gift(on, asked.field("idea"), asked.field("gift"), asked.field("price").strip())
    actor = asked.visitor.rep or asked.visitor.name
    give(asked.site.db, asked.site.settings, lead_id, gift, actor, asked.now)
