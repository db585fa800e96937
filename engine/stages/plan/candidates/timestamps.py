"""Occasions that a timestamp brings about when it is old enough, and again after that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from engine.domain.civil import add
from engine.domain.keys import instant_mark, spread
from engine.ground.durations import Duration
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import SinceTrigger
from engine.stages.plan.candidates.scope import Candidate, Scope, Source
from engine.stages.plan.reach import elapsed_opening, longest_opening, timestamps
from engine.stages.plan.timing import Moment, later
from engine.store.book import timestamp_rows
from engine.store.book.planning import LEAD_WIDTH, LeadRow, Segment, Window, both
from engine.store.conditions.selection import to_sql


def since(rule: Rule, on: SinceTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    for where, span in on.after.branches():
        chosen = both(segment, to_sql(where, scope.now, scope.zones))
        if scope.lo is None:
            for found in _stamps(on, chosen, (), scope, source):
                yield from returns_at_any_age(rule, on, span, found, scope, source)
            continue
        spans = [nth_span(on, span, k) for k in range(on.times + 1)]
        windows = [
            timestamps(rule, nth, on.jitter, scope.lo, scope.hi, scope.zones, source.calendars) for nth in spans
        ]
        opening = elapsed_opening(rule)
        for found in _stamps(on, chosen, windows, scope, source):
            for k, (first, last) in enumerate(windows):
                if first <= found.value < last:
                    candidate = since_candidate(rule, on, spans[k], found, k, source)
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
    on: SinceTrigger, segment: Segment, windows: Sequence[Window], scope: Scope, source: Source
) -> Iterator[Stamp]:
    """Timestamps in any of the windows; without windows, all."""
    if on.record:
        for row in source.rows(timestamp_rows.records_query(on.record, len(windows), segment), scope, windows):
            yield Stamp(LeadRow._make(row[:LEAD_WIDTH]), on.record, f"{on.record}#{row[-2]}", row[-1])
        return
    names = (*on.latest, on.otherwise) if on.otherwise else on.latest
    for row in source.rows(timestamp_rows.timestamps_query(names, len(windows), segment), scope, windows):
        picked = pick(on, names, row[LEAD_WIDTH : LEAD_WIDTH + len(names)], row[LEAD_WIDTH + len(names) :])
        if picked is not None:
            yield Stamp(LeadRow._make(row[:LEAD_WIDTH]), *picked)


def pick(
    on: SinceTrigger, names: Sequence[str], values: Sequence[int | None], interactions: Sequence[str | None]
) -> tuple[str, str, int] | None:
    """(name, reference, value) of the timestamp that counts: the latest one, else the stand-in."""
    known = [(value, -n) for n, value in enumerate(values[: len(on.latest)]) if value is not None]
    if known:
        value, place = max(known)
        n = -place
    elif on.otherwise and values[-1] is not None:
        value, n = values[-1], len(names) - 1
    else:
        return None
    return names[n], f"interaction#{interactions[n]}" if interactions[n] else "lead", value


def returns_at_any_age(
    rule: Rule, on: SinceTrigger, span: Duration, found: Stamp, scope: Scope, source: Source
) -> Iterator[Candidate]:
    """The returns of one timestamp up to those that open in the scope: of those already past only the latest, for
    nobody wants the backlog. With `every_return`, all there are."""
    past: list[Candidate] = []
    ahead: list[Candidate] = []
    for k in range(0 if scope.every_return else _surely_past(on, span, found, scope), on.times + 1):
        candidate = since_candidate(rule, on, nth_span(on, span, k), found, k, source)
        (past if candidate.occurs.at < scope.now else ahead).append(candidate)
        behind = candidate.occurs.at - longest_opening(rule) - 2 * on.jitter.longest_seconds()
        if behind >= scope.hi and not scope.every_return:
            break
    yield from past if scope.every_return else past[-1:]
    yield from ahead


def _surely_past(on: SinceTrigger, span: Duration, found: Stamp, scope: Scope) -> int:
    """A return before which none is the latest past one: a quarterly rule of ten years has forty, most of them old."""
    if on.repeat is None:
        return 0
    since_first = scope.now - found.value - span.longest_seconds() - on.jitter.longest_seconds()
    return min(max(since_first // on.repeat.longest_seconds() - 1, 0), on.times)


def since_candidate(
    rule: Rule, on: SinceTrigger, span: Duration, found: Stamp, k: int, source: Source
) -> Candidate:
    """The occasion of a timestamp's k-th return, `span` later; its anchor is the record and the value."""
    anchor = f"{found.name}:{found.ref}@{instant_mark(found.value)}+{k}"
    at = later(found.value, span, found.lead.timezone, source.calendars)
    if on.jitter.seconds or on.jitter.days:
        at = _jittered(at, on.jitter, f"{rule.id}|{found.lead.id}|{anchor}", found.lead.timezone)
    return Candidate(found.lead, anchor, Moment(None, at), found.value, None)


@lru_cache(maxsize=1024)
def _days(days: int) -> Duration:
    return Duration(days=days)


def _jittered(at: int, jitter: Duration, seed: str, zone: str) -> int:
    at = add(at, _days(spread(seed, jitter.days)), zone)
    return at + 60 * spread(seed + "m", jitter.seconds // 60)
