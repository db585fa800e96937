"""Whose customers go back to the pool soon, if nothing happens before: by the rules that assign them there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.rulebook.model import Rule
from engine.stages.answers.means import Means
from engine.stages.plan.passes import Pass
from engine.stages.plan.places import stored_candidate
from engine.stages.plan.scheduling import schedule
from engine.store.book import upcoming
from engine.store.database import Connection, Database
from engine.store.lookups.customers import known_leads

TO_POOL = "pool"


@dataclass(frozen=True)
class Returning:
    """A lead, whose he is, and when he goes back (seconds UTC)."""

    lead: str
    name: str
    owner: str | None
    at: int


def returning(
    db: Database, connection: Connection, means: Means, owners: Collection[str], now: int, until: int
) -> list[Returning]:
    """These owners' customers who go back before `until`, the earliest first. Policies decide at that hour."""
    generation = means.books.active(connection)
    rules = [] if generation is None else [rule for rule in generation.book.rules if _assigns(rule)]
    if generation is None or not rules:
        return []
    ground = Pass(db, means.settings, means.books, generation, means.clockwork, now).ground(connection)
    found: dict[str, int] = {}
    for row in upcoming.of_owners(connection, owners, [rule.id for rule in rules]):
        rule = means.books.rule(connection, row.rule, row.revision)
        for one in schedule(rule, stored_candidate(row, ground), ground) if rule else ():
            if one.step.assign == TO_POOL and now <= one.times.due_at < until:
                found[row.lead] = min(found.get(row.lead, until), one.times.due_at)
    known = known_leads(connection, found)
    return sorted(
        (Returning(lead, known[lead].name, known[lead].owner, at) for lead, at in found.items()),
        key=lambda one: (one.at, one.lead),
    )


def _assigns(rule: Rule) -> bool:
    return any(step.assign == TO_POOL for step in rule.steps)
