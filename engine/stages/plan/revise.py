"""A lead changed: what stands in the book for him and was not yet released is worked out anew.

Touches whose instants moved are moved, those whose fact or receiver is gone are superseded, missing ones are
added. What was released, sent or judged for good stays as it is: its key forbids a second one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from engine.domain.dates import LifeDate, occurrence_in
from engine.domain.intervals import nth_return
from engine.domain.slots import has_slot
from engine.domain.words import Touch
from engine.rulebook.conditions import TRUE, reads_circumstances
from engine.rulebook.evaluate import holds
from engine.rulebook.model import (
    YEARLY,
    DateTrigger,
    DueTrigger,
    EventTrigger,
    HolidayTrigger,
    ReachesTrigger,
    Rule,
    ScheduleTrigger,
    SinceTrigger,
)
from engine.stages.books import Books
from engine.stages.plan.births import Ground, Planned, counts_from, next_step, or_history, schedule, touch_row
from engine.stages.plan.candidates import Candidate, Scope, Source, candidates
from engine.stages.plan.candidates.dates import interval_anchor
from engine.stages.plan.candidates.events import Life, event_instant, event_return
from engine.stages.plan.level import Placing, on_day
from engine.stages.plan.subjects import NO_LEAD, read_anchor, slot_moment
from engine.stages.plan.timing import Moment
from engine.stages.since_then import paths_of_leads, since_then
from engine.store.book import book
from engine.store.book.book import OCCASION_WIDTH
from engine.store.book.planning import LEAD_WIDTH, LeadRow
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Connection


@dataclass
class Revision:
    """What the book must learn."""

    touches: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    signers: list[dict[str, Any]] = field(default_factory=list)
    occasions: list[dict[str, Any]] = field(default_factory=list)
    ended: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(list))


def revise(
    scope: Scope, source: Source, books: Books, ground: Ground, in_force: Mapping[str, Rule],
    concerned: Callable[[Rule], bool],
) -> Revision:  # fmt: skip
    """Compare the book with the facts, for the leads of the scope. `in_force` are the rules as they stand, by id.

    Occasions of rules that are not `concerned` are left as they are.
    """
    leads = scope.leads or ()
    connection = source.connection
    occasions = book.live_occasions(connection, leads)
    waiting: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for touch in book.touches_of(connection, leads):
        waiting[touch.rule, touch.lead, touch.anchor].append(touch)
    known = [(row, books.rule(connection, row.rule, row.revision)) for row in occasions]
    ruled = [(row, rule) for row, rule in known if rule is None or concerned(rule)]
    places = Places(scope, source, ruled, ground, in_force)
    ends = Exits(connection, scope.now, ruled, source.settings.vocabularies.reply_outcomes)
    revision = Revision()
    for row, rule in ruled:
        _revise_one(row, rule, waiting[row.rule, row.lead, row.anchor], places, ends, scope, ground, revision)
    return revision


def looks_around(rule: Rule) -> bool:
    """Whether circumstances have a part in the rule's occasions. Its steps look at them when they are let go."""
    conditions = (rule.segment, rule.until or TRUE)
    return isinstance(rule.on, EventTrigger) or any(map(reads_circumstances, conditions))


def _revise_one(
    row: Any, rule: Rule | None, touches: list[Any], places: Places, ends: Exits, scope: Scope, ground: Ground,
    revision: Revision,
) -> None:  # fmt: skip
    key = (row.rule, row.lead, row.anchor)
    ids = [touch.id for touch in touches]
    if rule is None and row.rule in ground.held_back:
        return
    if rule is None:
        revision.ended["rule_gone"].append(key)
        revision.cancelled += ids
        return
    candidate = places.candidate(row, rule)
    if candidate is None:
        revision.ended["superseded"].append(key)
        revision.superseded += ids
        return
    if ends.has_ended(row, rule):
        revision.ended["until"].append(key)
        revision.cancelled += ids
        return
    planned = schedule(rule, candidate, ground)
    _compare(rule, candidate, planned, touches, scope, ground, revision)
    revision.occasions.append(occasion_change(row, candidate, planned, scope))


