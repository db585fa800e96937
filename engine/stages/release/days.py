"""The days of the leads that are due, as they are judged: everything read at one instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any

from engine.arbiter.facts import Case, TouchFact, counters, days_counted
from engine.domain.calendars.house import Calendars
from engine.domain.civil import DAY, local_date, utc_date
from engine.domain.words import CHANGES, Audience
from engine.ground.durations import Duration, parse_duration
from engine.rulebook.conditions import Condition, fields_of
from engine.rulebook.model import Policy, Rule
from engine.stages.books import Books, Generation
from engine.stages.release.before import OVERDUE, Lack, Waiting
from engine.stages.release.needs import lacking
from engine.stages.release.signatures import LONGEST
from engine.stages.release.ways import used_channel, wished_channel
from engine.stages.since_then import SinceThen, asks_what_was_logged, paths_of_leads, since_then
from engine.store.book import causes, judging
from engine.store.book.judging import LeadFacts
from engine.store.book.planning import RepRow, load_reps
from engine.store.conditions.snapshots import snapshots_with
from engine.store.database import Connection

LEAST_DAYS = 31
"""How far back sent touches are loaded, unless a cap counts further."""


@dataclass(frozen=True)
class Days:
    """Everything read for a batch of leads, at one instant."""

    rows: Sequence[Any]
    rules: Mapping[tuple[str, str], Rule | None]
    facts: Mapping[str, Any]
    snapshots: Mapping[str, Any]
    suppressions: Mapping[str, Sequence[Any]]
    in_force: frozenset[str]
    held_back: frozenset[str]
    sent: Mapping[str, Sequence[Any]]
    since: SinceThen
    lacks: Mapping[int, Lack]
    depths: Mapping[int, int]
    reach: int
    now: int
    reps: Mapping[str, RepRow]

    def waiting(self) -> Iterator[Waiting]:
        """The touches that wait, each in the civil day it is judged in: its own, or today if that has passed."""
        zones = set(map(attrgetter("timezone"), self.facts.values()))
        today = {zone: local_date(self.now, zone).toordinal() for zone in zones}
        shared = {
            (ident, revision): (
                rule, {step.id: step for step in rule.steps} if rule else {}, ident in self.in_force,
                ident in self.held_back,
            )
            for (ident, revision), rule in self.rules.items()
        }  # fmt: skip
        for row in self.rows:
            rule, steps, in_force, held_back = shared[row.rule, row.revision]
            ident = row.lead
            lead = self.facts[ident]
            rep = None if row.audience == Audience.LEAD else self.reps.get(row.receiver)
            yield Waiting(
                row, rule, steps.get(row.step), lead, rep, self.snapshots[ident], self.suppressions.get(ident, ()),
                max(_ordinal_of(row.day_on), today[lead.timezone]), in_force, self.since,
                row.judge_at is not None and row.judge_at <= self.now, held_back, self.lacks.get(row.id),
                self.depths.get(row.id, 0),
            )  # fmt: skip

    def case(self, lead: str, day: int, waitings: Sequence[Waiting]) -> Case:
        """What the arbiter sees of one lead's civil day."""
        facts = [_judged(one, self.now) for one in waitings]
        let_go = self.sent.get(lead)
        if let_go is None:
            return Case(self.snapshots[lead], tuple(facts))
        zone = self.facts[lead].timezone
        sent = [(row, *reached(row, zone)) for row in let_go]
        near = [(row, at, on) for row, at, on in sent if abs(on - day) <= self.reach]
        shown = {row.id for row, _, _ in near}
        facts += [_fact(row, on, at) for row, at, on in near]
        counted = tuple(at for row, at, _ in sent if row.id not in shown and row.audience == Audience.LEAD)
        return Case(self.snapshots[lead], tuple(facts), counted)


def reached_at(due_at: int, let_go_at: int | None) -> int:
    """When a touch that was let go at that instant reaches its receiver: at its hour, unless it was kept beyond it.

    The seconds or minutes that a tick is late count for nothing, so a weekly message stays a week from the last one.
    """
    return due_at if let_go_at is None or let_go_at <= due_at + OVERDUE else let_go_at


def reached(row: Any, zone: str) -> tuple[int, int]:
    """The instant at which a touch that was let go reaches its receiver, and that civil day's ordinal."""
    at = reached_at(row.due_at, row.released_at)
    return at, _ordinal(row) if at == row.due_at else local_date(at, zone).toordinal()


