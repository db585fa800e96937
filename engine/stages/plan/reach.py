"""Which stored dates and timestamps can make a rule's first step come up inside a window.

Calendar arithmetic is not invertible (29, 30 and 31 January + 1mo are all the last of February), so these
are supersets by design, tight to some hours; what really falls inside is computed forward afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from engine.domain.calendars.house import LONGEST_SHIFT, Calendars
from engine.domain.civil import DAY, add, add_civil, day_start, instant, local, local_date
from engine.domain.words import Shift
from engine.ground.durations import Duration
from engine.rulebook.model import At, Rule
from engine.stages.plan.timing import Moment, moment_of

_DAY = timedelta(days=1)
_DAYS_END = time(23, 59, 59)
_WEEK = 7  # days
_HOURS = 3 * 3600
"""Longer than clocks are put forward or back, so that no hour that is skipped or repeated is missed."""


class Days(NamedTuple):
    """Civil days `first <= day <= last`."""

    first: date
    last: date


class Span(NamedTuple):
    """Instants `first <= t < last`."""

    first: int
    last: int


def days_between(lo: int, hi: int, zones: Sequence[str]) -> Days:
    """The civil days that some zone shows at instants `lo <= t < hi`.

    One more day in front, because a wall time lost in a gap at midnight is shown on the next day.
    """
    first = min(local_date(lo, zone) for zone in zones)
    last = max(local_date(hi - 1, zone) for zone in zones)
    return Days(first - _DAY, last)


def invert(days: Days, span: Duration, calendars: Calendars) -> Days:
    """All days from which `span` may lead into `days`."""
    return _civil_days_before(_before_workdays(days, span.workdays, calendars) if span.workdays else days, span)


def _civil_days_before(days: Days, span: Duration) -> Days:
    """The same for its civil and elapsed parts."""
    first, last = days
    spill = timedelta(days=-(-abs(span.seconds) // DAY))
    if span.seconds > 0:
        first -= spill
    elif span.seconds < 0:
        last += spill
    if not span.months:
        return Days(first - timedelta(days=span.days), last - timedelta(days=span.days))
    low = add_civil(first, -span) - 4 * _DAY
    while add_civil(low, span) < first:
        low += _DAY
    high = add_civil(last, -span) + 4 * _DAY
    while add_civil(high, span) > last:
        high -= _DAY
    return Days(low, high)


def _before_workdays(days: Days, workdays: int, calendars: Calendars) -> Days:
    """The same for working days alone; no later day leads further back."""
    low, high = calendars.moved(days.first, -workdays), calendars.moved(days.last, -workdays)
    while calendars.moved(low, workdays) >= days.first:
        low -= _DAY
    while calendars.moved(high, workdays) <= days.last:
        high += _DAY
    return Days(low, high)


def opening(rule: Rule) -> tuple[At, ...]:
    """When each step first needs somebody's eye: its draft if it is to be signed, else its hour."""
    return tuple(step.sign_by.draft if step.sign_by else step.at for step in rule.steps)


def shifts(rule: Rule) -> tuple[int, int]:
    """By how many days, at most, shifts bring the opening of a step forward (of its hour or draft), or put it off."""
    earlier = any(step.shift is Shift.PREVIOUS for step in rule.steps)
    later = any(step.shift is Shift.NEXT and step.sign_by for step in rule.steps)
    return LONGEST_SHIFT * earlier, LONGEST_SHIFT * later


def levelled(rule: Rule) -> int:
    """By how many seconds, at most, levelling has a step open before its hour or draft."""
    days = max((step.level.reach + 1 for step in rule.steps if step.level and step.level.earlier), default=0)
    return days * (DAY + _HOURS)


def posted(rule: Rule) -> int:
    """By how many seconds, at most, the days of the post have a step begun before its hour.

    Where hours are closed on the last day for it, it is begun on one of the week before.
    """
    days = [0]
    for step in rule.steps:
        if step.posts:
            early = max(post.longest for post in step.posts) - step.at.days_before
            days.append(max(early, 0) + _WEEK + LONGEST_SHIFT * (step.shift is not Shift.NONE))
    return max(days) * DAY


def longest_opening(rule: Rule) -> int:
    """How many seconds, at most, lie between an occasion and the opening of one of its steps."""
    return max(at.offset.longest_seconds() for at in opening(rule)) + (1 + sum(shifts(rule))) * DAY + levelled(rule)


def occurrence_days(rule: Rule, lo: int, hi: int, zones: Sequence[str], calendars: Calendars) -> Days:
    """The civil days on which an occasion of `rule` can lie whose earliest step opens at `lo <= t < hi`.

    Every step opens at or after `lo`, and some step before `hi`.
    """
    reached = [_days_of(at, lo, hi + levelled(rule) + posted(rule), zones, calendars) for at in opening(rule)]
    earlier, later = (timedelta(days=days) for days in shifts(rule))
    return Days(max(days.first for days in reached) - later, max(days.last for days in reached) + earlier)


