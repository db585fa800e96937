"""The lunar calendar has every day once, and every lunar birthday has its one day in every lunar year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.calendars.birthdays import LunarPolicy, next_lunar_occurrence, occurrence_in_lunar_year
from engine.domain.calendars.lunar import (
    FIRST,
    LAST,
    YEARS,
    LunarDate,
    from_solar,
    month_length,
    new_year,
    to_solar,
)

DAY = timedelta(days=1)
CALENDAR = [from_solar(FIRST + number * DAY) for number in range((LAST - FIRST).days + 1)]
EXISTING = {(found.month, found.day, found.leap, found.year) for found in CALENDAR}

MONTHS, DAYS = st.integers(1, 12), st.integers(1, 30)
POLICIES = st.builds(
    LunarPolicy,
    leap_month=st.sampled_from(["regular", "leap_else_regular", "leap_only"]),
    day_30=st.sampled_from(["last_day", "next_day", "skip"]),
)


def returns(month: int, day: int, leap: bool, policy: LunarPolicy) -> Iterator[tuple[date, int]]:
    """All of them, one found after the other."""
    found = next_lunar_occurrence(month, day, leap, FIRST, policy)
    while found is not None:
        yield found
        found = next_lunar_occurrence(month, day, leap, found[0] + DAY, policy)


def test_every_day_goes_to_the_lunar_calendar_and_back() -> None:
    assert [to_solar(found) for found in CALENDAR] == [FIRST + number * DAY for number in range(len(CALENDAR))]


def test_days_follow_one_another_without_gap_or_repetition() -> None:
    assert sorted(CALENDAR, key=lambda found: (found.year, found.month, found.leap, found.day)) == CALENDAR
    for before, after in pairwise(CALENDAR):
        assert after.day == before.day + 1 or (after.day == 1 and before.day in (29, 30))


def test_years_follow_one_another() -> None:
    eves = [to_solar(LunarDate(year, 12, month_length(year, 12))) for year in YEARS]
    assert [new_year(year) for year in YEARS[1:]] == [eve + DAY for eve in eves[:-1]]


@given(MONTHS, DAYS, st.booleans(), POLICIES)
@settings(max_examples=60, deadline=None)
def test_a_birthday_returns_at_most_once_in_every_lunar_year(
    month: int, day: int, leap: bool, policy: LunarPolicy
) -> None:
    found = list(returns(month, day, leap, policy))
    years = [year for _, year in found]
    assert years == sorted(set(years))
    assert found == [
        (on, year)
        for year in YEARS
        if (on := occurrence_in_lunar_year(month, day, leap, year, policy)) is not None
    ]
    if policy.day_30 != "skip" and not (leap and policy.leap_month == "leap_only"):
        assert years == list(YEARS)


@given(MONTHS, DAYS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_under_skip_and_leap_only_exactly_the_days_that_exist_return(month: int, day: int, leap: bool) -> None:
    policy = LunarPolicy("leap_only", "skip")
    assert [year for _, year in returns(month, day, leap, policy)] == [
        year for year in YEARS if (month, day, leap, year) in EXISTING
    ]


@given(MONTHS, DAYS, st.booleans(), POLICIES, st.sampled_from(YEARS))
def test_a_return_is_the_day_itself_or_the_one_the_policy_names(
    month: int, day: int, leap: bool, policy: LunarPolicy, year: int
) -> None:
    on = occurrence_in_lunar_year(month, day, leap, year, policy)
    if on is None or on > LAST:
        return
    found = from_solar(on)
    if (found.month, found.day, found.year) == (month, day, year):
        assert not found.leap or (leap and policy.leap_month != "regular")
    elif policy.day_30 == "last_day":
        assert (found.month, found.day, found.year, day) == (month, 29, year, 30)
    else:
        assert (policy.day_30, found.day, day) == ("next_day", 1, 30)


@given(MONTHS, DAYS, st.booleans(), POLICIES, st.integers(0, len(CALENDAR) - 1))
@settings(max_examples=60, deadline=None)
def test_the_next_return_is_the_first_of_all_years(
    month: int, day: int, leap: bool, policy: LunarPolicy, number: int
) -> None:
    asked = FIRST + number * DAY
    every = [(occurrence_in_lunar_year(month, day, leap, year, policy), year) for year in YEARS]
    later = [(on, year) for on, year in every if on is not None and on >= asked]
    assert next_lunar_occurrence(month, day, leap, asked, policy) == min(later, default=None)


@given(st.sampled_from([born for born in CALENDAR if not born.leap]), POLICIES)
def test_a_birthday_of_a_regular_month_begins_with_the_birth(born: LunarDate, policy: LunarPolicy) -> None:
    on = to_solar(born)
    assert next_lunar_occurrence(born.month, born.day, born.leap, on, policy) == (on, born.year)


@given(st.sampled_from([born for born in CALENDAR if born.leap]), POLICIES)
def test_a_birthday_of_a_leap_month_begins_with_the_birth_unless_it_moves_to_the_regular_one(
    born: LunarDate, policy: LunarPolicy
) -> None:
    on = to_solar(born)
    found = next_lunar_occurrence(born.month, born.day, born.leap, on, policy)
    if policy.leap_month != "regular":
        assert found == (on, born.year)
    else:
        assert found is None or found[1] > born.year
