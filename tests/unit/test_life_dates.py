"""Dates in people's lives: how they are written, and when they come round."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.dates import LifeDate, next_occurrence, occurrence_in, parse_life_date


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
    "text",
    ["1988-5-12", "12.05.1988", "1987-02-29", "1988-L06-10", "lunar:1988-13-01", "lunar:--01-31", "0000-01-01", ""],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a d"):
        parse_life_date(text)


@pytest.mark.parametrize(
    ("policy", "on"), [("feb28", date(2026, 2, 28)), ("mar1", date(2026, 3, 1)), ("skip", date(2028, 2, 29))]
)
def test_the_29th_of_february_follows_the_policy(policy: str, on: date) -> None:
    found = next_occurrence(parse_life_date("2000-02-29"), date(2026, 1, 1), policy)
    assert found == (on, on.year, on.year - 2000)


def test_a_century_without_a_leap_day_is_crossed() -> None:
    found = next_occurrence(parse_life_date("--02-29"), date(2097, 1, 1), "skip")
    assert found == (date(2104, 2, 29), 2104, None)


def test_a_date_still_to_come_returns_first_on_itself() -> None:
    assert next_occurrence(parse_life_date("2030-05-12"), date(2026, 1, 1), "feb28") == (date(2030, 5, 12), 2030, 0)


def test_there_is_no_return_after_the_last_year() -> None:
    assert next_occurrence(parse_life_date("--01-01"), date(9999, 6, 1), "feb28") is None


def test_lunar_dates_are_refused_for_now() -> None:
    with pytest.raises(ValueError, match="lunar dates are not yet supported"):
        next_occurrence(parse_life_date("lunar:--08-15"), date(2026, 1, 1), "feb28")


@given(
    born=st.dates(date(1900, 1, 1), date(2030, 12, 31)),
    start=st.dates(date(2000, 1, 1), date(2090, 12, 31)),
    policy=st.sampled_from(["feb28", "mar1", "skip"]),
)
def test_the_next_return_is_the_first_of_all_returns(born: date, start: date, policy: str) -> None:
    when = LifeDate("solar", born.year, born.month, born.day)
    found = next_occurrence(when, start, policy)
    returns = [occurrence_in(when, year, policy) for year in range(born.year, 2200)]
    assert found is not None
    assert found.on == next(on for on in returns if on is not None and on >= start)
    assert found.on - start < timedelta(days=366 * 9) or found.nth == 0
