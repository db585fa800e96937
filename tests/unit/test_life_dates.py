"""Dates in people's lives: how they are written, and when they come round."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.calendars.lunar import from_solar
from engine.domain.dates import DatePolicy, LifeDate, date_policy, next_occurrence, occurrence_in, parse_life_date

FEB28 = DatePolicy()
policies = st.builds(
    DatePolicy,
    leap_month=st.sampled_from(["regular", "leap_else_regular", "leap_only"]),
    day_30=st.sampled_from(["last_day", "next_day", "skip"]),
    feb_29=st.sampled_from(["feb28", "mar1", "skip"]),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1988-05-12", LifeDate("solar", 1988, 5, 12)),
        ("--05-12", LifeDate("solar", None, 5, 12)),
        ("--02-29", LifeDate("solar", None, 2, 29)),
        ("lunar:1988-08-15", LifeDate("lunar", 1988, 8, 15)),
        ("lunar:--08-15", LifeDate("lunar", None, 8, 15)),
        ("lunar:1987-L06-10", LifeDate("lunar", 1987, 6, 10, leap=True)),
    ],
)
def test_every_form_is_read(text: str, found: LifeDate) -> None:
    assert parse_life_date(text) == found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lunar:1990-L05-31", "lunar 1990 leap month 5 has 29 days, no day 31"),
        ("lunar:1990-L06-01", "lunar 1990 has no leap month 6"),
        ("lunar:2024-12-30", "lunar 2024 month 12 has 29 days, no day 30"),
        ("lunar:1988-13-01", "months are 01 to 12"),
        ("lunar:--01-31", "month 1 never has more than 30 days"),
        ("lunar:--L12-10", "no lunar year has a leap month 12"),
        ("lunar:--L11-30", "leap month 11 never has more than 29 days"),
        ("lunar:--08-00", "days are 01 to 30"),
        ("0000-00-00", "years are known from 1900 to 2099"),
        ("1850-03-01", "years are known from 1900 to 2099"),
        ("lunar:1850-03-01", "years are known from 1900 to 2099"),
        ("2026-02-30", "2026-02 has 28 days"),
        ("--02-30", "month 02 has 29 days"),
        ("--00-10", "months are 01 to 12"),
        ("1988-L06-10", "only the lunar calendar has leap months"),
    ],
)
def test_a_day_that_never_was_is_refused_with_the_reason(text: str, reason: str) -> None:
    calendar = "lunar" if text.startswith("lunar") else "solar"
    expected = f'"{text}" is not a day of the {calendar} calendar: {reason}'
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        parse_life_date(text)


@pytest.mark.parametrize("text", ["1988-5-12", "12.05.1988", "", "lunar:L06-10", "１９８８-05-12", "农历八月十五"])
def test_what_is_no_date_at_all_is_told_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date; write 1988-05-12, --05-12, lunar:1988-08-15"):
        parse_life_date(text)


@pytest.mark.parametrize("text", ["lunar:--12-30", "lunar:--L06-30", "lunar:--L11-29"])
def test_a_lunar_date_without_a_year_needs_some_year_that_has_it(text: str) -> None:
    assert parse_life_date(text).year is None


def test_a_policy_is_read_back_from_its_text() -> None:
    assert FEB28.text == "feb28.leap_else_regular.last_day"
    mine = DatePolicy(leap_month="leap_only", day_30="skip", feb_29="mar1")
    assert date_policy(mine.text) == mine


@pytest.mark.parametrize(
    ("feb_29", "on"), [("feb28", date(2026, 2, 28)), ("mar1", date(2026, 3, 1)), ("skip", date(2028, 2, 29))]
)
def test_the_29th_of_february_follows_the_policy(feb_29: str, on: date) -> None:
    policy = date_policy(f"{feb_29}.regular.last_day")
    found = next_occurrence(parse_life_date("2000-02-29"), date(2026, 1, 1), policy)
    assert found == (on, on.year, on.year - 2000)


def test_a_century_without_a_leap_day_is_crossed() -> None:
    found = next_occurrence(parse_life_date("--02-29"), date(2097, 1, 1), DatePolicy(feb_29="skip"))
    assert found == (date(2104, 2, 29), 2104, None)


def test_a_date_still_to_come_returns_first_on_itself() -> None:
    assert next_occurrence(parse_life_date("2030-05-12"), date(2026, 1, 1), FEB28) == (date(2030, 5, 12), 2030, 0)


def test_there_is_no_return_after_the_last_year() -> None:
    assert next_occurrence(parse_life_date("--01-01"), date(9999, 6, 1), FEB28) is None


@pytest.mark.parametrize(
    ("text", "policy", "not_before", "found"),
    [
        ("lunar:--08-15", FEB28, date(2026, 1, 1), (date(2026, 9, 25), 2026, None)),
        ("lunar:1988-12-08", FEB28, date(2026, 1, 1), (date(2026, 1, 26), 2025, 37)),
        ("lunar:1987-L06-10", FEB28, date(2025, 1, 1), (date(2025, 8, 3), 2025, 38)),
        ("lunar:1987-L06-10", DatePolicy(leap_month="regular"), date(2025, 1, 1), (date(2025, 7, 4), 2025, 38)),
        ("lunar:1987-L06-10", DatePolicy(leap_month="leap_only"), date(2018, 1, 1), (date(2025, 8, 3), 2025, 38)),
        ("lunar:1984-12-30", FEB28, date(2026, 1, 1), (date(2026, 2, 16), 2025, 41)),
        ("lunar:1984-12-30", DatePolicy(day_30="next_day"), date(2026, 1, 1), (date(2026, 2, 17), 2025, 41)),
        ("lunar:1984-12-30", DatePolicy(day_30="skip"), date(2026, 1, 1), (date(2030, 2, 2), 2029, 45)),
        ("lunar:2030-01-01", FEB28, date(2026, 1, 1), (date(2030, 2, 3), 2030, 0)),
    ],
)
def test_a_lunar_date_returns_once_in_each_lunar_year(
    text: str, policy: DatePolicy, not_before: date, found: tuple[date, int, int | None]
) -> None:
    assert next_occurrence(parse_life_date(text), not_before, policy) == found


def test_somebody_born_in_a_leap_month_has_no_birthday_before_he_is_born() -> None:
    born, regular = parse_life_date("lunar:2025-L06-10"), DatePolicy(leap_month="regular")
    assert next_occurrence(born, date(2025, 1, 1), regular) == (date(2025, 8, 3), 2025, 0)
    assert next_occurrence(born, date(2025, 8, 4), regular) == (date(2026, 7, 23), 2026, 1)
    assert occurrence_in(born, 2025, regular) == date(2025, 8, 3)
    assert occurrence_in(born, 2024, regular) is None


def test_no_lunar_date_returns_after_the_years_that_are_known() -> None:
    assert next_occurrence(parse_life_date("lunar:--08-15"), date(2099, 10, 1), FEB28) is None


@given(
    born=st.dates(date(1900, 1, 31), date(2030, 12, 31)),
    calendar=st.sampled_from(["solar", "lunar"]),
    start=st.dates(date(2000, 1, 1), date(2030, 12, 31)),
    policy=policies,
)
def test_the_next_return_is_the_first_of_all_returns(
    born: date, calendar: str, start: date, policy: DatePolicy
) -> None:
    when = LifeDate("solar", born.year, born.month, born.day)
    if calendar == "lunar":
        year, month, day, leap = from_solar(born)
        when = LifeDate("lunar", year, month, day, leap)
    assert when.year is not None
    returns = [(on, year) for year in range(when.year, 2100) if (on := occurrence_in(when, year, policy)) is not None]
    assert returns[0] == (born, when.year)
    expected = next(((on, year) for on, year in returns if on >= start), None)
    found = next_occurrence(when, start, policy)
    assert (found and (found.on, found.year)) == expected
    assert found is None or found.nth == found.year - when.year
