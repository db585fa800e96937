"""The lunar calendar against three libraries, with the months on which they are known to differ from it.

Each of these months begins with a new moon close to midnight. The libraries begin it a day later than the
Hong Kong Observatory, so its last day is one less to them. sxtwl agrees with the Observatory everywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from borax.calendars.lunardate import LunarDate as BoraxDate
from lunar_python import Lunar, Solar

from engine.domain.calendars.lunar import YEARS, LunarDate, from_solar, month_length, to_solar
from tests.unit.lunar_months import months_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the types SWIG makes, on newer Pythons
    import sxtwl

DIFFERENT = {
    "sxtwl": [],
    "lunar_python": [LunarDate(2057, 9, 1)],
    "borax": [LunarDate(2057, 9, 1), LunarDate(2089, 8, 1), LunarDate(2097, 7, 1)],
}


def sxtwl_to_solar(lunar: LunarDate) -> date:
    day = sxtwl.fromLunar(lunar.year, lunar.month, lunar.day, lunar.leap)
    return date(day.getSolarYear(), day.getSolarMonth(), day.getSolarDay())


def lunar_python_to_solar(lunar: LunarDate) -> date:
    day = Lunar.fromYmd(lunar.year, -lunar.month if lunar.leap else lunar.month, lunar.day).getSolar()
    return date(day.getYear(), day.getMonth(), day.getDay())


def borax_to_solar(lunar: LunarDate) -> date:
    day: date = BoraxDate(lunar.year, lunar.month, lunar.day, int(lunar.leap)).to_solar_date()
    return day


def sxtwl_from_solar(day: date) -> LunarDate:
    found = sxtwl.fromSolar(day.year, day.month, day.day)
    return LunarDate(found.getLunarYear(), found.getLunarMonth(), found.getLunarDay(), bool(found.isLunarLeap()))


def lunar_python_from_solar(day: date) -> LunarDate:
    found = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    return LunarDate(found.getYear(), abs(found.getMonth()), found.getDay(), found.getMonth() < 0)


def borax_from_solar(day: date) -> LunarDate:
    found = BoraxDate.from_solar(day)
    return LunarDate(found.year, found.month, found.day, bool(found.leap))


@pytest.mark.parametrize(
    ("oracle", "convert"),
    [("sxtwl", sxtwl_to_solar), ("lunar_python", lunar_python_to_solar), ("borax", borax_to_solar)],
)
def test_months_start_on_the_same_day_but_for_known_ones(
    oracle: str, convert: Callable[[LunarDate], date]
) -> None:
    theirs = {month: convert(month) for year in YEARS for month in months_of(year)}
    later = {month: day - to_solar(month) for month, day in theirs.items() if day != to_solar(month)}
    assert later == dict.fromkeys(DIFFERENT[oracle], timedelta(days=1))


@pytest.mark.parametrize(
    ("oracle", "convert"),
    [("sxtwl", sxtwl_from_solar), ("lunar_python", lunar_python_from_solar), ("borax", borax_from_solar)],
)
def test_last_days_of_months_are_the_same_but_for_known_ones(
    oracle: str, convert: Callable[[date], LunarDate]
) -> None:
    months = [month for year in YEARS for month in months_of(year)]
    lasts = [to_solar(month._replace(day=month_length(month.year, month.month, month.leap))) for month in months]
    different = [day for day in lasts if convert(day) != from_solar(day)]
    assert [from_solar(day)._replace(day=1) for day in different] == DIFFERENT[oracle]
