"""Lunar birthdays: leap months, day 30 of a short month, and years that have two or none."""

from __future__ import annotations

from datetime import date

import pytest

from engine.domain.calendars.birthdays import LunarPolicy, next_lunar_occurrence, occurrence_in_lunar_year
from engine.domain.calendars.lunar import LAST

REGULAR = LunarPolicy()
LEAP_ELSE_REGULAR = LunarPolicy(leap_month="leap_else_regular")
LEAP_ONLY = LunarPolicy(leap_month="leap_only")
LAST_DAY, NEXT_DAY, SKIP = LunarPolicy(), LunarPolicy(day_30="next_day"), LunarPolicy(day_30="skip")


@pytest.mark.parametrize("policy", [REGULAR, LEAP_ELSE_REGULAR, LEAP_ONLY])
@pytest.mark.parametrize(("year", "on"), [(2024, date(2024, 7, 15)), (2025, date(2025, 7, 4))])
def test_a_regular_month_returns_in_the_regular_month(policy: LunarPolicy, year: int, on: date) -> None:
    assert occurrence_in_lunar_year(6, 10, False, year, policy) == on


@pytest.mark.parametrize(
    ("policy", "in_2024", "in_2025"),
    [
        (REGULAR, date(2024, 7, 15), date(2025, 7, 4)),
        (LEAP_ELSE_REGULAR, date(2024, 7, 15), date(2025, 8, 3)),
        (LEAP_ONLY, None, date(2025, 8, 3)),
    ],
)
def test_a_leap_month_follows_the_policy(policy: LunarPolicy, in_2024: date | None, in_2025: date) -> None:
    assert occurrence_in_lunar_year(6, 10, True, 2024, policy) == in_2024
    assert occurrence_in_lunar_year(6, 10, True, 2025, policy) == in_2025


def test_leap_month_11_of_2033_reaches_into_the_next_january() -> None:
    assert occurrence_in_lunar_year(11, 15, True, 2033, LEAP_ONLY) == date(2034, 1, 5)
    assert occurrence_in_lunar_year(11, 15, True, 2033, REGULAR) == date(2033, 12, 6)
    assert occurrence_in_lunar_year(12, 1, False, 2033, REGULAR) == date(2034, 1, 20)


@pytest.mark.parametrize(
    ("year", "last_day", "next_day"),
    [
        (2024, date(2025, 1, 28), date(2025, 1, 29)),
        (2025, date(2026, 2, 16), date(2026, 2, 17)),
        (2026, date(2027, 2, 5), date(2027, 2, 6)),
        (2027, date(2028, 1, 25), date(2028, 1, 26)),
        (2028, date(2029, 2, 12), date(2029, 2, 13)),
    ],
)
def test_day_30_of_a_short_month_12_follows_the_policy(year: int, last_day: date, next_day: date) -> None:
    assert occurrence_in_lunar_year(12, 30, False, year, LAST_DAY) == last_day
    assert occurrence_in_lunar_year(12, 30, False, year, NEXT_DAY) == next_day
    assert occurrence_in_lunar_year(12, 30, False, year, SKIP) is None


def test_the_day_after_a_short_regular_month_may_lie_in_its_leap_month() -> None:
    assert occurrence_in_lunar_year(6, 30, False, 2017, NEXT_DAY) == date(2017, 7, 23)


def test_a_date_may_fall_twice_in_a_gregorian_year_and_never_in_another() -> None:
    returns = [occurrence_in_lunar_year(11, 20, False, year, REGULAR) for year in (2019, 2020, 2023, 2024)]
    assert returns == [date(2019, 12, 15), date(2021, 1, 3), date(2024, 1, 1), date(2024, 12, 20)]
    assert next_lunar_occurrence(11, 20, False, date(2024, 1, 2), REGULAR) == (date(2024, 12, 20), 2024)


@pytest.mark.parametrize(
    ("not_before", "found"),
    [
        (date(2025, 1, 28), (date(2025, 1, 29), 2024)),
        (date(2025, 1, 29), (date(2025, 1, 29), 2024)),
        (date(2025, 1, 30), (date(2026, 2, 17), 2025)),
    ],
)
def test_a_return_on_new_years_day_belongs_to_the_old_year(not_before: date, found: tuple[date, int]) -> None:
    assert next_lunar_occurrence(12, 30, False, not_before, NEXT_DAY) == found


def test_what_is_skipped_waits_for_the_next_year_that_has_it() -> None:
    assert next_lunar_occurrence(12, 30, False, date(2024, 2, 10), SKIP) == (date(2030, 2, 2), 2029)
    assert next_lunar_occurrence(6, 10, True, date(2025, 8, 4), LEAP_ONLY) == (date(2036, 8, 1), 2036)


def test_there_is_none_after_the_calendar_or_in_a_month_that_is_never_doubled() -> None:
    assert next_lunar_occurrence(1, 1, False, date(2099, 1, 22), REGULAR) is None
    assert next_lunar_occurrence(12, 30, False, LAST, REGULAR) == (LAST, 2099)
    assert next_lunar_occurrence(1, 1, False, date(2100, 2, 9), REGULAR) is None
    assert next_lunar_occurrence(12, 1, True, date(1901, 1, 1), LEAP_ONLY) is None


@pytest.mark.parametrize(("month", "day"), [(13, 1), (0, 1), (1, 31), (1, 0)])
def test_what_no_lunar_year_has_is_refused(month: int, day: int) -> None:
    with pytest.raises(ValueError, match=f"^no lunar year has a month {month} with a day {day}$"):
        next_lunar_occurrence(month, day, False, date(2026, 1, 1), REGULAR)


def test_a_year_outside_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="^lunar years are known from 1900 to 2099, not 2100$"):
        occurrence_in_lunar_year(1, 1, False, 2100, REGULAR)
    with pytest.raises(ValueError, match="^the lunar calendar is known from 1900-01-31 "):
        next_lunar_occurrence(1, 1, False, date(1850, 1, 1), REGULAR)
