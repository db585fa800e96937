"""What a customer does not want to receive: stopped by his own link or by hand, and let go on again.

It holds at once. What is on its way is judged again before its first byte leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from engine.ground.errors import UsageError
from engine.settings.model import Settings
from engine.stages.compose.receivers import channels_by
from engine.stages.known import known_lead, known_word
from engine.store.database import Connection, Database
from engine.store.facts.suppressions import Entry, entries_of, lift, suppress

CUSTOMER = "customer"
"""The actor of what the customer did himself."""
BY_LINK = "unsubscribed by link"
"""Its reason."""


class Scope(StrEnum):
    """How much a customer stops by the link of a mail."""

    CATEGORY = "category"  # its category, by mail
    MAIL = "mail"          # every mail
    ALL = "all"            # whatever would reach him, on any channel


def subject_of(lead: str, category: str) -> str:
    """What the link of a mail of that category to that lead is about."""
    return f"{category}:{lead}"


def read_subject(subject: str) -> tuple[str, str]:
    """(lead, category) of such a link."""
    category, _, lead = subject.partition(":")
    return lead, category


def stop_by_link(db: Database, settings: Settings, lead: str, category: str, scope: Scope, now: int) -> None:
    """Stop what the customer says. Doing it twice is doing it once."""
    with db.writing() as connection:
        for channel in _channels(settings, scope):
            stopped = category if scope is Scope.CATEGORY else ""
            suppress(connection, lead, channel, stopped, BY_LINK, CUSTOMER, now)


def stopped_scopes(connection: Connection, settings: Settings, lead: str, category: str) -> frozenset[Scope]:
    """Which of them hold for the lead already, whoever stopped them."""
    entries = entries_of(connection, lead)

    def holds(scope: Scope) -> bool:
        stopped = category if scope is Scope.CATEGORY else ""
        return all(_covered(entries, channel, stopped) for channel in _channels(settings, scope))

    return frozenset(scope for scope in Scope if holds(scope))


def _channels(settings: Settings, scope: Scope) -> list[str]:
    return [""] if scope is Scope.ALL else sorted(channels_by("email", settings))


def _covered(entries: Sequence[Entry], channel: str, category: str) -> bool:
    return any(entry.channel in ("", channel) and entry.category in ("", category) for entry in entries)


def stop(
    db: Database, settings: Settings, lead: str, channel: str, category: str, reason: str, actor: str, now: int
) -> bool:
    """Put an entry on the suppression list; "" stands for every channel or category. False: it was there.

    UsageError: there is no such lead, channel or category.
    """
    with db.writing() as connection:
        _insist(connection, settings, lead, channel, category)
        return suppress(connection, lead, channel, category, reason, actor, now)


def go_on(db: Database, settings: Settings, lead: str, channel: str, category: str, actor: str, now: int) -> bool:
    """Take that very entry off the list. False: it was not there. UsageError as above."""
    with db.writing() as connection:
        _insist(connection, settings, lead, channel, category)
        return lift(connection, lead, channel, category, actor, now)


def _insist(connection: Connection, settings: Settings, lead: str, channel: str, category: str) -> None:
    known_lead(connection, lead)
    if channel:
        known_word("channel", channel, tuple(settings.channels))
    if category:
        known_word("category", category, settings.vocabularies.categories)
    if channel and "lead" not in settings.channels[channel].receivers:
        raise UsageError(f'channel "{channel}" reaches no customers; name another one, or none for all')
