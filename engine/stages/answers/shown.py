"""A reminder as its receiver sees it when he answers: who it is about, why, and what was said last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.stages.answers.answer import ENDED, Said, standing
from engine.stages.answers.means import Means
from engine.store.database import Connection
from engine.store.facts.suppressions import wrong_fields
from engine.store.lookups import customers
from engine.store.outbox import answering

OVER = "over"
LOOKED_BACK = 10
"""Interactions among which the last talk is looked for."""


@dataclass(frozen=True)
class Shown:
    """A reminder and its customer. `said` is the answer that stands, or that it is over; instants are seconds UTC.

    `moved_on`: when it was sent the customer was in the care of who got it, and is in somebody else's since.
    """

    touch: int
    receiver: str
    lead: str
    name: str
    salutation: str
    company: str
    phone: str
    owner: str | None
    moved_on: bool
    confidential: bool
    wrong: frozenset[str]
    addresses: tuple[str, ...]
    reason: str
    due_at: int
    talked_at: int | None
    talk: str
    hope: str
    said: Said | None


def shown(connection: Connection, means: Means, touch_id: int) -> Shown | None:
    """That reminder; None: there is none, or it is about nobody."""
    row = answering.reminder(connection, touch_id)
    lead = customers.lead_by_id(connection, row.lead) if row is not None else None
    if row is None or lead is None:
        return None
    rule = means.books.rule(connection, row.rule, row.revision)
    talks = [one for one in customers.interactions_of(connection, row.lead, LOOKED_BACK) if one["effective"]]
    return Shown(
        row.id, row.receiver, row.lead, lead["name"], lead["salutation"] or "", lead["company"] or "",
        lead["phone"] or "", lead["owner"], _moved_on(row, lead), lead["confidential"],
        wrong_fields(connection, row.lead), tuple(field for field in ("phone", "email", "wecom") if lead[field]),
        rule.summary if rule else "", row.due_at, lead["last_contact_at"],
        next((one["note"] for one in talks if one["note"]), ""), lead["hope"] or "",
        standing(connection, touch_id) or _over(row),
    )  # fmt: skip


def _moved_on(row: Any, lead: Mapping[str, Any]) -> bool:
    """As rep_day has it of many."""
    since, had = lead["owner_since_at"], {row.receiver, row.absent} - {None}
    changed = since is not None and row.released_at is not None and since > row.released_at
    return changed and lead["previous_owner"] in had and lead["owner"] not in had


def _over(row: Any) -> Said | None:
    """That it has ended without an answer, and when: the customer was reached otherwise, or its cause is gone."""
    return Said(OVER, "", row.settled_at, {}) if row.state in ENDED and row.settled_at is not None else None
