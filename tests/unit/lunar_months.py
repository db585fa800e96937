"""The months of lunar years, for tests that go through all of them."""

from __future__ import annotations

from engine.domain.calendars.lunar import LunarDate, leap_month_of


def months_of(year: int) -> list[LunarDate]:
    """The first days of the 12 or 13 months of a lunar year, in order."""
    months = [LunarDate(year, month, 1) for month in range(1, 13)]
    leap = leap_month_of(year)
    return [*months[:leap], LunarDate(year, leap, 1, True), *months[leap:]] if leap else months
