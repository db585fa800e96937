"""Whom the rules would give back to the pool on one day, and whom they would warn of it: read off a dry run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from engine.desk.folder import Checked
from engine.desk.planning import PlannedTouch, Progress, Span, planned_touches
from engine.domain.changes import POOLED
from engine.domain.civil import local_date
from engine.domain.words import Action
from engine.rulebook.model import Rule, Step
from engine.settings.model import Settings
from engine.store.database import Database
from engine.store.lookups.pool import Standing, standings

POOL = "pool"
WARNED, RETURNS = "warned", "returns"


@dataclass(frozen=True)
class PoolReturn:
    """One customer of that day: whether he is warned of or returns, by which step, and on what facts.

    `at` is ISO 8601 with the receiver's offset. The facts are today's: grade, the date of the last effective contact
    in the lead's zone (None: never), the days from it to the day asked for. `state` is that of the plan; unless it is
    `planned`, `why` names what keeps the step from being done.
    """

    what: str
    lead: str
    name: str
    confidential: bool
    company: str | None
    owner: str | None
    key: bool
    tier: str | None
    grade: str | None
    last_contact: str | None
    days: int | None
    rule: str
    step: str
    receiver: str | None
    at: str
    state: str
    why: str | None

    def as_json(self) -> dict[str, Any]:
        """Without what only says how it may be shown."""
        return {name: value for name, value in asdict(self).items() if name != "confidential"}


def rules_to_pool(rules: Collection[Rule]) -> list[Rule]:
    """Those in force with a step that gives a customer to the pool."""
    return [rule for rule in rules if rule.enabled and any(gives_to_pool(step) for step in rule.steps)]


def gives_to_pool(step: Step) -> bool:
    """Whether it assigns to the pool, or sets the status that says so."""
    return step.assign == POOL or ("status", POOLED) in step.changes


def pool_returns(
    live: Database, settings: Settings, checked: Checked, span: Span, on: date, progress: Progress | None = None
) -> list[PoolReturn]:
    """What comes up in the span, which is that day: those who return first, each by the hour.

    The real plan, release and act are played on a copy in memory, with policies and gates; see `planned_touches` for
    what is taken for granted. The live database is only read.
    """
    rules = rules_to_pool(checked.book.rules)
    if not rules:
        return []
    steps = {(rule.id, step.id): what for rule in rules for step in rule.steps if (what := _what(step))}
    touches = planned_touches(live, settings, checked, span, progress=progress)
    found = [(steps[one.rule, one.step], one) for one in touches if (one.rule, one.step) in steps]
    with live.reading() as connection:
        known = standings(connection, {one.lead for _, one in found})
    return sorted(_told(found, known, on), key=lambda one: (one.what != RETURNS, one.at, one.lead, one.rule))


def _what(step: Step) -> str:
    if gives_to_pool(step):
        return RETURNS
    return WARNED if step.action is Action.REMIND else ""


def _told(
    found: Sequence[tuple[str, PlannedTouch]], known: Mapping[str, Standing], on: date
) -> Iterator[PoolReturn]:
    for what, touch in found:
        lead = known[touch.lead]
        last = None if lead.last_contact_at is None else local_date(lead.last_contact_at, lead.timezone)
        yield PoolReturn(
            what, touch.lead, lead.name, lead.confidential, lead.company, lead.owner, lead.key, lead.tier, lead.grade,
            last.isoformat() if last else None, (on - last).days if last else None, touch.rule, touch.step,
            touch.receiver if what == WARNED else None, touch.comes_up_at, touch.state, touch.policy or touch.reason,
        )  # fmt: skip
