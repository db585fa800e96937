"""One pass of release: read the days of the leads that are due, judge them, write what came of it.

The arbiter works between two short transactions. Every write compares the lead's `judge_version` with the
one that was judged, so a fact recorded meanwhile wins, and the touch is looked at again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from engine.arbiter.facts import Ruling
from engine.arbiter.judge import Arbiter
from engine.domain.words import MACHINES, Action, Audience, Effect, Touch
from engine.ground.collector import collector_at_rest
from engine.ground.durations import ZERO, parse_duration
from engine.settings.model import Settings
from engine.stages.books import Books, Generation
from engine.stages.plan.timing import Clockwork
from engine.stages.release.before import (
    OVERDUE,
    Decision,
    Waiting,
    coalesced,
    decide,
    has_waited,
    kept_back,
    left_alone,
)
from engine.stages.release.catching_up import Overdue, counted_together, note
from engine.stages.release.days import Days, load_days
from engine.stages.release.gap import keep_apart
from engine.stages.release.outcome import Outcome, Outcomes
from engine.stages.release.scheduled import expire_entries, let_go, write
from engine.stages.release.signatures import Roles, escalates, is_early
from engine.store.book import judging, settling
from engine.store.database import Connection, Database
from engine.store.outbox import entries, gathered
from engine.store.outbox.transitions import return_merged
from engine.store.parts import Part, all_parts, in_any_order
from engine.store.turns import turn, turns


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

    def count(self, state: Touch, why: str) -> None:
        if state is Touch.RELEASED:
            self.released += 1
        elif state is Touch.DRAFT:
            self.drafts += 1
        elif state is not Touch.PLANNED:  # looked at early, it waits for its hour
            getattr(self, state.value)[why] += 1


@dataclass
class Release:
    """The stage with what it needs. One object a daemon; between passes it keeps only its arbiter."""

    db: Database
    settings: Settings
    books: Books
    clockwork: Clockwork
    _arbiter: tuple[int, Arbiter] | None = field(default=None, init=False)

    def arbiter(self, generation: Generation) -> Arbiter:
        """The arbiter of that generation's policies; an older one is closed."""
        if self._arbiter is None or self._arbiter[0] != generation.id:
            self.close()
            self._arbiter = (generation.id, Arbiter(generation.book.policies, self.settings.arbiter))
        return self._arbiter[1]

    def close(self) -> None:
        """End the arbiter's worker process."""
        if self._arbiter is not None:
            self._arbiter[1].close()
            self._arbiter = None

    def run(self, now: int) -> ReleaseCounts:
        """Judge everything that is to be looked at by `now`: leads first, then what tells reps of them.

        The days of a lead are judged by one daemon at a time. What tells of several leads is put together by who
        finds nobody judging; the others leave it to him, or to the next pass.
        """
        counts = ReleaseCounts()
        overdue: Overdue = defaultdict(set)
        for part in in_any_order(self.db):
            with turn(self.db, part.name) as mine:
                if mine:
                    self._judge_leads(part, now, overdue, counts)
        names = [part.name for part in all_parts(self.db)]
        with turns(self.db, names) as free:
            if len(free) == len(names):
                self._gather(now)
                self._let_go_scheduled(now, counts)
        return counts

    def _judge_leads(self, part: Part, now: int, overdue: Overdue, counts: ReleaseCounts) -> None:
        seen: set[str] = set()
        limit = found = self.settings.service.batch * 5
        while found == limit:
            with collector_at_rest():
                found = self._judge_some(part, now, limit, seen, overdue, counts)

    def _judge_some(
        self, part: Part, now: int, limit: int, seen: set[str], overdue: Overdue, counts: ReleaseCounts
    ) -> int:
        """The longest waiting touches, and all others of their leads' days; how many were waiting, 0: no more."""
        with self.db.reading() as connection:
            generation = self.books.active(connection)
            waiting = judging.leads_to_judge(connection, now, limit, part)
            leads = [lead for lead in dict.fromkeys(waiting) if lead not in seen]
            if generation is None or not leads:
                return 0
            days = load_days(connection, generation, self.books, leads, self.clockwork.calendars, now)
        seen.update(leads)
        shared = self.db.dialect == "postgresql" and any(_is_late_for_a_rep(row, now) for row in days.rows)
        with counted_together(self.db, overdue, now) if shared else nullcontext():
            outcomes = self._judge(days, self.arbiter(generation), overdue, now)
            self._write(outcomes, now, overdue if shared else None)
        for outcome in outcomes.rows:
            counts.count(outcome.state, outcome.policy or outcome.reason)
        return len(waiting)

    def _gather(self, now: int) -> None:
        """What all of this pass let go for one receiver, of a step that gathers, becomes one message."""
        with self.db.reading() as connection:
            if not gathered.is_any_waiting(connection):
                return
        with self.db.writing() as connection:
            gathered.gather(connection, self.settings.only, now)

    def _let_go_scheduled(self, now: int, counts: ReleaseCounts) -> None:
        with self.db.reading() as connection:
            generation = self.books.active(connection)
            found = let_go(connection, generation, self.books, self.settings, now) if generation else []
            late = entries.overdue(connection, now) or gathered.overdue(connection, now)
        if found or late:
            with self.db.writing() as connection:
                write(connection, found, now)
                counts.expired["not_sent_in_time"] += expire_entries(connection, now)
        for one in found:
            counts.count(one.decision.state, one.decision.reason)

    def _judge(self, days: Days, arbiter: Arbiter, overdue: Overdue, now: int) -> Outcomes:
        roles = Roles(days.reps, self.settings.absent_reps == "delegate")
        outcomes = Outcomes(self.settings, self.clockwork, roles, now)
        remaining: dict[tuple[str, int], list[Waiting]] = defaultdict(list)
        waitings = []
        for one in days.waiting():
            stopped = left_alone(one)
            if stopped is not None:
                outcomes.decided(one, stopped)
            elif not one.quarantined:
                waitings.append(one)
            elif one.is_due:
                outcomes.decided(one, decide(one, now) or kept_back(one.row, now))
        dropped = coalesced([one for one in waitings if one.is_due], now)
        for one in waitings:
            decision = None if is_early(one, now) else self._before(one, dropped, overdue, now)
            if decision is None:
                remaining[one.row.lead, one.day].append(one)
            else:
                outcomes.decided(one, decision)
        _ask(arbiter, remaining, days, outcomes, now)
        outcomes.merge_waited()
        gap = parse_duration(self.settings.caps.gap)
        if gap != ZERO:
            outcomes.rows = keep_apart(outcomes.rows, days.sent, gap, self.clockwork, now)
        return outcomes

    def _before(self, one: Waiting, dropped: Container[int], overdue: Overdue, now: int) -> Decision | None:
        """What is decided before any policy is asked."""
        if one.row.id in dropped:
            return Decision(Touch.EXPIRED, "coalesced")
        decision = decide(one, now, passing_on=escalates(one, now)) if one.is_due else None
        return decision or self._caught_up(one, overdue, now)

    def _caught_up(self, one: Waiting, overdue: Overdue, now: int) -> Decision | None:
        """More for one receiver than the catch-up cap, overdue or kept until he was back, wait for another day."""
        if not _is_late(one.row, now):
            return None
        let_go, key = overdue[one.row.receiver], _message_of(one)
        if key not in let_go and len(let_go) >= self.settings.caps.catch_up:
            return Decision(Touch.HELD, "catch_up")
        let_go.add(key)
        return None

    def _write(self, outcomes: Outcomes, now: int, shared: Overdue | None) -> None:
        with self.db.writing() as connection:
            if shared is not None:
                note(connection, shared, now)
            _settle(connection, outcomes.rows, now)
            settling.add_touches(connection, outcomes.added)
            settling.record_verdicts(connection, outcomes.verdicts)
            return_merged(connection, list(outcomes.fallen()), now)