def _compare(
    rule: Rule, candidate: Candidate, planned: Sequence[Planned], touches: Sequence[Any], scope: Scope,
    ground: Ground, revision: Revision,
) -> None:  # fmt: skip
    """Insert what is missing (existing keys are left alone), move what moved, supersede what nothing makes."""
    wanted = {
        row["occurrence_key"]: (row, one)
        for one in planned
        if one.times.opens_at < scope.hi
        for row in [touch_row(rule, candidate, one, scope.now, ground)]
    }
    revision.touches.extend(or_history(row, candidate.lead, scope.now) for row, _ in wanted.values())
    for touch in touches:
        known = wanted.get(touch.occurrence_key)
        if known is None:
            revision.superseded.append(touch.id)
            continue
        row = on_its_day(touch, *known, candidate, scope.now, ground)
        if row["nominal_at"] != touch.nominal_at or moved(touch, row):
            revision.moved.append(move(touch, row))
        if _is_signed_by_step(touch, known[1]) and touch.signer != known[0]["signer"]:
            revision.signers.append({"b_id": touch.id, "b_signer": known[0]["signer"]})


def _is_signed_by_step(touch: Any, one: Planned) -> bool:
    """Whether it still waits for the signer whom its step names, not a policy or a deadline that passed."""
    own = one.step.sign_by is not None and touch.escalated_at is None and touch.policy is None
    return own and touch.signed_at is None


def on_its_day(
    touch: Any, row: dict[str, Any], one: Planned, candidate: Candidate, now: int, ground: Ground
) -> dict[str, Any]:
    """The row on the day that its touch was given, as long as it wishes the same and the day is still open to it."""
    same = (row["nominal_at"], row["level_rep"]) == (touch.nominal_at, touch.level_rep)
    if touch.level_on is None or row["level_order"] is None or not same:
        return row
    placing = Placing(ground.clockwork, ground.reps, min(now, touch.due_at, touch.judge_at or touch.due_at))
    wish = SimpleNamespace(**row, lead_zone=candidate.lead.timezone)
    place = on_day(wish, one.step, touch.level_on, placing)
    if place is None:
        return row
    instants = {"due_at": place.columns["due"], "judge_at": place.columns["judge"], "day_on": place.columns["day"]}
    return {**row, **instants, "level_on": touch.level_on}


def moved(touch: Any, row: dict[str, Any]) -> bool:
    """The same instant, but another window or another civil day; a deferred touch keeps its later day.

    Unless its receiver goes away, or comes back.
    """
    if touch.absent != row["absent"] or touch.level_rep != row["level_rep"]:
        return True
    if touch.state == Touch.DEFERRED:
        return False
    if touch.state == Touch.PLANNED and touch.level_on is not None and row["level_on"] is None:
        return True  # the day it was given is no longer open to it
    return bool(touch.due_at != row["due_at"] or touch.day_on != row["day_on"])


