"""A date in somebody's life, and when it comes round: `1988-05-12`, `--05-12`, `lunar:1987-L06-10`.

`--` stands for an unknown year, `L` before the month for a leap month of the lunar calendar. 29 February of a
common year follows the policy `feb28`, `mar1` or `skip`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from engine.domain.cells import quoted

LUNAR_UNSUPPORTED = "lunar dates are not yet supported"

_TEXT = re.compile(r"(lunar:)?(?:(\d{4})-|--)(L?)(\d{2})-(\d{2})")
_FORMS = "write 1988-05-12, --05-12, lunar:1988-08-15, lunar:--08-15 or lunar:1987-L06-10"
_LEAP_YEAR = 2000
_REACH = 8  # calendar years between two 29ths of February around 1900 or 2100


@dataclass(frozen=True)
class LifeDate:
    """A day of the solar or lunar calendar that returns every year. `year` None: nobody knows."""

    calendar: str  # solar | lunar
    year: int | None
    month: int
    day: int
    leap: bool = False


class Occurrence(NamedTuple):
    """One return: the civil day, the calendar year it belongs to, and how many years after the first."""

    on: date
    year: int
    nth: int | None  # None: nobody knows


def parse_life_date(text: str) -> LifeDate:
    """Read one of the forms above; ValueError says what is wrong. Lunar dates are checked for shape only."""
    shape = _TEXT.fullmatch(text.strip())
    if shape is None:
        raise ValueError(f"{quoted(text)} is not a date; {_FORMS}")
    lunar, year, leap, month, day = shape.groups()
    calendar = "lunar" if lunar else "solar"
    found = LifeDate(calendar, int(year) if year else None, int(month), int(day), bool(leap))
    if not _exists(found):
        raise ValueError(f"{quoted(text)} is not a day of the {calendar} calendar")
    return found


def _exists(found: LifeDate) -> bool:
    if found.calendar == "lunar":
        return 1 <= found.month <= 12 and 1 <= found.day <= 30
    if found.leap:
        return False
    try:
        date(_LEAP_YEAR if found.year is None else found.year, found.month, found.day)
    except ValueError:
        return False
    return True


def occurrence_in(found: LifeDate, year: int, feb_29: str) -> date | None:
    """The solar day on which it returns in that year; None where the policy skips it.

    ValueError: it is lunar.
    """
    if found.calendar == "lunar":
        raise ValueError(LUNAR_UNSUPPORTED)
    try:
        return date(year, found.month, found.day)
    except ValueError:
        return {"feb28": date(year, 2, 28), "mar1": date(year, 3, 1), "skip": None}[feb_29]


def next_occurrence(found: LifeDate, not_before: date, feb_29: str) -> Occurrence | None:
    """The first return on or after that day; None after the last year there is. The date itself is its 0th.

    ValueError: it is lunar.
    """
    start = not_before.year if found.year is None else max(not_before.year, found.year)
    for year in range(start, min(start + _REACH, date.max.year) + 1):
        on = occurrence_in(found, year, feb_29)
        if on is not None and on >= not_before:
            return Occurrence(on, year, None if found.year is None else year - found.year)
    return None
