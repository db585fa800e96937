"""A month of the calendar: its weeks, and how much is due on each of its days."""

from __future__ import annotations

import re
from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import ceil, sqrt

from engine.domain.civil import local_date
from engine.domain.words import Touch
from engine.web.asked import Asked

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
WRONG = (Touch.DEAD, Touch.BOUNCED, Touch.HELD)
"""States that the calendar points out: somebody should look."""
LEVELS = 4

Weeks = list[list[date]]
Counts = Mapping[str, Mapping[str, int]]
"""By day (ISO), by state."""


@dataclass(frozen=True)
class Day:
    """A day of the month. `level` 0 to LEVELS is how much is due, by its root measured by the fullest day shown.

    `ahead`: it lies behind the book's horizon.
    """

    on: date
    count: int
    wrong: int
    level: int
    in_month: bool
    ahead: bool


def month_asked(asked: Asked, text: str) -> date:
    """The first day of the month YYYY-MM; of this one if it is none."""
    found = _MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else local_date(asked.now, asked.zone).replace(day=1)


def weeks_of(first: date) -> Weeks:
    """The weeks that the month lies in, from Monday."""
    return Calendar().monthdatescalendar(first.year, first.month)


def last_shown(first: date) -> date:
    """The last day of those weeks."""
    return weeks_of(first)[-1][-1]


def days_of(weeks: Weeks, first: date, counts: Counts, horizon: date) -> list[list[Day]]:
    """Those days with what is due on them. `horizon`: the first one that is not in the book as a whole yet."""
    most = max(sum(counts.get(day.isoformat(), {}).values()) for week in weeks for day in week)
    return [[_day(day, counts.get(day.isoformat(), {}), most, first, horizon) for day in week] for week in weeks]


def _day(on: date, counts: Mapping[str, int], most: int, first: date, horizon: date) -> Day:
    count = sum(counts.values())
    wrong = sum(counts.get(state, 0) for state in WRONG)
    level = ceil(LEVELS * sqrt(count / most)) if most else 0
    return Day(on, count, wrong, level, on.month == first.month, on >= horizon)