def reach_of(policies: Sequence[Policy]) -> int:
    """How many days away that may lie which a policy weighs a touch against."""
    return max((policy.other.within or 0 for policy in policies if policy.other), default=0)


def _fact(row: Any, day: int, at: int) -> TouchFact:
    """A touch that was let go."""
    values = {
        "category": row.category, "audience": row.audience, "action": row.action, "rule": row.rule,
        "step": row.step, "priority": row.priority, "urgent": False, "receiver": row.receiver,
        "channel": used_channel(row),
    }  # fmt: skip
    return TouchFact(row.id, values, day, at, row.occurrence_key, judged=False)


def _judged(one: Waiting, now: int) -> TouchFact:
    """A touch to be judged, by what its step says: what policies changed at an earlier judgement is asked for anew."""
    row, step = one.row, one.step
    values = {
        "category": row.category, "audience": row.audience, "action": row.action, "rule": row.rule,
        "step": row.step, "priority": step.priority if step else row.priority,
        "urgent": step is not None and step.urgent, "receiver": row.receiver,
        "channel": wished_channel(step, row) if step else used_channel(row),
    }  # fmt: skip
    return TouchFact(row.id, values, one.day, reached_at(row.due_at, now), row.occurrence_key)


def load_days(
    connection: Connection, generation: Generation, books: Books, leads: Sequence[str], calendars: Calendars, now: int
) -> Days:
    """Read everything that the judgement of these leads needs."""
    policies = generation.book.policies
    rows = judging.open_touches(connection, leads)
    rules = {key: books.rule(connection, *key) for key in {(row.rule, row.revision) for row in rows}}
    sent: dict[str, list[Any]] = defaultdict(list)
    since_on = utc_date(now - look_back(policies, parse_duration(books.settings.caps.gap))).isoformat()
    for row in judging.sent_touches(connection, leads, since_on):
        sent[row.lead].append(row)
    paths, facts, snapshots = _paths(rules, policies), {}, {}
    for known, snapshot in snapshots_with(judging.FACTS, connection, leads, paths, now, circumstances=True):
        facts[snapshot.lead], snapshots[snapshot.lead] = LeadFacts._make(known[: len(judging.FACTS)]), snapshot
    return Days(
        rows,
        rules,
        facts,
        snapshots,
        judging.suppressions(connection, leads),
        frozenset(rule.id for rule in generation.book.rules if rule.enabled),
        frozenset(generation.book.held_back),
        sent,
        since_then(connection, _asked(rows, rules), books.settings.vocabularies.reply_outcomes),
        lacking(connection, rows, rules, facts, calendars, now),
        causes.depths(connection, [row for row in rows if row.action in CHANGES]),
        reach_of(policies),
        now,
        load_reps(connection),
    )


def look_back(policies: Sequence[Policy], gap: Duration) -> int:
    """How many seconds ago that may have been due which a cap or the gap still counts, however long it was held."""
    counted = max([LEAST_DAYS, *(days_counted(path) for one in policies for path in counters(one.lead))])
    kept = max(span.longest_seconds() for span in (LONGEST, *(one.at_most for one in policies if one.at_most)))
    return max((counted + 2) * DAY, gap.longest_seconds()) + kept


def _ordinal(row: Any) -> int:
    return _ordinal_of(row.day_on)


@lru_cache(maxsize=1024)
def _ordinal_of(day_on: str) -> int:
    return date.fromisoformat(day_on).toordinal()


def _paths(rules: Mapping[tuple[str, str], Rule | None], policies: Sequence[Policy]) -> frozenset[str]:
    """Every field that some condition about to be read needs."""
    found: set[str] = set()
    for rule in rules.values():
        if rule is not None:
            found.update(paths_of_leads(_conditions(rule)))
    for policy in policies:
        found.update(frozenset(fields_of(policy.lead)) - counters(policy.lead))  # which are counted for each touch
    return frozenset(found)


def _conditions(rule: Rule) -> list[Condition]:
    """What is read of a lead at release: the `if` of each step, and `until`."""
    return [*(step.condition for step in rule.steps), *([rule.until] if rule.until else [])]


def _asked(rows: Sequence[Any], rules: Mapping[tuple[str, str], Rule | None]) -> Iterator[tuple[str, int]]:
    """The leads whose talks since an occasion began are asked for, with the instants that these count from."""
    asking = {key for key, rule in rules.items() if rule is not None and asks_what_was_logged(_conditions(rule))}
    if asking:
        for row in rows:
            if (row.rule, row.revision) in asking:
                yield row.lead, row.counts_from_at
