"""Writes transitions, together with what a delivered greeting means for the lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.domain.keys import greeting_ref
from engine.domain.words import Action, Audience, Delivery
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.taken_back import take_back_contact
from engine.store.outbox.held import Held
from engine.store.outbox.transitions import Consequence, Transition, record

Conclusion = tuple[Held, Transition]


def conclude(connection: Any, conclusions: Sequence[Conclusion], now: int) -> None:
    """Record the transitions; a greeting that a person signed counts as a contact while it is delivered."""
    record(connection, [transition for _, transition in conclusions], now)
    for held, transition in conclusions:
        if transition.consequence is Consequence.DELIVERED and _is_signed_greeting(held):
            log_interaction(connection, _contact(held), now)
        elif _came_back(transition) and _is_signed_greeting(held):
            take_back_contact(connection, greeting_ref(held.occurrence_key), now)


def _came_back(transition: Transition) -> bool:
    return (transition.source, transition.target) == (Delivery.SENT, Delivery.FAILED)


def _is_signed_greeting(held: Held) -> bool:
    return bool(
        held.signed_by and held.audience == Audience.LEAD and held.action == Action.GREET
        and held.judge_version is not None
    )  # fmt: skip


def _contact(held: Held) -> Interaction:
    """The contact that it is: at the hour it was due, so that a slow relay shifts no cadence."""
    return Interaction(
        id=greeting_ref(held.occurrence_key), lead=held.lead, at=held.due_at, outcome="messaged", effective=True,
        rep=held.signed_by, purpose="courtesy", touch=held.touch,
    )  # fmt: skip
