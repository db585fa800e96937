"""A date in somebody's life, and when it comes round: `1988-05-12`, `--05-12`, `lunar:1987-L06-10`.

`--` stands for an unknown year, `L` before the month for a leap month of the lunar calendar. Returns of a solar
date belong to solar years, those of a lunar date to lunar years: some lunar dates fall twice into a solar year, or
not at all. What a year does not have follows a `DatePolicy`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from engine.domain.calendars.birthdays import LunarPolicy, next_lunar_occurrence, occurrence_in_lunar_year
from engine.domain.calendars.lunar import FIRST, YEARS, LunarDate, leap_month_of, month_length, to_solar
from engine.domain.cells import quoted

_TEXT = re.compile(r"(lunar:)?(?:(\d{4})-|--)(L?)(\d{2})-(\d{2})", re.ASCII)
_FORMS = "write 1988-05-12, --05-12, lunar:1988-08-15, lunar:--08-15 or lunar:1987-L06-10"
_LEAP_YEAR = 2000
_REACH = 8  # calendar years between two 29ths of February around 1900 or 2100


@dataclass(frozen=True)
class DatePolicy(LunarPolicy):
    """When a date returns in a year that does not have it; the defaults are those of config.yaml.

    `feb_29`, for 29 February in a common year: on 28 February, on 1 March, or not that year. The other two are
    told in `LunarPolicy`.
    """

    leap_month: Literal["regular", "leap_else_regular", "leap_only"] = "leap_else_regular"
    feb_29: Literal["feb28", "mar1", "skip"] = "feb28"

    @property
    def text(self) -> str:
        """Its canonical form, as the database keeps it: `feb28.leap_else_regular.last_day`."""
        return f"{self.feb_29}.{self.leap_month}.{self.day_30}"


@lru_cache(maxsize=64)
def date_policy(text: str) -> DatePolicy:
    """The policy whose canonical form that is."""
    feb_29, leap_month, day_30 = text.split(".")
    return DatePolicy(leap_month=leap_month, day_30=day_30, feb_29=feb_29)  # type: ignore[arg-type]


@dataclass(frozen=True)
class LifeDate:
    """A day of the solar or lunar calendar that returns every year. `year` None: nobody knows."""

    calendar: str  # solar | lunar
    year: int | None
    month: int
    day: int
    leap: bool = False


class Occurrence(NamedTuple):
    """One return: the civil day, the year of its calendar to which it belongs, how many years after the first."""

    on: date
    year: int
    nth: int | None  # None: nobody knows


def parse_life_date(text: str) -> LifeDate:
    """Read one of the forms above; ValueError says what is wrong with it, also with days that never were.

    A lunar date without a year must exist in some lunar year, a solar one in a leap year.
    """
    shape = _TEXT.fullmatch(text.strip())
    if shape is None:
        raise ValueError(f"{quoted(text)} is not a date; {_FORMS}")
    lunar, year, leap, month, day = shape.groups()
    calendar = "lunar" if lunar else "solar"
    found = LifeDate(calendar, int(year) if year else None, int(month), int(day), bool(leap))
    try:
        _check(found)
    except ValueError as error:
        raise ValueError(f"{quoted(text)} is not a day of the {calendar} calendar: {error}") from error
    return found


def is_a_day(found: LifeDate) -> bool:
    """Whether its calendar has such a day, at least in some year; whatever somebody wrote into it."""
    try:
        _check(found)
    except (ValueError, TypeError, LookupError):
        return False
    return True


def _check(found: LifeDate) -> None:
    """ValueError: no such day, or of a year that nobody reckons with."""
    if found.year is not None and found.year not in YEARS:
        raise ValueError(f"years are known from {YEARS[0]} to {YEARS[-1]}")
    if not 1 <= found.month <= 12:
        raise ValueError("months are 01 to 12")
    if found.calendar == "lunar":
        _check_lunar(found)
    elif found.leap:
        raise ValueError("only the lunar calendar has leap months")
    else:
        year = _LEAP_YEAR if found.year is None else found.year
        length = monthrange(year, found.month)[1]
        if not 1 <= found.day <= length:
            where = f"month {found.month:02}" if found.year is None else f"{found.year}-{found.month:02}"
            raise ValueError(f"{where} has {length} days")


def _check_lunar(found: LifeDate) -> None:
    if found.year is not None:
        to_solar(LunarDate(found.year, found.month, found.day, found.leap))
        return
    longest = _longest(found.month, found.leap)
    if not longest:
        raise ValueError(f"no lunar year has a leap month {found.month}")
    if not 1 <= found.day <= longest:
        name = f"leap month {found.month}" if found.leap else f"month {found.month}"
        raise ValueError(f"{name} never has more than {longest} days" if found.day else "days are 01 to 30")


@lru_cache(maxsize=32)
def _longest(month: int, leap: bool) -> int:
    """The days of the longest such lunar month; 0 if no year has it."""
    lengths = (month_length(year, month, leap) for year in YEARS if not leap or leap_month_of(year) == month)
    return max(lengths, default=0)


def occurrence_in(found: LifeDate, year: int, policy: DatePolicy) -> date | None:
    """The solar day on which it returns in that year of its calendar; None where the policy skips the year.

    In the year of the date itself that is the date, whatever the policy; before it there is none. ValueError: it is
    lunar, and the lunar year is not known.
    """
    if found.year is not None and year <= found.year:
        return first_day(found) if year == found.year else None
    if found.calendar == "lunar":
        return occurrence_in_lunar_year(found.month, found.day, found.leap, year, policy)
    try:
        return date(year, found.month, found.day)
    except ValueError:
        return {"feb28": date(year, 2, 28), "mar1": date(year, 3, 1), "skip": None}[policy.feb_29]


def next_occurrence(found: LifeDate, not_before: date, policy: DatePolicy) -> Occurrence | None:
    """The first return on or after that day; None after the last year there is. The date itself is its 0th."""
    if found.year is not None:
        itself = first_day(found)
        if itself >= not_before:
            return Occurrence(itself, found.year, 0)
    if found.calendar == "lunar":
        return _next_lunar(found, not_before, policy)
    for year in range(not_before.year, min(not_before.year + _REACH, date.max.year) + 1):
        on = occurrence_in(found, year, policy)
        if on is not None and on >= not_before:
            return _numbered(found, on, year)
    return None


def _next_lunar(found: LifeDate, not_before: date, policy: DatePolicy) -> Occurrence | None:
    """The date itself has been: whatever comes after it belongs to a later lunar year."""
    returning = next_lunar_occurrence(found.month, found.day, found.leap, max(not_before, FIRST), policy)
    return None if returning is None else _numbered(found, *returning)


def _numbered(found: LifeDate, on: date, year: int) -> Occurrence:
    return Occurrence(on, year, None if found.year is None else year - found.year)


def first_day(found: LifeDate) -> date:
    """The solar day of a date whose year is known."""
    assert found.year is not None
    if found.calendar == "lunar":
        return to_solar(LunarDate(found.year, found.month, found.day, found.leap))
    return date(found.year, found.month, found.day)
