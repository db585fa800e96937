"""What comes next for a customer: his touches in the book, and later steps of what is under way for him."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.domain.words import Audience
from engine.stages.answers.means import Means
from engine.stages.plan.passes import Pass
from engine.stages.plan.places import stored_candidate
from engine.stages.plan.scheduling import schedule
from engine.store.book import upcoming
from engine.store.database import Connection, Database
from engine.store.lookups.customers import rep_names


@dataclass(frozen=True)
class Coming:
    """One touch to come, at `due_at` (seconds UTC) if nothing happens before. `touch` None: not in the book yet."""

    due_at: int
    rule: str
    step: str
    summary: str
    action: str
    audience: str
    receiver: str
    receiver_name: str
    touch: int | None
    state: str


def coming(db: Database, means: Means, lead_id: str, now: int, limit: int = 6) -> list[Coming]:
    """The customer's next touches, the earliest first; whether policies let them go is decided at their hour."""
    with db.reading() as connection:
        names = rep_names(connection)
        found = [*_in_the_book(connection, means, lead_id, names), *_later(db, connection, means, lead_id, now, names)]
    return sorted(found, key=lambda one: (one.due_at, one.rule, one.step, one.receiver))[:limit]


def _in_the_book(connection: Connection, means: Means, lead_id: str, names: dict[str, str]) -> Iterator[Coming]:
    for row in upcoming.open_touches(connection, lead_id):
        rule = means.books.rule(connection, row.rule, row.revision)
        yield Coming(
            row.due_at, row.rule, row.step, rule.summary if rule else "", row.action, row.audience, row.receiver,
            names.get(row.receiver, ""), row.id, row.state,
        )  # fmt: skip


def _later(
    db: Database, connection: Connection, means: Means, lead_id: str, now: int, names: dict[str, str]
) -> Iterator[Coming]:
    """Steps that open behind the horizon, as their occasions lie today."""
    generation = means.books.active(connection)
    rows = upcoming.with_steps_to_come(connection, lead_id)
    if generation is None or not rows:
        return
    ground = Pass(db, means.settings, means.books, generation, means.clockwork, now).ground(connection)
    for row in rows:
        rule = means.books.rule(connection, row.rule, row.revision)
        for one in schedule(rule, stored_candidate(row, ground), ground) if rule else ():
            if one.times.opens_at >= row.next_step_at and one.receiver.audience is not Audience.ENGINE:
                yield Coming(
                    one.times.due_at, row.rule, one.step.id, rule.summary if rule else "", one.step.action.value,
                    one.receiver.audience.value, one.receiver.id, names.get(one.receiver.id, ""), None, "planned",
                )  # fmt: skip
