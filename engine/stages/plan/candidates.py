"""Occasions that may be born: rows of the database seen through a rule's trigger.

A candidate is where an occasion would lie and what makes it unique. Whether it is born now, and what touches
it brings, is decided in births.py; the same candidates serve windows, dirty leads and reconciles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from engine.domain.calendars.house import Calendars
from engine.domain.civil import add, utc_date
from engine.domain.keys import spread
from engine.ground.durations import Duration
from engine.rulebook.model import (
    BecomesTrigger,
    DateTrigger,
    EventTrigger,
    HolidayTrigger,
    ReachesTrigger,
    Rule,
    SinceTrigger,
)
from engine.settings.model import Settings
from engine.stages.plan.reach import Days, elapsed_opening, occurrence_days, timestamps
from engine.stages.plan.timing import Moment, later
from engine.store.book import planning
from engine.store.book.planning import LEAD_WIDTH, LeadRow, Segment
from engine.store.conditions.selection import to_sql
from engine.store.database import Connection

_FETCH = 1_000  # rows fetched at once: one by one costs four times the CPU


class Candidate(NamedTuple):
    """One occasion that may be born."""

    lead: LeadRow
    anchor: str
    occurs: Moment
    counts_from: int | None  # contacts from here on end `until: contacted`; None: from the first step on
    nth: int | None


@dataclass(frozen=True)
class Scope:
    """What is looked at: openings in [lo, hi) (lo None: however old), of these leads (None: of all), at `now`.

    `every_return`: of a `since` rule also the returns long past, not only the latest of them.
    """

    now: int
    lo: int | None
    hi: int
    leads: tuple[str, ...] | None
    zones: tuple[str, ...]
    every_return: bool = False


@dataclass(frozen=True)
class Source:
    """Where candidates come from: the open connection, config.yaml and its calendars."""

    connection: Connection
    settings: Settings
    calendars: Calendars

    def rows(self, query: Any, scope: Scope, windows: Sequence[planning.Window] = ()) -> Iterator[Any]:
        query = planning.of_leads(query, scope.leads)
        for part in self.connection.execute(query, planning.window_values(windows)).partitions(_FETCH):
            yield from part

    @property
    def catch_up(self) -> int:
        return self.settings.caps.catch_up_days * 86_400


def candidates(rule: Rule, scope: Scope, source: Source) -> Iterator[Candidate]:
    """Every candidate of the rule in the scope; a superset at the window's edges."""
    segment = to_sql(rule.segment, scope.now, scope.zones)
    match rule.on:
        case DateTrigger():
            yield from _dates(rule, rule.on, segment, scope, source)
        case HolidayTrigger():
            yield from _holidays(rule, rule.on, segment, scope, source)
        case SinceTrigger():
            yield from _since(rule, rule.on, segment, scope, source)
        case ReachesTrigger():
            yield from _reaches(rule.on, segment, scope, source)
        case BecomesTrigger():
            yield from _becomes(rule.on, segment, scope, source)
        case EventTrigger():
            yield from _events(rule.on, segment, scope, source)


def has_window(rule: Rule) -> bool:
    """Whether the mere passing of time gives birth; the other triggers are born when a lead changes."""
    return isinstance(rule.on, DateTrigger | HolidayTrigger | SinceTrigger)


def _reachable(rule: Rule, scope: Scope, source: Source) -> Days:
    lo = scope.lo if scope.lo is not None else scope.now - source.catch_up
    return occurrence_days(rule, lo, scope.hi, scope.zones, source.calendars)