def _days_of(at: At, lo: int, hi: int, zones: Sequence[str], calendars: Calendars) -> Days:
    """From the first day whose step opens at `lo` or later in some zone, to the last that does so before `hi`."""

    def opens(day: date) -> list[int]:
        return [moment_of(at, Moment(day, 0), zone, zone, calendars) for zone in zones]

    first, last = invert(days_between(lo, hi, zones), at.offset, calendars)
    while max(opens(first)) < lo:
        first += _DAY
    while min(opens(last)) >= hi:
        last -= _DAY
    return Days(first, last)


def timestamps(
    rule: Rule, span: Duration, jitter: Duration, lo: int, hi: int, zones: Sequence[str], calendars: Calendars
) -> Span:
    """The instants of a `since` timestamp whose occasion, `span` later and moved by jitter, opens in the window."""
    earlier, later = shifts(rule)
    lo, hi = lo - later * (DAY + _HOURS), hi + earlier * (DAY + _HOURS) + levelled(rule)
    reached = [_occasions_of(at, lo, hi, zones, calendars) for at in opening(rule)]
    first, last = max(one.first for one in reached), max(one.last for one in reached)
    if jitter != Duration():
        spread = (jitter.months * 31 + jitter.days) * DAY + jitter.seconds + _HOURS
        first, last = first - spread, last + spread
    return _spans_before(first, last, span, zones, calendars)


def _occasions_of(at: At, lo: int, hi: int, zones: Sequence[str], calendars: Calendars) -> Span:
    """The instants of occasions whose step opens in the window. A step with a wall time knows only their day."""
    if at.wall is None:
        return _spans_before(lo, hi, at.offset, zones, calendars)
    days = days_between(lo, hi, zones)
    if not at.offset.needs_office_calendar:
        return _instants_of(_civil_days_before(days, at.offset), zones)
    return _spans_before(*_instants_of(days, zones), at.offset, zones, calendars)  # the office has days of its own


def _instants_of(days: Days, zones: Sequence[str]) -> Span:
    first = min(day_start(days.first, zone) for zone in zones)
    return Span(first, max(day_start(days.last + _DAY, zone) for zone in zones))


def _spans_before(lo: int, hi: int, span: Duration, zones: Sequence[str], calendars: Calendars) -> Span:
    """The instants that a span may lead into the window, in some zone. It counts working time last."""
    if span.needs_office_calendar:
        lo, hi = _before_office(lo, span, calendars), _after_office(hi, span, calendars)
    return Span(min(_before(lo, span, zone) for zone in zones), max(_after(hi, span, zone) for zone in zones))


def _before_office(at: int, span: Duration, calendars: Calendars) -> int:
    """An instant before every one that the span's working time leads to `at` or later.

    Working days keep the wall time, so of two instants of one day, or of a day off and the day before, the later
    one may be led less far; no later day is led less far than an earlier one's end.
    """
    zone = calendars.office_zone
    day = local_date(calendars.later(at, -_working(span)), zone)
    while calendars.later(instant(day, _DAYS_END, zone), span) >= at - _HOURS:
        day -= _DAY
    return day_start(day + _DAY, zone) - _HOURS


def _after_office(at: int, span: Duration, calendars: Calendars) -> int:
    """An instant after every one that the span's working time leads to before `at`."""
    zone = calendars.office_zone
    day = local_date(calendars.later(at, -_working(span)), zone)
    while calendars.later(day_start(day, zone), span) < at + _HOURS:
        day += _DAY
    return day_start(day, zone) + _HOURS


def _working(span: Duration) -> Duration:
    return Duration(workdays=span.workdays, work_minutes=span.work_minutes)


@lru_cache(maxsize=4096)  # many rules look back equally far from the same midnight
def _before(at: int, span: Duration, zone: str) -> int:
    """An instant before every one that `span` leads to `at` or later."""
    if not (span.months or span.days):
        return at - span.seconds
    shown = local(at - span.seconds, zone)
    found = instant(_backwards(shown.date(), span.months, span.days).first, shown.time(), zone) - 1
    while add(found, span, zone) >= at:
        found -= _HOURS
    return found - _HOURS


@lru_cache(maxsize=4096)
def _after(at: int, span: Duration, zone: str) -> int:
    """An instant after every one that `span` leads to before `at`."""
    if not (span.months or span.days):
        return at - span.seconds
    shown = local(at - span.seconds, zone)
    found = instant(_backwards(shown.date(), span.months, span.days).last, shown.time(), zone)
    while add(found, span, zone) < at:
        found += _HOURS
    return found + _HOURS


@lru_cache(maxsize=1024)
def _backwards(day: date, months: int, days: int) -> Days:
    return _civil_days_before(Days(day, day), Duration(months, days))


def elapsed_opening(rule: Rule) -> int | None:
    """Seconds from the occasion to its first opening, where that is all there is to it; None: it takes a calendar.

    Lets planning pass over what lies beside the window before it works out every step.
    """
    if any(step.level and step.level.earlier for step in rule.steps):
        return None
    if any(step.sign_by or step.shift is not Shift.NONE or step.at.wall for step in rule.steps):
        return None
    offsets = [step.at.offset for step in rule.steps]
    if any(offset != Duration(seconds=offset.seconds) for offset in offsets):
        return None
    return min(offset.seconds for offset in offsets)
