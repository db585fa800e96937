"""One pass of release: read the days of the leads that are due, judge them, write what came of it.

The arbiter works between two short transactions. Every write compares the lead's `judge_version` with the
one that was judged, so a fact recorded meanwhile wins, and the touch is looked at again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.arbiter.facts import Case, Ruling, TouchFact
from engine.arbiter.judge import Arbiter
from engine.domain.civil import local_date, utc_date
from engine.domain.words import Audience, Effect, Touch
from engine.rulebook.conditions import fields_of
from engine.rulebook.model import Policy, Rule
from engine.settings.model import Settings
from engine.stages.books import Books, Generation
from engine.stages.plan.timing import Clockwork
from engine.stages.release.before import OVERDUE, Decision, Waiting, coalesced, decide
from engine.stages.release.outcome import Outcome, Outcomes
from engine.store import judging
from engine.store.database import Connection, Database
from engine.store.snapshots import load_snapshots

CAP_DAYS = 31
"""How far back sent touches are loaded; the loader refuses policies that count further."""


@dataclass
class ReleaseCounts:
    """What became of the touches that were looked at, by reason or policy where there is one."""

    released: int = 0
    drafts: int = 0
    suppressed: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    deferred: Counter[str] = field(default_factory=Counter)
    merged: Counter[str] = field(default_factory=Counter)
    expired: Counter[str] = field(default_factory=Counter)
    cancelled: Counter[str] = field(default_factory=Counter)

    def count(self, outcome: Outcome) -> None:
        if outcome.state is Touch.RELEASED:
            self.released += 1
        elif outcome.state is Touch.DRAFT:
            self.drafts += 1
        else:
            getattr(self, outcome.state.value)[outcome.policy or outcome.reason] += 1


@dataclass
class Release:
    """The stage with what it needs. One object a daemon; it keeps no state between passes."""

    db: Database
    settings: Settings
    books: Books
    clockwork: Clockwork
    arbiter: Arbiter

    def run(self, now: int) -> ReleaseCounts:
        """Judge everything that is to be looked at by `now`."""
        counts = ReleaseCounts()
        overdue: Counter[str] = Counter()
        seen: set[str] = set()
        while True:
            with self.db.reading() as connection:
                generation = self.books.active(connection)
                leads = judging.leads_to_judge(connection, now, self.settings.service.batch * 5)
                leads = [lead for lead in leads if lead not in seen]
                if generation is None or not leads:
                    return counts
                days = self._load(connection, generation, leads, now)
            seen.update(leads)
            outcomes = self._judge(days, overdue, now)
            self._write(outcomes, now)
            for outcome in outcomes.rows:
                counts.count(outcome)

    def _load(self, connection: Connection, generation: Generation, leads: Sequence[str], now: int) -> Days:
        rows = judging.open_touches(connection, leads)
        rules = {key: self.books.rule(connection, *key) for key in {(row.rule, row.revision) for row in rows}}
        facts = judging.lead_facts(connection, leads)
        snapshots = load_snapshots(connection, leads, _paths(rules, generation.book.policies), now, circumstances=True)
        in_force = frozenset(rule.id for rule in generation.book.rules if rule.enabled)
        since = utc_date(now - (CAP_DAYS + 2) * 86_400).isoformat()
        return Days(
            rows, rules, facts, snapshots, judging.suppressions(connection, leads), in_force,
            judging.sent_touches(connection, leads, since), now,
        )  # fmt: skip

    def _judge(self, days: Days, overdue: Counter[str], now: int) -> Outcomes:
        outcomes = Outcomes(self.settings, self.clockwork, now)
        remaining: dict[tuple[str, int], list[Waiting]] = defaultdict(list)
        waitings = list(days.waiting())
        dropped = coalesced([one for one in waitings if _is_due(one, now)], now)
        for one in waitings:
            decision = _coalesced(one, dropped) or (decide(one, now) if _is_due(one, now) else None)
            decision = decision or self._caught_up(one, overdue, now)
            if decision is None:
                remaining[one.row.lead, one.day].append(one)
            else:
                outcomes.decided(one, decision)
        self._ask_arbiter(remaining, days, outcomes, now)
        return outcomes

    def _ask_arbiter(
        self, remaining: Mapping[tuple[str, int], list[Waiting]], days: Days, outcomes: Outcomes, now: int
    ) -> None:
        asked = {key: ones for key, ones in remaining.items() if any(_is_due(one, now) for one in ones)}
        keys = list(asked)
        # A lead may have two days in view; the arbiter knows cases by lead, so each day is a round of its own.
        for day_no in sorted({day for _, day in keys}):
            cases = {lead: days.case(lead, day_no, asked[lead, day_no]) for lead, day in keys if day == day_no}
            rulings = self.arbiter.judge(list(cases.values()))
            for lead in cases:
                by_touch = {ruling.touch: ruling for ruling in rulings[lead]}
                for one in asked[lead, day_no]:
                    _apply(one, by_touch[one.row.id], outcomes, now)

    def _caught_up(self, one: Waiting, overdue: Counter[str], now: int) -> Decision | None:
        """More overdue touches for one receiver than the catch-up cap are kept for another day."""
        row = one.row
        if row.due_at > now - OVERDUE or not _is_due(one, now) or row.policy is not None:
            return None
        overdue[row.receiver] += 1
        return Decision(Touch.HELD, "catch_up") if overdue[row.receiver] > self.settings.caps.catch_up else None

    def _write(self, outcomes: Outcomes, now: int) -> None:
        with self.db.writing() as connection:
            judging.settle(connection, [outcome.as_row(now) for outcome in outcomes.rows])
            judging.record_verdicts(connection, outcomes.verdicts)
            judging.revive_merged(connection, outcomes.fallen(), now)


@dataclass(frozen=True)
class Days:
    """Everything read for a batch of leads, at one instant."""

    rows: Sequence[Any]
    rules: Mapping[tuple[str, str], Rule | None]
    facts: Mapping[str, Any]
    snapshots: Mapping[str, Any]
    suppressions: Mapping[str, Sequence[Any]]
    in_force: frozenset[str]
    sent: Sequence[Any]
    now: int

    def waiting(self) -> Iterator[Waiting]:
        """The touches that wait, each in the civil day it is judged in: its own, or today if that has passed."""
        today = {lead: local_date(self.now, row.timezone).toordinal() for lead, row in self.facts.items()}
        for row in self.rows:
            rule = self.rules[row.rule, row.revision]
            step = next((step for step in rule.steps if step.id == row.step), None) if rule else None
            day = max(date.fromisoformat(row.day_on).toordinal(), today[row.lead])
            yield Waiting(
                row, rule, step, self.facts[row.lead], self.snapshots[row.lead],
                self.suppressions.get(row.lead, ()), day, row.rule in self.in_force,
            )  # fmt: skip

    def case(self, lead: str, day: int, waitings: Sequence[Waiting]) -> Case:
        """What the arbiter sees of one lead's civil day."""
        sent = [row for row in self.sent if row.lead == lead]
        near = [row for row in sent if abs(date.fromisoformat(row.day_on).toordinal() - day) <= 1]
        held = {row.id for row in near}
        return Case(
            self.snapshots[lead],
            tuple([_fact(one.row, one.day, judged=True) for one in waitings]
                  + [_fact(row, date.fromisoformat(row.day_on).toordinal(), judged=False) for row in near]),
            tuple(row.due_at for row in sent if row.id not in held and row.audience == Audience.LEAD),
        )  # fmt: skip


