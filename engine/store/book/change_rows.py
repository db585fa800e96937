"""Rows that may give birth because something happened: counters, transitions, outcomes of talks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_

from engine.store.book.planning import Segment, living
from engine.store.tables import interaction, lead, transition

_EPOCHS: Mapping[str, Mapping[str, ColumnElement[Any]]] = {
    "contacts": {
        "order": lead.c.contacts_since_order,
        "owner": lead.c.contacts_since_owner,
        "registered": lead.c.contacts,
    },
    "attempts": {"registered": lead.c.attempts},
    "orders": {"registered": lead.c.orders},
}
_EPOCH_START: Mapping[str, ColumnElement[Any]] = {
    "order": lead.c.last_order_at,
    "owner": lead.c.owner_since_at,
    "registered": lead.c.registered_at,
}
_COUNTER_AT: Mapping[str, ColumnElement[Any]] = {
    "contacts": lead.c.last_contact_at,
    "attempts": lead.c.last_attempt_at,
    "orders": lead.c.last_order_at,
}


@lru_cache(maxsize=256)  # most of the time that a query takes is to build it, and it is the same every time
def counter_query(counter: str, epoch: str, value: int, segment: Segment) -> Select[Any]:
    """Leads whose counter has reached the value in this epoch: + the epoch's start, + when it last counted."""
    column = _EPOCHS[counter][epoch]
    return living(_EPOCH_START[epoch], _COUNTER_AT[counter]).where(column >= value, segment)


@lru_cache(maxsize=256)
def transitions_query(subject: str, field: str, value: str, segment: Segment) -> Select[Any]:
    """Leads of whom that field took that value since `since`, the instant that it is executed with, not by history.

    + the transition's id, + its instant.
    """
    query = living(transition.c.id, transition.c.at).join(transition, transition.c.lead == lead.c.id)
    return query.where(
        transition.c.subject.like(f"{subject}%"),
        transition.c.field == field,
        transition.c.value == value,
        transition.c.at >= bindparam("since"),
        or_(lead.c.history_at.is_(None), transition.c.at > lead.c.history_at),
        segment,
    )


@lru_cache(maxsize=256)
def interactions_query(
    outcomes: tuple[str, ...], channels: tuple[str, ...], purposes: tuple[str, ...], segment: Segment
) -> Select[Any]:
    """Leads with an interaction of those outcomes, on those channels and for those purposes (none: any).

    Since `since`, the instant that it is executed with.
    What came in as history, or was logged before it did, is passed over.

    + its id, + its instant, + its outcome.
    """
    query = living(interaction.c.id, interaction.c.at, interaction.c.outcome)
    query = query.join(interaction, interaction.c.lead == lead.c.id)
    query = query.where(interaction.c.outcome.in_(outcomes), interaction.c.at >= bindparam("since"), segment)
    query = query.where(or_(lead.c.history_at.is_(None), interaction.c.logged_at > lead.c.history_at))
    if channels:
        query = query.where(interaction.c.channel.in_(channels))
    return query.where(interaction.c.purpose.in_(purposes)) if purposes else query
