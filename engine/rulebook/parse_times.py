"""Durations, days and the `at` of steps, read from rule files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time

from engine.ground.durations import ZERO, Duration, parse_duration, parse_spread
from engine.ground.yamlio import Node, quoted
from engine.rulebook.model import At
from engine.rulebook.reading import Source, read_text, shown

_WALL = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AT_HINT = "write an offset and a time of day, e.g. -3d 09:00, 0d 09:00, +0h or -2h"


def read_duration(
    source: Source, node: Node, what: str, *, allow_zero: bool = False, office: bool = False
) -> Duration | None:
    """A span of time that is not negative, and not zero unless allowed; in working time only if `office`."""
    span = _span(source, node, what, parse_duration, office=office)
    if span is None:
        return None
    if _is_negative(span) or (span == ZERO and not allow_zero):
        source.report(node, "R106", f'"{what}" must be longer than nothing, not {shown(node)}')
        return None
    return span


def read_spread(source: Source, node: Node, what: str) -> Duration | None:
    """`±3d`: a spread in days, or in hours and minutes, not both and not in months."""
    span = _span(source, node, what, parse_spread)
    if span is None:
        return None
    if span.months or bool(span.days) == bool(span.seconds) or _is_negative(span):
        hint = "write e.g. ±3d or ±2h"
        source.report(node, "R106", f'"{what}" must be a number of days or of hours, not {shown(node)}', hint)
        return None
    return span


def _span(
    source: Source, node: Node, what: str, parse: Callable[[str], Duration], *, office: bool = False
) -> Duration | None:
    text = node.value
    if not isinstance(text, str):
        hint = "write e.g. 90m, 5h, 3d, 2w, 6mo or 1y"
        source.report(node, "R106", f'"{what}" must be a duration, not {shown(node)}', hint)
        return None
    try:
        span = parse(text)
    except ValueError:
        hint = "write e.g. 90m, 5h, 3d, 2w, 6mo, 1y or 1y6mo"
        source.report(node, "R106", f"{quoted(text)} is not a duration", hint)
        return None
    if span.needs_office_calendar and not office:
        source.unsupported(node, text, "count in m, h, d, w, mo or y; wh and wd go with steps, after and repeat")
        return None
    return span


def _is_negative(span: Duration) -> bool:
    return min(span.months, span.days, span.seconds, span.work_minutes, span.workdays) < 0


def read_at(source: Source, node: Node, what: str) -> At | None:
    """An offset (`+0h`, `-2h`, `3d`), a time of day (`09:00`, that is `0d 09:00`), or both (`-3d 09:00`)."""
    if not isinstance(node.value, str):
        source.report(node, "R107", f'"{what}" must be a time, not {shown(node)}', _AT_HINT)
        return None
    words = node.value.split()
    wall = _wall(words[-1]) if words else None
    offset_words = words[:-1] if wall else words
    if len(words) > 2 or len(offset_words) > 1 or not words:
        source.report(node, "R107", f"{quoted(node.value)} is not a time for a step", _AT_HINT)
        return None
    offset = _offset(source, node, offset_words[0]) if offset_words else ZERO
    if offset is None:
        return None
    if wall and (offset.seconds or offset.work_minutes):
        source.report(node, "R107", f"{quoted(node.value)} mixes hours and a time of day", _AT_HINT)
        return None
    return At(offset, wall)


def _offset(source: Source, node: Node, text: str) -> Duration | None:
    try:
        return parse_duration(text)
    except ValueError:
        source.report(node, "R107", f"{quoted(str(node.value))} is not a time for a step", _AT_HINT)
        return None


def _wall(text: str) -> time | None:
    match = _WALL.fullmatch(text)
    return time(int(match[1]), int(match[2])) if match else None


def day_of(text: str) -> date | None:
    """The civil date of `YYYY-MM-DD`, or None if there is no such day."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_day(source: Source, node: Node, what: str) -> date | None:
    text = read_text(source, node, what)
    day = day_of(text) if text is not None else None
    if text is not None and day is None:
        source.report(node, "R108", f"{quoted(text)} is not a date", "write YYYY-MM-DD")
    return day
