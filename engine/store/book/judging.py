"""What release reads: touches to be looked at, and what else is in the lead's days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, select

from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.among import among
from engine.store.archive.ever import ever
from engine.store.aside.sound import sound_touch
from engine.store.facts.suppressions import still_holds
from engine.store.ledger import occasion, touch
from engine.store.many import fetch, fetch_as
from engine.store.parts import WHOLE, Part
from engine.store.tables import dirty_lead, interaction, lead, suppression

SENT = (Touch.RELEASED, Touch.DELIVERED, Touch.BOUNCED)
"""States of a touch that count as sent: towards caps, and as the better-ranked `other` of policies."""


class OpenRow(NamedTuple):
    """What release reads of a touch that it owns, with what its occasion says of `until`."""

    id: int
    occurrence_key: str
    rule: str
    lead: str
    anchor: str
    step: str
    receiver: str
    absent: str | None
    shard: int
    revision: str
    generation: int
    action: str
    audience: str
    category: str
    priority: int
    nominal_at: int
    due_at: int
    day_on: str
    judge_at: int | None
    expires_at: int | None
    state: str
    policy: str | None
    needs_signature: bool
    signer: str | None
    deadline_at: int | None
    escalated_at: int | None
    signed_at: int | None
    via: list[str]
    via_index: int
    passed_over: dict[str, str] | None
    level_on: str | None
    counts_from_at: int
    end_reason: str | None


class SentRow(NamedTuple):
    """What release reads of a touch that was let go."""

    id: int
    lead: str
    occurrence_key: str
    rule: str
    step: str
    category: str
    audience: str
    action: str
    priority: int
    receiver: str
    via: list[str]
    via_index: int
    day_on: str
    due_at: int
    state: str
    anchor: str
    released_at: int | None


class LeadFacts(NamedTuple):
    """What release reads of each lead whatever the rules say: all that planning does, version, consent, channels."""

    id: str
    shard: int
    timezone: str
    country: str
    owner: str | None
    previous_owner: str | None
    confidential: bool
    history_at: int | None
    region: str | None
    judge_version: int
    unsubscribed: bool
    status: str
    channels: list[str]
    last_contact_at: int | None
    last_attempt_at: int | None
    last_outcome: str | None
    back_on: str | None
    email: str | None
    phone: str | None
    wecom: str | None
    restricted_at: int | None


FACTS = tuple(lead.c[name] for name in LeadFacts._fields)
"""The columns of them."""


class SuppressionRow(NamedTuple):
    """One entry of the suppression list."""

    lead: str
    channel: str
    category: str


_LEADS = "leads"
# Statements are put together once, not once a tick: a tick with little to do would mostly be that.
_UNPLANNED = select(dirty_lead.c.id).where(dirty_lead.c.lead == touch.c.lead).exists()
_SOUND = sound_touch(touch.c.id, touch.c.lead)
_TO_JUDGE = (
    select(touch.c.lead)
    .where(touch.c.judge_at <= bindparam("now"), touch.c.lead != "", ~_UNPLANNED, _SOUND)
    .order_by(touch.c.judge_at)
    .limit(bindparam("limit"))
)
_SAME = and_(occasion.c.rule == touch.c.rule, occasion.c.lead == touch.c.lead, occasion.c.anchor == touch.c.anchor)
_OPEN = (
    select(*(touch.c[name] for name in OpenRow._fields[:-2]), occasion.c.counts_from_at, occasion.c.end_reason)
    .join(occasion, _SAME)
    .where(among(touch.c.lead, _LEADS), touch.c.state.in_(TOUCH_OPEN), _SOUND)
)
_SENT = ever(select(*(touch.c[name] for name in SentRow._fields)).where(
    among(touch.c.lead, _LEADS), touch.c.day_on >= bindparam("since_on"), touch.c.state.in_(SENT)
))  # fmt: skip
_SUPPRESSED = (
    select(suppression.c.lead, suppression.c.channel, suppression.c.category)
    .join(lead, lead.c.id == suppression.c.lead)
    .where(among(suppression.c.lead, _LEADS))
    .where(still_holds())
)
_OUTCOMES = (
    select(interaction.c.lead, interaction.c.at, interaction.c.outcome)
    .where(among(interaction.c.lead, _LEADS), interaction.c.at >= bindparam("since"), interaction.c.touch.is_(None))
    .order_by(interaction.c.at, interaction.c.id)
)
_NEXT_LOOK = select(touch.c.judge_at).where(touch.c.judge_at.is_not(None)).order_by(touch.c.judge_at).limit(1)


def leads_to_judge(connection: Connection, now: int, limit: int, part: Part = WHOLE) -> list[str]:
    """The lead of each touch to be looked at by `now`, the longest waiting first; at most `limit` of them.

    Not those whose facts changed since they were planned: plan comes first, whoever else is writing. Not those who
    are set aside.
    """
    limits = {"now": now, "limit": limit}
    if part is WHOLE:
        return [found for (found,) in fetch(connection, _TO_JUDGE, limits)]
    return list(connection.execute(_TO_JUDGE.where(part.has(touch.c.shard)), limits).scalars())


def open_touches(connection: Connection, leads: Sequence[str]) -> list[OpenRow]:
    """Every touch of these leads that is not released yet."""
    return fetch_as(connection, _OPEN, OpenRow, {_LEADS: list(leads)})


def sent_touches(connection: Connection, leads: Sequence[str], since_on: str) -> list[SentRow]:
    """Touches of these leads that were let go, of civil days from `since_on` (ISO) on."""
    return fetch_as(connection, _SENT, SentRow, {_LEADS: list(leads), "since_on": since_on})


def suppressions(connection: Connection, leads: Sequence[str]) -> dict[str, list[SuppressionRow]]:
    """The suppression list's entries of these leads; not those about an address that is no longer theirs."""
    found: dict[str, list[SuppressionRow]] = {}
    for row in fetch_as(connection, _SUPPRESSED, SuppressionRow, {_LEADS: list(leads)}):
        found.setdefault(row.lead, []).append(row)
    return found


def outcomes_since(connection: Connection, leads: Sequence[str], at: int) -> dict[str, list[tuple[int, str]]]:
    """(instant, outcome) of what people logged with these leads from that instant on, by lead.

    Not the greetings that were signed for them: those are no answer.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for lead_id, logged_at, outcome in fetch(connection, _OUTCOMES, {_LEADS: list(leads), "since": at}):
        found.setdefault(lead_id, []).append((logged_at, outcome))
    return found


def next_look(connection: Connection) -> int | None:
    """The instant at which release has something to do next; None if nothing waits."""
    return connection.execute(_NEXT_LOOK).scalar_one_or_none()