def move(touch: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The new instants of an open touch."""
    judge_at, deadline_at = row["judge_at"], row["deadline_at"]
    if touch.escalated_at is not None:
        deadline_at = row["expires_at"] or touch.deadline_at
    if touch.state == Touch.SIGNED:
        judge_at = row["due_at"]
    elif touch.state == Touch.DRAFT:
        judge_at = deadline_at
    return {
        "b_id": touch.id, "b_nominal": row["nominal_at"], "b_due": row["due_at"], "b_judge": judge_at,
        "b_day": row["day_on"], "b_deadline": deadline_at, "b_expires": row["expires_at"],
        "b_absent": row["absent"], "b_level_order": row["level_order"], "b_level_rep": row["level_rep"],
        "b_level_on": row["level_on"],
    }  # fmt: skip


def occasion_change(row: Any, candidate: Candidate, planned: list[Planned], scope: Scope) -> dict[str, Any]:
    """Where the occasion lies now, and when its next step opens."""
    occurs = candidate.occurs
    return {
        "b_rule": row.rule,
        "b_lead": row.lead,
        "b_anchor": row.anchor,
        "b_next": next_step(planned, scope.hi),
        "b_on": occurs.on.isoformat() if occurs.on else None,
        "b_at": None if occurs.on else occurs.at,
        "b_counts": counts_from(candidate, planned),
    }


def stored_candidate(row: Any, ground: Ground) -> Candidate:
    """The occasion as the book has it. `row` is an occasion's columns, then the lead's, if it has one."""
    if row.lead == NO_LEAD:
        subject, slot = read_anchor(row.anchor)
        return Candidate(subject.as_lead(ground.reps, ground.settings), row.anchor, slot_moment(slot), None, None)
    lead = LeadRow(*row[OCCASION_WIDTH : OCCASION_WIDTH + LEAD_WIDTH])
    on = date.fromisoformat(row.occurs_on) if row.occurs_on else None
    return Candidate(lead, row.anchor, Moment(on, row.occurs_at or 0), row.counts_from_at, row.nth, row.spread_to)


class Places:
    """Where occasions lie today, by the facts they were born from; loaded at once for all of them."""

    def __init__(
        self, scope: Scope, source: Source, ruled: Sequence[tuple[Any, Rule | None]], ground: Ground,
        in_force: Mapping[str, Rule],
    ) -> None:  # fmt: skip
        self.scope = scope
        self.source = source
        self.ground = ground
        self.in_force = in_force
        connection = source.connection
        self.dates = book.date_of(connection, _dates(ruled))
        self.circumstances = book.circumstances_of(connection, _happenings(ruled))
        self.observances = book.observances_of(connection, _celebrating(ruled))
        self._current: dict[tuple[str, str], dict[tuple[str, str], Candidate]] = {}

    def candidate(self, row: Any, rule: Rule) -> Candidate | None:
        """The occasion as the facts have it; None when the fact is gone or has another value."""
        stored = stored_candidate(row, self.ground)
        match rule.on:
            case ScheduleTrigger():
                return stored if self._still_scheduled(rule, stored) else None
            case DateTrigger():
                return self._moved_date(stored, rule.on)
            case HolidayTrigger():
                return self._moved_holiday(stored)
            case EventTrigger():
                return self._moved_event(stored, rule.on)
            case DueTrigger() | SinceTrigger():
                return self._found_again(stored, rule)
            case ReachesTrigger():
                return stored if self._found_again(stored, rule) else None
            case _:
                return stored

    def _moved_date(self, stored: Candidate, on: DateTrigger) -> Candidate | None:
        _, reference, year = _split(stored.anchor)
        record = self.dates.get(reference.removeprefix("date#"))
        if record is None:
            return None
        found = LifeDate(record.calendar, record.year, record.month, record.day, record.leap)
        if on.every != YEARLY:
            return _moved_interval(stored, on, found)
        if not year.isdecimal():  # of a revision that counted otherwise
            return None
        nth = None if found.year is None else int(year) - found.year
        if on.only and nth not in on.only:
            return None
        day = occurrence_in(found, int(year), on.policy(self.source.settings.date_policy))
        return stored._replace(occurs=Moment(day, 0), nth=nth) if day else None

    def _moved_holiday(self, stored: Candidate) -> Candidate | None:
        own = self.observances.get(stored.lead.id, ())
        day = self.source.calendars.day_of(stored.anchor, stored.lead.country, own)
        return stored._replace(occurs=Moment(day, 0)) if day else None

    def _moved_event(self, stored: Candidate, on: EventTrigger) -> Candidate | None:
        event = self.circumstances.get((stored.lead.id, stored.anchor.partition("circumstance#")[2]))
        if event is None:
            return None
        k, life = event_return(stored.anchor), Life(event.starts_at, event.ends_at)
        at = event_instant(on, life, k, stored.lead.timezone, self.source)
        begins = at if k else life.starts_at
        return None if at is None else stored._replace(occurs=Moment(None, at), counts_from=begins)

    def _still_scheduled(self, rule: Rule, stored: Candidate) -> bool:
        """Unlike leads' occasions, slots follow the rule as it is now: nobody wants the old hour and the new one."""
        now = self.in_force.get(rule.id)
        if now is None or not isinstance(now.on, ScheduleTrigger):
            return True  # release ends what is without a rule
        subject, slot = read_anchor(stored.anchor)
        return subject.kind == now.on.for_each and has_slot(now.on.cron, slot)

    def _found_again(self, stored: Candidate, rule: Rule) -> Candidate | None:
        """The same anchor among what the facts give today: not if the timestamp or the counter's epoch is over."""
        key = (rule.id, rule.revision)
        if key not in self._current:
            self._current[key] = {(c.lead.id, c.anchor): c for c in all_returns(rule, self.scope, self.source)}
        found = self._current[key].get((stored.lead.id, stored.anchor))
        return found and found._replace(spread_to=stored.spread_to)


def _moved_interval(stored: Candidate, on: DateTrigger, found: LifeDate) -> Candidate | None:
    """The n-th return; None where the rule counts otherwise today, or the year is unknown."""
    _, reference, number = _split(stored.anchor)
    n = int(number.rpartition("+")[2])
    if stored.anchor != interval_anchor(on, reference.removeprefix("date#"), n) or (on.only and n not in on.only):
        return None
    day = nth_return(found, on.every, n)
    return stored._replace(occurs=Moment(day, 0), nth=n) if day else None


def all_returns(rule: Rule, scope: Scope, source: Source) -> Iterable[Candidate]:
    """Every return of every current timestamp of these leads, past ones too, whatever the segment says now."""
    return candidates(replace(rule, segment=TRUE), replace(scope, every_return=True), source)


def _split(anchor: str) -> tuple[str, str, str]:
    """`kind:date#ID:YEAR`, where the record's id may hold colons itself."""
    head, _, year = anchor.rpartition(":")
    kind, _, reference = head.partition(":")
    return kind, reference, year


def _dates(ruled: Sequence[tuple[Any, Rule | None]]) -> list[str]:
    """The date records that occasions were born from."""
    return [_split(row.anchor)[1].removeprefix("date#") for row, _ in ruled if ":date#" in row.anchor]


def _happenings(ruled: Sequence[tuple[Any, Rule | None]]) -> set[tuple[str, str]]:
    """Leads with the circumstance that an occasion of theirs was born from."""
    mark = "circumstance#"
    return {(row.lead, row.anchor.partition(mark)[2]) for row, _ in ruled if f":{mark}" in row.anchor}


def _celebrating(ruled: Sequence[tuple[Any, Rule | None]]) -> list[str]:
    """The leads with an occasion that is a festival."""
    return sorted({row.lead for row, rule in ruled if rule is not None and isinstance(rule.on, HolidayTrigger)})


class Exits:
    """Whether occasions have reached their `until`."""

    def __init__(
        self, connection: Connection, now: int, ruled: Sequence[tuple[Any, Rule | None]], replies: tuple[str, ...]
    ) -> None:
        asked = [(row, rule) for row, rule in ruled if rule is not None and rule.until is not None]
        paths = paths_of_leads([rule.until for _, rule in asked if rule.until])
        leads = sorted({row.lead for row, _ in asked})
        wants_events = any(rule.until is not None and reads_circumstances(rule.until) for _, rule in asked)
        self._snapshots = load_snapshots(connection, leads, paths, now, circumstances=wants_events)
        exits = ((row.lead, row.counts_from_at, [rule.until]) for row, rule in asked if rule.until)
        self._since = since_then(connection, exits, replies)

    def has_ended(self, row: Any, rule: Rule) -> bool:
        """`row` is an occasion with its lead's last contact, last attempt and last outcome."""
        if rule.until is None:
            return False
        seen = self._since.seen(self._snapshots[row.lead], row, row.counts_from_at, with_its_cause=False)
        return holds(rule.until, seen)