def _fact(row: Any, day: int, *, judged: bool) -> TouchFact:
    values = {
        "category": row.category, "audience": row.audience, "action": row.action, "rule": row.rule,
        "step": row.step, "priority": row.priority, "urgent": False, "receiver": row.receiver,
        "channel": row.via[0] if row.via else None,
    }  # fmt: skip
    return TouchFact(row.id, values, day, row.due_at, row.occurrence_key, judged)


def _paths(rules: Mapping[tuple[str, str], Rule | None], policies: Sequence[Policy]) -> frozenset[str]:
    """Every field that some condition about to be read needs."""
    found: set[str] = set()
    for rule in rules.values():
        if rule is not None:
            found.update(path for step in rule.steps for path in fields_of(step.condition))
            found.update(fields_of(rule.until) if rule.until else ())
    for policy in policies:
        found.update(fields_of(policy.lead))
    return frozenset(found - {"contacted"})


def _is_due(one: Waiting, now: int) -> bool:
    return one.row.judge_at is not None and one.row.judge_at <= now


def _coalesced(one: Waiting, dropped: frozenset[int]) -> Decision | None:
    return Decision(Touch.EXPIRED, "coalesced") if one.row.id in dropped else None


def _apply(one: Waiting, ruling: Ruling, outcomes: Outcomes, now: int) -> None:
    """A touch whose hour is still to come is only merged: its survivor's text is written now."""
    if _is_due(one, now) or ruling.effect is Effect.MERGE:
        outcomes.ruled(one, ruling)
