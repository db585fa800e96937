"""Which stored dates and timestamps can make a rule's first step come up inside a window.

Calendar arithmetic is not invertible (29, 30 and 31 January + 1mo are all the last of February), so these
are supersets by design, tight to about a day; what really falls inside is computed forward afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from engine.domain.civil import add_civil, day_start, local_date
from engine.ground.durations import Duration
from engine.rulebook.model import At, Rule

_DAY = timedelta(days=1)


class Days(NamedTuple):
    """Civil days `first <= day <= last`."""

    first: date
    last: date


def days_between(lo: int, hi: int, zones: Sequence[str]) -> Days:
    """The civil days that some zone shows at instants `lo <= t < hi`.

    One more day in front, because a wall time lost in a gap at midnight is shown on the next day.
    """
    first = min(local_date(lo, zone) for zone in zones)
    last = max(local_date(hi - 1, zone) for zone in zones)
    return Days(first - _DAY, last)


def invert(days: Days, span: Duration) -> Days:
    """All days from which `span` may lead into `days`."""
    first, last = days
    spill = timedelta(days=-(-abs(span.seconds) // 86_400))
    if span.seconds > 0:
        first -= spill
    elif span.seconds < 0:
        last += spill
    low = add_civil(first, -span) - 4 * _DAY
    while add_civil(low, span) < first:
        low += _DAY
    high = add_civil(last, -span) + 4 * _DAY
    while add_civil(high, span) > last:
        high -= _DAY
    return Days(low, high)


def opening(rule: Rule) -> tuple[At, ...]:
    """When each step first needs somebody's eye: its draft if it is to be signed, else its hour."""
    return tuple(step.sign_by.draft if step.sign_by else step.at for step in rule.steps)


def occurrence_days(rule: Rule, lo: int, hi: int, zones: Sequence[str]) -> Days:
    """The civil days on which an occasion of `rule` can lie whose earliest step opens at `lo <= t < hi`.

    Every step opens at or after `lo`, and some step before `hi`.
    """
    wanted = days_between(lo, hi, zones)
    reached = [invert(wanted, at.offset) for at in opening(rule)]
    return Days(max(days.first for days in reached), max(days.last for days in reached))


def timestamps(rule: Rule, span: Duration, jitter: Duration, lo: int, hi: int, zones: Sequence[str]) -> tuple[int, int]:
    """Instants `first <= t < last` of a `since` timestamp whose occasion, `span` later, opens in the window."""
    days = occurrence_days(rule, lo, hi, zones)
    spread = timedelta(days=jitter.months * 31 + jitter.days + -(-jitter.seconds // 86_400))
    days = invert(Days(days.first - spread, days.last + spread), span)
    first = min(day_start(days.first, zone) for zone in zones)
    last = max(day_start(days.last + _DAY, zone) for zone in zones)
    return first, last
