"""Hijri and Hebrew dates, where the optional packages hijridate and pyluach (both MIT) are installed.

For looking things up only: no rule reads them. A day is the civil day; both calendars begin theirs at sunset before.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class OtherDate(NamedTuple):
    """A date of another calendar: `1447-08-29`, and what its month is called."""

    text: str
    month: str


def to_hijri(day: date) -> OtherDate:
    """By the Umm al-Qura calendar of Saudi Arabia. ModuleNotFoundError: no hijridate; ValueError: out of its years."""
    from hijridate import Gregorian

    try:
        found = Gregorian.fromdate(day).to_hijri()
    except OverflowError as error:
        raise ValueError(f"the Hijri calendar is known from 1924-08-01 to 2077-11-16, not on {day}") from error
    return OtherDate(found.isoformat(), found.month_name())


def to_hebrew(day: date) -> OtherDate:
    """ModuleNotFoundError: no pyluach."""
    from pyluach.dates import HebrewDate

    found = HebrewDate.from_pydate(day)
    return OtherDate(f"{found.year}-{found.month:02}-{found.day:02}", found.month_name())


OTHER = {"hijri": to_hijri, "hebrew": to_hebrew}
"""The calendars by the words of the command line."""
