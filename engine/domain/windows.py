"""When somebody may be reached: the open hours of a civil day in his zone, without breaks and quiet hours.

What counts is what his wall clock shows. An hour that a zone skips in spring is never open; one that happens
twice in autumn is open twice. Spans never reach over midnight, so each belongs to one civil day. Where several
windows bind a message, it keeps to the hours in which all of them are open: their intersection is a window too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from engine.domain.civil import local, local_date, utc_midnight

Span = tuple[int, int]
"""Instants, or minutes of a day, `start <= t < end`."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WALL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_BREAK = re.compile(r"(\S+?)-(\S+)")
_LONGEST_CLOSURE = 21  # days: two weeks between the openings of one weekday, and days that a zone skips
_PROBE = 6 * 3600  # offsets are compared this often; no zone has changed its offset there and back faster


class Hours(NamedTuple):
    """Open from minute `opens` to before minute `closes` of the day (0-1440), on `days` (0 is Monday).

    Closed in `breaks`, each a `(start, end)` of minutes; they may overlap, and reach beyond the hours.
    """

    days: frozenset[int]
    opens: int
    closes: int
    breaks: tuple[Span, ...] = ()


class Quiet(NamedTuple):
    """Minutes of the day in which nothing leaves; `start` after `end` spans midnight, equal is never."""

    start: int
    end: int


def parse_days(text: str) -> frozenset[int]:
    """Read `mon-fri`, `sat,sun` or `fri-mon` as weekdays from 0 (Monday); ValueError says what is wrong."""
    found: set[int] = set()
    for part in text.replace(" ", "").lower().split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f'"{text}" are not days; write e.g. mon-fri or sat,sun')
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % 7 if dash else 0
        found.update((start + step) % 7 for step in range(length + 1))
    return frozenset(found)


def parse_wall(text: str) -> int:
    """Read `09:00` as minutes from midnight; `24:00` is the end of the day."""
    match = _WALL.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is not a time of day; write e.g. "09:00"')
    return int(match[1]) * 60 + int(match[2]) if match[1] else 24 * 60


def parse_hours(days: str, opens: str, closes: str, breaks: Sequence[str] = ()) -> Hours:
    """A window as config.yaml writes it; ValueError if it closes before it opens."""
    read = tuple(parse_break(text) for text in breaks)
    hours = Hours(parse_days(days), parse_wall(opens), parse_wall(closes), read)
    if hours.closes <= hours.opens:
        raise ValueError(f'a window must close after it opens, not at "{closes}" when it opens at "{opens}"')
    return hours


def parse_break(text: str) -> Span:
    """Read `12:00-13:30` as minutes of the day; ValueError if it ends before it starts."""
    match = _BREAK.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is not a break; write e.g. "12:00-13:30"')
    start, end = parse_wall(match[1]), parse_wall(match[2])
    if end <= start:
        raise ValueError(f'a break must end after it starts, not at "{match[2]}" when it starts at "{match[1]}"')
    return start, end


@lru_cache(maxsize=1024)
def intersection(first: Hours, *others: Hours) -> Hours:
    """The hours in which all of these windows are open; they may be none, see `ever_opens`."""
    for other in others:
        first = Hours(
            first.days & other.days,
            max(first.opens, other.opens),
            min(first.closes, other.closes),
            first.breaks + other.breaks,
        )
    return first


def parse_quiet(start: str, end: str) -> Quiet:
    """Quiet hours as config.yaml writes them, over midnight where `start` is the later one."""
    return Quiet(parse_wall(start) % 1440, parse_wall(end) % 1440)


def ever_opens(hours: Hours, quiet: Quiet | None) -> bool:
    """Whether breaks and quiet hours leave anything of the window."""
    return bool(hours.days and _open_minutes(hours, quiet))


def open_span(at: int, hours: Hours, quiet: Quiet | None, zone: str) -> Span | None:
    """The open span that holds the instant `at`, or None while it is closed."""
    spans = _spans_of_day(local_date(at, zone), hours, quiet, zone)
    return next((span for span in spans if span[0] <= at < span[1]), None)


def next_open(at: int, hours: Hours, quiet: Quiet | None, zone: str) -> int:
    """The first instant from `at` on that is open; ValueError if the window never opens."""
    day = local_date(at, zone)
    for ahead in range(_LONGEST_CLOSURE):
        for start, end in _spans_of_day(day + timedelta(days=ahead), hours, quiet, zone):
            if at < end:
                return max(at, start)
    raise ValueError("the window never opens: breaks or quiet hours cover it")


@lru_cache(maxsize=65_536)
def _spans_of_day(day: date, hours: Hours, quiet: Quiet | None, zone: str) -> tuple[Span, ...]:
    """Every open span of one civil day, in order, adjacent ones joined."""
    if day.weekday() not in hours.days:
        return ()
    pieces = _open_minutes(hours, quiet)
    midnight = utc_midnight(day)
    found: list[Span] = []
    for since, until, offset in _offsets_around(day, zone):
        for opens, closes in pieces:
            start = max(since, midnight + opens * 60 - offset)
            end = min(until, midnight + closes * 60 - offset)
            if start < end:
                found.append((start, end))
    return tuple(_joined(sorted(found)))


@lru_cache(maxsize=1024)
def _open_minutes(hours: Hours, quiet: Quiet | None) -> tuple[Span, ...]:
    """The window's minutes of the day that are neither a break nor quiet."""
    found: list[Span] = []
    opens = hours.opens
    for start, end in sorted((*hours.breaks, *_quiet_minutes(quiet), (hours.closes, hours.closes))):
        if opens < min(start, hours.closes):
            found.append((opens, min(start, hours.closes)))
        opens = max(opens, end)
    return tuple(found)


def _quiet_minutes(quiet: Quiet | None) -> tuple[Span, ...]:
    if quiet is None or quiet.start == quiet.end:
        return ()
    if quiet.start < quiet.end:
        return ((quiet.start, quiet.end),)
    return (0, quiet.end), (quiet.start, 1440)


def _joined(spans: list[Span]) -> Iterator[Span]:
    """Spans in order, those that touch made one."""
    start, end = spans[0] if spans else (0, 0)
    for span in spans[1:]:
        if span[0] > end:
            yield start, end
            start = span[0]
        end = span[1]
    if spans:
        yield start, end


@lru_cache(maxsize=16_384)
def _offsets_around(day: date, zone: str) -> tuple[tuple[int, int, int], ...]:
    """Stretches `(since, until, offset)` of one UTC offset, in seconds, that cover the civil day."""
    since = utc_midnight(day) - 18 * 3600
    until = since + 60 * 3600
    found = []
    low = since
    for probe in range(since + _PROBE, until + 1, _PROBE):
        if _offset(probe, zone) != _offset(probe - _PROBE, zone):
            change = _change_of_offset(probe - _PROBE, probe, zone)
            found.append((low, change, _offset(low, zone)))
            low = change
    found.append((low, until, _offset(low, zone)))
    return tuple(found)


def _change_of_offset(low: int, high: int, zone: str) -> int:
    """The first instant of the new offset, between one that has the old and one that has the new."""
    old = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == old:
            low = middle
        else:
            high = middle
    return high


def _offset(at: int, zone: str) -> int:
    shown = local(at, zone).utcoffset()
    return int(shown.total_seconds()) if shown is not None else 0
