"""The next returns of dates, kept under every policy that rules in force and config.yaml use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import DateTrigger
from engine.settings.model import Settings
from engine.store.book import generations
from engine.store.database import Database
from engine.store.facts.date_policies import (
    known_policies,
    policies_resolved,
    touch_leads_with_date_occasions,
    want_policies,
)
from engine.store.facts.dates import resolve_page, roll_dates
from engine.store.turns import turn, wait_here

PAGE = 2_000
"""Dates resolved or moved on in one write transaction, so that other writers get their turn."""


def keep_returns(db: Database, settings: Settings, rules: Sequence[Rule], now: int) -> bool:
    """Where a policy is new, resolve every date under it in one pass, and have what depends on it planned anew.

    False while another daemon is at it: there is nothing to plan by until then.
    A crash in between is made good by the next pass: a policy counts as resolved at the end only.
    """
    used = {rule.on.returns(settings.date_policy) for rule in rules if isinstance(rule.on, DateTrigger)}
    wanted = used | {settings.date_policy.text}
    with db.reading() as connection:
        known = known_policies(connection)
    if known == dict.fromkeys(wanted, True):
        return True
    with turn(db, "returns of dates") as mine:
        if mine:
            _resolve(db, settings, rules, wanted, now)
        return mine


def _resolve(db: Database, settings: Settings, rules: Sequence[Rule], wanted: set[str], now: int) -> None:
    with db.reading() as connection:
        known = known_policies(connection)
    with db.writing() as connection:
        want_policies(connection, wanted)
    resolve_all(db, settings, now)
    fresh = {policy for policy in wanted if not known.get(policy)}
    with db.writing() as connection:
        if fresh:
            generations.plan_again(connection, list(_concerned(rules, settings, fresh)))
            touch_leads_with_date_occasions(connection, now)
        policies_resolved(connection, wanted)


def resolve_all(db: Database, settings: Settings, now: int) -> None:
    """One pass over every date; rows are few at a time, whatever their number."""
    after: str | None = ""
    while after is not None:
        with db.writing() as connection:
            after = resolve_page(connection, after, PAGE, now, settings)


def roll_all(db: Database, settings: Settings, now: int) -> None:
    """Move on every return that has passed. The cost follows their number, not that of the dates."""
    moved = PAGE
    while moved >= PAGE:
        with db.writing() as connection:
            wait_here(connection, "returns of dates")  # of several daemons the later ones find nothing left to move
            moved = roll_dates(connection, now, settings, PAGE)


def _concerned(rules: Sequence[Rule], settings: Settings, fresh: set[str]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule.on, DateTrigger) and rule.on.returns(settings.date_policy) in fresh:
            yield rule.id