def _settle(connection: Connection, rows: Sequence[Outcome], now: int) -> None:
    """Write the outcomes: those of touches that only change their state together with their like."""
    kinds = [(one, one.alike(now)) for one in rows]
    settling.settle_alike(connection, [(one.waiting.row.id, kind) for one, kind in kinds if kind])
    settling.settle(connection, [one.as_row(now) for one, kind in kinds if kind is None])


def _ask(
    arbiter: Arbiter, remaining: Mapping[tuple[str, int], list[Waiting]], days: Days, outcomes: Outcomes, now: int
) -> None:
    # A lead may have two days in view; the arbiter knows cases by lead, so each day is a round of its own.
    rounds: dict[int, dict[str, list[Waiting]]] = defaultdict(dict)
    for (lead, day), ones in remaining.items():
        if any(one.is_due for one in ones):
            rounds[day][lead] = ones
    for day in sorted(rounds):
        rulings = arbiter.judge([days.case(lead, day, ones) for lead, ones in rounds[day].items()])
        for lead, ones in rounds[day].items():
            by_touch = {ruling.touch: ruling for ruling in rulings[lead]}
            for one in ones:
                _apply(one, by_touch[one.row.id], outcomes, now)


def _is_late(row: Any, now: int) -> bool:
    """Whether it counts towards what its receiver may catch up with; a digest is one, however many its entries."""
    if row.audience in MACHINES or row.policy is not None or row.action == Action.DIGEST:
        return False
    if row.judge_at is None or row.judge_at > now:
        return False
    return bool(row.due_at <= now - OVERDUE or has_waited(row))


def _is_late_for_a_rep(row: Any, now: int) -> bool:
    return row.audience != Audience.LEAD and _is_late(row, now)


def _message_of(one: Waiting) -> str:
    """What it is one message with: all that is gathered, or what waited and is of the same lead."""
    if one.gathers:
        return f"step {one.row.rule}/{one.row.step}"
    return f"lead {one.row.lead}" if has_waited(one.row) else f"touch {one.row.id}"


def _apply(one: Waiting, ruling: Ruling, outcomes: Outcomes, now: int) -> None:
    """A touch whose hour is still to come is merged (its survivor's text is written now) or laid out for signing."""
    if ruling.effect is Effect.MERGE:
        outcomes.ruled(one, ruling)
    elif not one.is_due:
        return
    elif is_early(one, now):
        outcomes.early(one, ruling)
    elif ruling.effect is None and escalates(one, now):
        outcomes.passed_on(one)
    else:
        outcomes.ruled(one, ruling)
