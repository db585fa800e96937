"""Lunar birthdays: on which solar day a month and day of the lunar calendar comes round in a lunar year.

Occurrences belong to lunar years, because a lunar date may fall twice into one Gregorian year, or not at all.
A date of a regular month returns in the regular month, also in years that have that month twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from engine.domain.calendars.lunar import (
    LAST,
    YEARS,
    LunarDate,
    from_solar,
    leap_month_of,
    month_length,
    to_solar,
)


@dataclass(frozen=True)
class LunarPolicy:
    """What to do with a date that a lunar year does not have.

    `leap_month`, for dates of a leap month: `regular` keeps to the regular month of that number every year,
    `leap_else_regular` takes the leap month where the year has it, `leap_only` waits for such a year.
    `day_30`, in a month of 29 days: the 29th, the first day of the month after it, or none that year.
    """

    leap_month: Literal["regular", "leap_else_regular", "leap_only"] = "regular"
    day_30: Literal["last_day", "next_day", "skip"] = "last_day"


def occurrence_in_lunar_year(month: int, day: int, leap: bool, lunar_year: int, policy: LunarPolicy) -> date | None:
    """The solar day on which it returns in that lunar year; None where the policy skips the year.

    The `next_day` of the last day of month 12 lies in the following lunar year, and still belongs to this one.
    ValueError: no lunar year has such a day, or the year is not known.
    """
    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise ValueError(f"no lunar year has a month {month} with a day {day}")
    has_leap = leap and leap_month_of(lunar_year) == month
    if leap and policy.leap_month == "leap_only" and not has_leap:
        return None
    in_leap = has_leap and policy.leap_month != "regular"
    length = month_length(lunar_year, month, in_leap)
    if day > length:
        return _after_short_month(to_solar(LunarDate(lunar_year, month, length, in_leap)), policy)
    return to_solar(LunarDate(lunar_year, month, day, in_leap))


def _after_short_month(last: date, policy: LunarPolicy) -> date | None:
    match policy.day_30:
        case "last_day":
            return last
        case "next_day":
            return last + timedelta(days=1)
        case "skip":
            return None


def next_lunar_occurrence(
    month: int, day: int, leap: bool, not_before: date, policy: LunarPolicy
) -> tuple[date, int] | None:
    """The first return on or after that day, and its lunar year; None after the last lunar year that is known.

    ValueError: no lunar year has such a day, or `not_before` lies before the calendar begins.
    """
    # A lunar year may keep its last return, a `next_day`, for the first day of the year after it.
    start = YEARS.stop if not_before > LAST else max(from_solar(not_before).year - 1, YEARS.start)
    for lunar_year in range(start, YEARS.stop):
        on = occurrence_in_lunar_year(month, day, leap, lunar_year, policy)
        if on is not None and on >= not_before:
            return on, lunar_year
    return None
