"""The lunar calendar: the dates that public tables and scripts get wrong, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.domain.calendars.lunar import (
    FIRST,
    LAST,
    YEARS,
    LunarDate,
    from_solar,
    leap_month_of,
    month_length,
    new_year,
    to_solar,
)


@pytest.mark.parametrize(
    ("lunar", "solar"),
    [
        (LunarDate(2033, 11, 1), date(2033, 11, 22)),
        (LunarDate(2033, 11, 1, leap=True), date(2033, 12, 22)),
        (LunarDate(2033, 12, 1), date(2034, 1, 20)),
        (LunarDate(2017, 6, 1), date(2017, 6, 24)),
        (LunarDate(2017, 6, 1, leap=True), date(2017, 7, 23)),
        (LunarDate(2025, 6, 1), date(2025, 6, 25)),
        (LunarDate(2025, 6, 1, leap=True), date(2025, 7, 25)),
        (LunarDate(2025, 7, 1), date(2025, 8, 23)),
    ],
)
def test_a_leap_month_follows_the_regular_month_of_its_number(lunar: LunarDate, solar: date) -> None:
    assert to_solar(lunar) == solar
    assert from_solar(solar) == lunar


@pytest.mark.parametrize(
    ("lunar", "solar"),
    [
        (LunarDate(2023, 12, 1), date(2024, 1, 11)),
        (LunarDate(2024, 12, 8), date(2025, 1, 7)),
        (LunarDate(2025, 12, 29), date(2026, 2, 16)),
        (LunarDate(2099, 12, 30), date(2100, 2, 8)),
    ],
)
def test_month_12_lies_in_january_of_the_next_year(lunar: LunarDate, solar: date) -> None:
    assert to_solar(lunar) == solar
    assert from_solar(solar) == lunar


@pytest.mark.parametrize(
    ("lunar", "solar"),
    [
        (LunarDate(2057, 9, 1), date(2057, 9, 28)),
        (LunarDate(2089, 8, 1), date(2089, 9, 4)),
        (LunarDate(2097, 7, 1), date(2097, 8, 7)),
    ],
)
def test_a_new_moon_at_midnight_is_where_the_observatory_has_it(lunar: LunarDate, solar: date) -> None:
    assert to_solar(lunar) == solar
    assert from_solar(solar - timedelta(days=1)) == LunarDate(lunar.year, lunar.month - 1, 29)


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027, 2028])
def test_month_12_has_no_day_30_from_2024_to_2028(year: int) -> None:
    with pytest.raises(ValueError, match=f"^lunar {year} month 12 has 29 days, no day 30$"):
        to_solar(LunarDate(year, 12, 30))


@pytest.mark.parametrize(
    ("year", "eve"),
    [(2023, date(2024, 2, 9)), (2024, date(2025, 1, 28)), (2028, date(2029, 2, 12)), (2029, date(2030, 2, 2))],
)
def test_new_years_eve_is_the_last_day_of_month_12(year: int, eve: date) -> None:
    assert to_solar(LunarDate(year, 12, month_length(year, 12))) == eve
    assert new_year(year + 1) == eve + timedelta(days=1)


@pytest.mark.parametrize(("year", "leap"), [(2017, 6), (2025, 6), (2033, 11), (2034, 0), (1900, 8), (2099, 2)])
def test_a_year_has_its_leap_month_where_the_tables_have_it(year: int, leap: int) -> None:
    assert leap_month_of(year) == leap


def test_a_month_has_29_or_30_days() -> None:
    assert (month_length(2025, 6), month_length(2025, 6, leap=True)) == (30, 29)


@pytest.mark.parametrize(
    ("lunar", "reason"),
    [
        (LunarDate(1990, 5, 31, leap=True), "lunar 1990 leap month 5 has 29 days, no day 31"),
        (LunarDate(1991, 5, 1, leap=True), "lunar 1991 has no leap month 5"),
        (LunarDate(1987, 5, 1, leap=True), "lunar 1987 has no leap month 5"),
        (LunarDate(1990, 13, 1), "lunar 1990 has no month 13"),
        (LunarDate(1990, 0, 1), "lunar 1990 has no month 0"),
        (LunarDate(1990, 1, 0), "lunar 1990 month 1 has 29 days, no day 0"),
        (LunarDate(1850, 1, 1), "lunar years are known from 1900 to 2099, not 1850"),
        (LunarDate(2100, 1, 1), "lunar years are known from 1900 to 2099, not 2100"),
        (LunarDate(0, 0, 0), "lunar years are known from 1900 to 2099, not 0"),
    ],
)
def test_a_date_that_does_not_exist_is_refused_with_the_reason(lunar: LunarDate, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        to_solar(lunar)


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1), date.min, date.max])
def test_a_solar_day_outside_the_table_is_refused(day: date) -> None:
    with pytest.raises(ValueError, match="^the lunar calendar is known from 1900-01-31 to 2100-02-08, not on "):
        from_solar(day)


@pytest.mark.parametrize("year", [YEARS.start - 1, YEARS.stop])
def test_a_year_outside_the_table_is_refused(year: int) -> None:
    for ask in (leap_month_of, new_year):
        with pytest.raises(ValueError, match=f"^lunar years are known from 1900 to 2099, not {year}$"):
            ask(year)
    with pytest.raises(ValueError, match="^lunar years are known"):
        month_length(year, 1)
