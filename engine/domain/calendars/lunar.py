"""The Chinese lunar calendar, both ways, for every day from 1901 to 2099 (and a few weeks on either side).

The table holds one integer for each lunar year: bit n is set where the (n+1)-th month of the year, the leap month
counted in its place, has 30 days and not 29; the bits from 13 up are the number of the leap month, 0 for none.
Months follow one another without a gap from the first day of lunar 1900.

Source: the conversion tables of the Hong Kong Observatory, which begin with month 12 of lunar 1900; the eleven
months and the leap month before it are those on which sxtwl, lunar_python and borax agree. New moons close to
midnight make other tables differ by one day in 2057-09, 2089-08 and 2097-07: the Observatory's dates hold here.
Days are civil days of the zone UTC+8, whichever zone somebody lives in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

_TABLE = (
    0x116D2, 0x00752, 0x00EA5, 0x0B64A, 0x0064B, 0x00A9B, 0x09556, 0x0056A, 0x00B59, 0x05752,  # 1900
    0x00752, 0x0DB25, 0x00B25, 0x00A4B, 0x0B4AB, 0x002AD, 0x0056B, 0x04B69, 0x00DA9, 0x0FD92,  # 1910
    0x00E92, 0x00D25, 0x0BA4D, 0x00A56, 0x002B6, 0x095B5, 0x006D4, 0x00EA9, 0x05E92, 0x00E92,  # 1920
    0x0CD26, 0x0052B, 0x00A57, 0x0B2B6, 0x00B5A, 0x006D4, 0x06EC9, 0x00749, 0x0F693, 0x00A93,  # 1930
    0x0052B, 0x0CA5B, 0x00AAD, 0x0056A, 0x09B55, 0x00BA4, 0x00B49, 0x05A93, 0x00A95, 0x0F52D,  # 1940
    0x00536, 0x00AAD, 0x0B5AA, 0x005B2, 0x00DA5, 0x07D4A, 0x00D4A, 0x10A95, 0x00A97, 0x00556,  # 1950
    0x0CAB5, 0x00AD5, 0x006D2, 0x08EA5, 0x00EA5, 0x0064A, 0x06C97, 0x00A9B, 0x0F55A, 0x0056A,  # 1960
    0x00B69, 0x0B752, 0x00B52, 0x00B25, 0x0964B, 0x00A4B, 0x114AB, 0x002AD, 0x0056D, 0x0CB69,  # 1970
    0x00DA9, 0x00D92, 0x09D25, 0x00D25, 0x15A4D, 0x00A56, 0x002B6, 0x0C5B5, 0x006D5, 0x00EA9,  # 1980
    0x0BE92, 0x00E92, 0x00D26, 0x06A56, 0x00A57, 0x114D6, 0x0035A, 0x006D5, 0x0B6C9, 0x00749,  # 1990
    0x00693, 0x0952B, 0x0052B, 0x00A5B, 0x0555A, 0x0056A, 0x0FB55, 0x00BA4, 0x00B49, 0x0BA93,  # 2000
    0x00A95, 0x0052D, 0x08AAD, 0x00AB5, 0x135AA, 0x005D2, 0x00DA5, 0x0DD4A, 0x00D4A, 0x00C95,  # 2010
    0x0952E, 0x00556, 0x00AB5, 0x055B2, 0x006D2, 0x0CEA5, 0x00725, 0x0064B, 0x0AC97, 0x00CAB,  # 2020
    0x0055A, 0x06AD6, 0x00B69, 0x17752, 0x00B52, 0x00B25, 0x0DA4B, 0x00A4B, 0x004AB, 0x0A55B,  # 2030
    0x005AD, 0x00B6A, 0x05B52, 0x00D92, 0x0FD25, 0x00D25, 0x00A55, 0x0B4AD, 0x004B6, 0x005B5,  # 2040
    0x06DAA, 0x00EC9, 0x11E92, 0x00E92, 0x00D26, 0x0CA56, 0x00A57, 0x00556, 0x086D5, 0x00755,  # 2050
    0x00749, 0x06E93, 0x00693, 0x0F52B, 0x0052B, 0x00A5B, 0x0B55A, 0x0056A, 0x00B65, 0x0974A,  # 2060
    0x00B4A, 0x11A95, 0x00A95, 0x0052D, 0x0CAAD, 0x00AB5, 0x005AA, 0x08BA5, 0x00DA5, 0x00D4A,  # 2070
    0x07C95, 0x00C96, 0x0F94E, 0x00556, 0x00AB5, 0x0B5B2, 0x006D2, 0x00EA5, 0x08E4A, 0x0068B,  # 2080
    0x10C97, 0x004AB, 0x0055B, 0x0CAD6, 0x00B6A, 0x00752, 0x09725, 0x00B45, 0x00A8B, 0x0549B,  # 2090
)  # fmt: skip

YEARS = range(1900, 1900 + len(_TABLE))
"""The lunar years that can be converted."""

FIRST, LAST = date(1900, 1, 31), date(2100, 2, 8)
"""The solar days that can be converted: the first day of lunar 1900 to the last day of lunar 2099."""


class LunarDate(NamedTuple):
    """A day of the lunar calendar. `leap`: it lies in the leap month that follows the regular month `month`."""

    year: int
    month: int
    day: int
    leap: bool = False


def _unpacked() -> Iterator[tuple[tuple[int, int, bool], int]]:
    """((lunar year, month, leap), ordinal of the first day) of each month, and of the one after the last."""
    start = FIRST.toordinal()
    for year, packed in zip(YEARS, _TABLE, strict=True):
        leap = packed >> 13
        for place in range(13 if leap else 12):
            in_leap = leap > 0 and place == leap
            yield (year, place if leap and place >= leap else place + 1, in_leap), start
            start += 29 + (packed >> place & 1)
    yield (YEARS.stop, 1, False), start


_MONTHS, _STARTS = [month for month, _ in _unpacked()], [start for _, start in _unpacked()]
_PLACES = {month: place for place, month in enumerate(_MONTHS[:-1])}


def to_solar(lunar: LunarDate) -> date:
    """The solar day. ValueError: that lunar date does not exist, or its year is not one of YEARS."""
    year, month, day, leap = lunar
    place = _PLACES.get((year, month, leap))
    if place is None:
        raise _no_such_month(year, month, leap)
    start = _STARTS[place]
    if not 1 <= day <= _STARTS[place + 1] - start:
        raise ValueError(f"lunar {year} {_name(month, leap)} has {_STARTS[place + 1] - start} days, no day {day}")
    return date.fromordinal(start + day - 1)


def from_solar(day: date) -> LunarDate:
    """The lunar date of a solar day. ValueError: it is not one of FIRST to LAST."""
    ordinal = day.toordinal()
    place = bisect_right(_STARTS, ordinal) - 1
    if not 0 <= place < len(_PLACES):
        raise ValueError(f"the lunar calendar is known from {FIRST} to {LAST}, not on {day:%Y-%m-%d}")
    year, month, leap = _MONTHS[place]
    return LunarDate(year, month, ordinal - _STARTS[place] + 1, leap)


def leap_month_of(year: int) -> int:
    """The number of the leap month of a lunar year, 0 for none. ValueError: not one of YEARS."""
    _check_year(year)
    return _TABLE[year - YEARS.start] >> 13


def month_length(year: int, month: int, leap: bool = False) -> int:
    """29 or 30 days. ValueError: the lunar year has no such month, or is not one of YEARS."""
    place = _PLACES.get((year, month, leap))
    if place is None:
        raise _no_such_month(year, month, leap)
    return _STARTS[place + 1] - _STARTS[place]


def new_year(year: int) -> date:
    """The first day of a lunar year (Spring Festival). ValueError: not one of YEARS."""
    return to_solar(LunarDate(year, 1, 1))


def _name(month: int, leap: bool) -> str:
    return f"leap month {month}" if leap else f"month {month}"


def _check_year(year: int) -> None:
    if year not in YEARS:
        raise ValueError(f"lunar years are known from {YEARS[0]} to {YEARS[-1]}, not {year}")


def _no_such_month(year: int, month: int, leap: bool) -> ValueError:
    _check_year(year)
    return ValueError(f"lunar {year} has no {_name(month, leap)}")