def _dates(rule: Rule, on: DateTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    days = _reachable(rule, scope, source)
    first = days.first if scope.lo is not None else utc_date(scope.now - source.catch_up)
    policy = on.policy(source.settings.date_policy).text
    query = planning.dates_query(on.kind, policy, first.isoformat(), days.last.isoformat(), segment)
    for row in source.rows(query, scope):
        record, next_on, nth, year = row[LEAD_WIDTH:]
        if on.only and nth not in on.only:
            continue
        anchor = f"{on.kind}:date#{record}:{year}"
        yield Candidate(LeadRow(*row[:LEAD_WIDTH]), anchor, Moment(_iso(next_on), 0), None, nth)


_DATES: dict[str, date] = {}


def _iso(text: str) -> date:
    known = _DATES.get(text)
    if known is None:
        known = _DATES[text] = date.fromisoformat(text)
    return known


def _holidays(rule: Rule, on: HolidayTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    days = _reachable(rule, scope, source)
    for festival in on.festivals:
        for kept in source.calendars.kept_between(festival, days.first, days.last):
            query = planning.festival_query(festival, kept.keepers, kept.observers, segment)
            for row in source.rows(query, scope):
                yield Candidate(LeadRow(*row[:LEAD_WIDTH]), kept.anchor, Moment(kept.day, 0), None, None)


def _since(rule: Rule, on: SinceTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    for where, span in on.after.branches():
        chosen = segment & to_sql(where, scope.now, scope.zones)
        if scope.lo is None:
            for found in _stamps(on, chosen, (), scope, source):
                yield from _returns_at_any_age(rule, on, span, found, scope, source)
            continue
        windows = [
            timestamps(rule, nth_span(on, span, k), on.jitter, scope.lo, scope.hi, scope.zones, source.calendars)
            for k in range(on.times + 1)
        ]
        opening = elapsed_opening(rule)
        for found in _stamps(on, chosen, windows, scope, source):
            for k, (first, last) in enumerate(windows):
                if first <= found.value < last:
                    candidate = since_candidate(rule, on, span, found, k, source)
                    if opening is None or scope.lo <= candidate.occurs.at + opening < scope.hi:
                        yield candidate


def nth_span(on: SinceTrigger, span: Duration, k: int) -> Duration:
    """From the timestamp to its k-th return."""
    return span.plus(on.repeat.times(k)) if on.repeat is not None and k else span


class Stamp(NamedTuple):
    """A timestamp that a `since` rule counts from."""

    lead: LeadRow
    name: str
    ref: str
    value: int


def _stamps(
    on: SinceTrigger, segment: Segment, windows: Sequence[planning.Window], scope: Scope, source: Source
) -> Iterator[Stamp]:
    """Timestamps in any of the windows; without windows, all."""
    if on.record:
        for row in source.rows(planning.records_query(on.record, len(windows), segment), scope, windows):
            yield Stamp(LeadRow(*row[:LEAD_WIDTH]), on.record, f"{on.record}#{row[-2]}", row[-1])
        return
    names = [*on.latest, on.otherwise] if on.otherwise else list(on.latest)
    for row in source.rows(planning.timestamps_query(names, len(windows), segment), scope, windows):
        picked = pick(on, names, row[LEAD_WIDTH:-1], row[-1])
        if picked is not None:
            yield Stamp(LeadRow(*row[:LEAD_WIDTH]), *picked)


def pick(
    on: SinceTrigger, names: Sequence[str], values: Sequence[int | None], contact_ref: str | None
) -> tuple[str, str, int] | None:
    """(name, reference, value) of the timestamp that counts: the latest one, else the stand-in."""
    known = [(value, name) for name, value in zip(on.latest, values, strict=False) if value is not None]
    if known:
        value, name = max(known, key=lambda pair: pair[0])
    elif on.otherwise and values[-1] is not None:
        value, name = values[-1], names[-1]
    else:
        return None
    ref = f"interaction#{contact_ref}" if name == "last_contact" and contact_ref else "lead"
    return name, ref, value


def _returns_at_any_age(
    rule: Rule, on: SinceTrigger, span: Duration, found: Stamp, scope: Scope, source: Source
) -> Iterator[Candidate]:
    """The returns of one timestamp: of those already past only the latest, for nobody wants the backlog."""
    returns = [since_candidate(rule, on, span, found, k, source) for k in range(on.times + 1)]
    past = [candidate for candidate in returns if candidate.occurs.at < scope.now]
    yield from past if scope.every_return else past[-1:]
    yield from returns[len(past) :]


def since_candidate(
    rule: Rule, on: SinceTrigger, span: Duration, found: Stamp, k: int, source: Source
) -> Candidate:
    """The occasion of a timestamp's k-th return; its anchor is the record and the value, not the planning."""
    shown = datetime.fromtimestamp(found.value, UTC).isoformat()[:19]
    anchor = f"{found.name}:{found.ref}@{shown.replace('-', '').replace(':', '')}Z+{k}"
    at = later(found.value, nth_span(on, span, k), found.lead.timezone, source.calendars)
    if on.jitter.seconds or on.jitter.days:
        at = _jittered(at, on.jitter, f"{rule.id}|{found.lead.id}|{anchor}", found.lead.timezone)
    return Candidate(found.lead, anchor, Moment(None, at), found.value, None)


def _jittered(at: int, jitter: Duration, seed: str, zone: str) -> int:
    at = add(at, Duration(days=spread(seed, jitter.days)), zone)
    return at + 60 * spread(seed + "m", jitter.seconds // 60)


def _reaches(on: ReachesTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    query = planning.counter_query(on.counter, on.epoch, on.value, segment)
    for row in source.rows(query, scope):
        start, counted_at = row[LEAD_WIDTH:]
        anchor = f"{on.counter}:{on.epoch}@{start or 0}:{on.value}"
        at = counted_at if counted_at is not None else scope.now
        yield Candidate(LeadRow(*row[:LEAD_WIDTH]), anchor, Moment(None, at), at, None)


def _becomes(on: BecomesTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    subject, _, field = on.field.rpartition(".")
    query = planning.transitions_query(subject or "lead", field, _word(on.value), scope.now - source.catch_up, segment)
    for row in source.rows(query, scope):
        transition, at = row[LEAD_WIDTH:]
        anchor = f"{on.field}:transition#{transition}"
        yield Candidate(LeadRow(*row[:LEAD_WIDTH]), anchor, Moment(None, at), at, None)


def _word(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _events(on: EventTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    query = planning.events_query(on.kinds, scope.now - source.catch_up, segment)
    for row in source.rows(query, scope):
        circumstance, kind, starts_at, ends_at = row[LEAD_WIDTH:]
        at = starts_at if on.anchor == "start" else ends_at
        if at is not None:
            anchor = f"{kind}:circumstance#{circumstance}"
            yield Candidate(LeadRow(*row[:LEAD_WIDTH]), anchor, Moment(None, at), starts_at, None)
