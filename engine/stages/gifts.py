"""Gifts: which ideas fit a customer, and what he was given, inside the limit of config.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.domain import cells
from engine.domain.civil import local_date
from engine.domain.gifts import Given, Idea, fitting, left_of
from engine.domain.spoken import said_in
from engine.ground.errors import UsageError
from engine.settings.model import Settings
from engine.stages.known import known_lead
from engine.store.database import Database
from engine.store.facts.gifts import gifts_of, write_gift
from engine.store.facts.people import locked
from engine.store.outbox.compose_rows import LeadRow


@dataclass(frozen=True)
class Gift:
    """What a rep gives: one of the ideas by its name, or something else with its price; `on` is the day."""

    on: date
    idea: str = ""
    label: str = ""
    price: str = ""


def ideas_of(settings: Settings) -> tuple[Idea, ...]:
    """Those of config.yaml."""
    found = settings.gifts.ideas.items()
    return tuple(Idea(name, one.label, one.story, one.price, one.interests) for name, one in found)


def ideas_for(
    settings: Settings, tier: str | None, attrs: Mapping[str, Any], given: Sequence[Given], day: date
) -> tuple[Idea, ...]:
    """Those that fit a customer on that day. His interests are `attrs.interests`, a list or a text."""
    return fitting(ideas_of(settings), _interests(attrs), given, settings.gifts.limit_of(tier), day)


def _interests(attrs: Mapping[str, Any]) -> list[str]:
    said = attrs.get("interests") or ()
    return [said] if isinstance(said, str) else [str(one) for one in said]


def offered(settings: Settings, ideas: Sequence[Idea]) -> list[dict[str, str]]:
    """Ideas as texts and pages say them."""
    currency = settings.gifts.currency
    return [{"label": one.label, "story": one.story, "price": f"{currency} {one.price:g}"} for one in ideas]


class Offers:
    """What reminders offer about their customers; most were given nothing, and have the same for a whole year."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ideas = ideas_of(settings)
        self._known: dict[tuple[object, ...], list[dict[str, str]]] = {}

    def to(self, lead: LeadRow, given: tuple[Given, ...], day: str) -> list[dict[str, str]]:
        """To a customer who was given that, for that day, an ISO date."""
        limit, interests = self._settings.gifts.limit_of(lead.tier), tuple(_interests(lead.attrs or {}))
        key = limit, interests, given, day[:4]
        if key not in self._known:
            fit = fitting(self._ideas, interests, given, limit, date.fromisoformat(day))
            self._known[key] = offered(self._settings, fit)
        return self._known[key]


def give(db: Database, settings: Settings, lead_id: str, gift: Gift, actor: str, now: int) -> Given:
    """Put a gift down. UsageError: it is more than the law lets him have this year, or it is unclear what it was."""
    given = _given(settings, gift)
    with db.writing() as connection:
        lead = known_lead(connection, lead_id)
        locked(connection, [lead_id])  # two who give at once do not both find room below the limit
        if given.on > local_date(now, str(lead["timezone"])):
            raise UsageError(f"{given.on} is still to come; put a gift down once it is given")
        limit = settings.gifts.limit_of(lead["tier"])
        left = left_of(limit, gifts_of(connection, [lead_id]).get(lead_id, ()), given.on)
        if given.price > left:
            of = f"{settings.gifts.currency} {limit:g} a year"
            raise UsageError(f"{given.label} ({given.price:g}) is above the limit: of {of} {left:g} are left")
        write_gift(connection, lead_id, given, actor, now)
    return given


def _given(settings: Settings, gift: Gift) -> Given:
    idea = settings.gifts.ideas.get(gift.idea)
    if gift.idea and idea is None:
        raise UsageError(f'there is no gift "{gift.idea}" in config.yaml')
    label = gift.label.strip() or (said_in(settings.defaults.locale, idea.label) if idea else "")
    if not label:
        raise UsageError("say what was given")
    try:
        price = cells.number(gift.price) if gift.price else (idea.price if idea else None)
        label = cells.plain_text(label)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if price is None or price < 0:
        raise UsageError("say what the gift cost")
    return Given(gift.on, gift.idea, label, price)
