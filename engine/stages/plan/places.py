"""Where occasions lie today, by the facts they were born from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from engine.domain.dates import LifeDate, occurrence_in
from engine.domain.intervals import nth_return
from engine.domain.slots import has_slot
from engine.rulebook.conditions import TRUE
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import (
    YEARLY,
    DateTrigger,
    DueTrigger,
    EventTrigger,
    HolidayTrigger,
    ReachesTrigger,
    ScheduleTrigger,
    SinceTrigger,
)
from engine.stages.plan.candidates import Candidate, Scope, Source, candidates
from engine.stages.plan.candidates.dates import interval_anchor
from engine.stages.plan.candidates.events import Life, event_instant, event_return
from engine.stages.plan.ground import Ground
from engine.stages.plan.subjects import NO_LEAD, read_anchor, slot_moment
from engine.stages.plan.timing import Moment
from engine.store.book import book
from engine.store.book.book import OCCASION_WIDTH
from engine.store.book.planning import LEAD_WIDTH, LeadRow


def stored_candidate(row: Any, ground: Ground) -> Candidate:
    """The occasion as the book has it. `row` is an occasion's columns, then the lead's, if it has one."""
    if row.lead == NO_LEAD:
        subject, slot = read_anchor(row.anchor)
        return Candidate(subject.as_lead(ground.reps, ground.settings), row.anchor, slot_moment(slot), None, None)
    lead = LeadRow._make(row[OCCASION_WIDTH : OCCASION_WIDTH + LEAD_WIDTH])
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
        self._leads: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row, rule in ruled:
            if rule is not None:
                self._leads[rule.id, rule.revision].add(row.lead)
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
            scope = replace(self.scope, leads=tuple(sorted(self._leads[key])))
            self._current[key] = {(c.lead.id, c.anchor): c for c in all_returns(rule, scope, self.source)}
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
