"""Occasions that circumstances bring about: when one begins or ends, and again while it lasts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

from engine.ground.durations import ZERO, Duration
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import EventTrigger
from engine.stages.plan.candidates.scope import Candidate, Scope, Source
from engine.stages.plan.reach import Span, longest_opening, timestamps
from engine.stages.plan.timing import Moment, later
from engine.store.book import event_rows
from engine.store.book.planning import LEAD_WIDTH, LeadRow, Segment


def events(rule: Rule, on: EventTrigger, segment: Segment, scope: Scope, source: Source) -> Iterator[Candidate]:
    """One for each circumstance, and one for each time it comes again."""
    if scope.lo is None:
        recent = event_rows.recent_query(on.kinds, on.repeat is not None, segment)
        for row in source.rows(recent, scope, since=scope.now - source.catch_up):
            yield from _returns_at_any_age(rule, on, row, scope, source)
        return
    windows = _windows(rule, on, scope.lo, scope, source)
    for row in source.rows(event_rows.window_query(on.kinds, on.anchor, len(windows), segment), scope, windows):
        at = row.starts_at if on.anchor == "start" else row.ends_at
        for k, (first, last) in enumerate(windows):
            found = _kth(on, row, k, source) if first <= at < last else None
            if found is not None:
                yield found


def _windows(rule: Rule, on: EventTrigger, lo: int, scope: Scope, source: Source) -> Sequence[Span]:
    """By k, when circumstances began (or end) whose k-th return opens in the scope; back to the oldest that lasts."""
    oldest = None
    if on.repeat is not None:
        oldest = event_rows.oldest_lasting(source.connection, on.kinds, lo - longest_opening(rule))
    windows: list[Span] = []
    for k in _numbers(on):
        windows.append(timestamps(rule, _span(on, k), ZERO, lo, scope.hi, scope.zones, source.calendars))
        if oldest is None or windows[-1].last <= oldest:
            break
    return windows


def _numbers(on: EventTrigger) -> Iterable[int]:
    """Every k it may come to; without `times` only the end of the circumstance stops it."""
    return count() if on.repeat is not None and not on.times else range(on.times + 1)


def _span(on: EventTrigger, k: int) -> Duration:
    """From the start to the k-th return."""
    return on.repeat.times(k) if on.repeat is not None else ZERO


def _kth(on: EventTrigger, row: Any, k: int, source: Source) -> Candidate | None:
    """The k-th return, if the circumstance lasts until then."""
    lead = LeadRow._make(row[:LEAD_WIDTH])
    ident, kind, starts_at, ends_at = row[LEAD_WIDTH:]
    at = event_instant(on, Life(starts_at, ends_at), k, lead.timezone, source)
    if at is None:
        return None
    return Candidate(lead, event_anchor(kind, ident, k), Moment(None, at), at if k else starts_at, None)


class Life(NamedTuple):
    """When a circumstance begins and ends; `ends_at` None: nobody knows yet."""

    starts_at: int
    ends_at: int | None


def event_instant(on: EventTrigger, life: Life, k: int, zone: str, source: Source) -> int | None:
    """When its k-th return is; None where it has ended by then, has no end to count from, or comes less often."""
    if k and (on.repeat is None or 0 < on.times < k):
        return None
    if on.anchor == "end":
        return life.ends_at
    at = later(life.starts_at, _span(on, k), zone, source.calendars)
    return None if k and life.ends_at is not None and at >= life.ends_at else at


def event_anchor(kind: str, ident: str, k: int) -> str:
    """`flood:circumstance#ID`, and `flood+2:circumstance#ID` for its second return."""
    return f"{kind}+{k}:circumstance#{ident}" if k else f"{kind}:circumstance#{ident}"


def event_return(anchor: str) -> int:
    """The k of such an anchor."""
    return int(anchor.partition(":")[0].partition("+")[2] or 0)


def _returns_at_any_age(
    rule: Rule, on: EventTrigger, row: Any, scope: Scope, source: Source
) -> Iterator[Candidate]:
    """Its returns up to those that open in the scope; of those already past only the latest."""
    returns = list(_returns(on, row, scope.hi + longest_opening(rule), source))
    past = [one for one in returns if one.occurs.at < scope.now]
    yield from past if scope.every_return else past[-1:]
    yield from returns[len(past) :]


def _returns(on: EventTrigger, row: Any, until: int, source: Source) -> Iterator[Candidate]:
    for k in _numbers(on):
        found = _kth(on, row, k, source)
        if found is None:
            return
        yield found
        if found.occurs.at >= until:
            return
