"""Which days an office works: weekends, days off, made-up working days, and what config knows better."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.domain.calendars.corrections import Corrections
from engine.domain.calendars.workdays import WorkCalendar, work_calendar

CHINA = work_calendar("CN", range(2024, 2029))
PLAIN = WorkCalendar("CN")


def reference(year: int) -> dict[date, bool]:
    """Day -> off, as the State Council decreed, from the reference data beside the project."""
    folder = os.environ.get("FOLLOWUP_REFERENCE_DATA")
    if not folder:
        pytest.skip("FOLLOWUP_REFERENCE_DATA is not set: working days are NOT held against the State Council's")
    days = json.loads((Path(folder) / "holidays" / f"cn-{year}.json").read_text(encoding="utf-8"))["days"]
    return {date.fromisoformat(entry["date"]): entry["isOffDay"] for entry in days}


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_china_works_as_decreed_on_every_day(year: int) -> None:
    decreed = reference(year)
    days = [date(year, 1, 1) + timedelta(days=step) for step in range(366)]
    for day in (day for day in days if day.year == year):
        assert CHINA.is_workday(day) is not decreed.get(day, day.weekday() >= 5), day


@pytest.mark.parametrize(
    ("day", "following", "preceding"),
    [
        (date(2026, 2, 13), date(2026, 2, 13), date(2026, 2, 13)),
        (date(2026, 2, 14), date(2026, 2, 14), date(2026, 2, 14)),  # a Saturday, worked
        (date(2026, 2, 15), date(2026, 2, 24), date(2026, 2, 14)),
        (date(2026, 2, 17), date(2026, 2, 24), date(2026, 2, 14)),
        (date(2026, 2, 28), date(2026, 2, 28), date(2026, 2, 28)),  # a Saturday, worked
        (date(2026, 3, 1), date(2026, 3, 2), date(2026, 2, 28)),
        (date(2026, 10, 3), date(2026, 10, 8), date(2026, 9, 30)),
    ],
)
def test_the_nearest_working_day(day: date, following: date, preceding: date) -> None:
    assert CHINA.next_workday(day) == following
    assert CHINA.previous_workday(day) == preceding


@pytest.mark.parametrize(
    ("day", "n", "then"),
    [
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 13), 6, date(2026, 2, 28)),
        (date(2026, 2, 13), 7, date(2026, 3, 2)),
        (date(2026, 2, 17), 1, date(2026, 2, 24)),
        (date(2026, 2, 17), -1, date(2026, 2, 14)),
        (date(2026, 3, 2), -7, date(2026, 2, 13)),
        (date(2026, 2, 17), 0, date(2026, 2, 17)),
    ],
)
def test_counting_over_spring_festival(day: date, n: int, then: date) -> None:
    assert CHINA.add_workdays(day, n) == then


@pytest.mark.parametrize(
    ("country", "day", "worked"),
    [
        ("HK", date(2026, 10, 19), False),
        ("HK", date(2026, 10, 24), False),  # Saturday: an office's week has five days
        ("TW", date(2024, 2, 17), True),
        ("SG", date(2026, 6, 1), False),
        ("US", date(2026, 7, 3), False),
        ("JP", date(2026, 5, 6), False),
        ("DE", date(2026, 5, 14), False),
        ("US", date(2026, 5, 14), True),
    ],
)
def test_other_countries_rest_on_their_own_days(country: str, day: date, worked: bool) -> None:
    assert work_calendar(country, [day.year]).is_workday(day) is worked


def test_a_state_has_days_of_its_own() -> None:
    corpus_christi = date(2026, 6, 4)
    assert not work_calendar("DE", [2026], "BY").is_workday(corpus_christi)
    assert work_calendar("DE", [2026], "BE").is_workday(corpus_christi)


def test_a_shop_may_keep_another_week() -> None:
    open_all_week = work_calendar("CN", [2026], weekend=frozenset())
    assert open_all_week.is_workday(date(2026, 3, 1))
    assert not open_all_week.is_workday(date(2026, 2, 17))


def test_a_year_without_a_decree_is_provisional() -> None:
    assert not CHINA.is_provisional(2026)
    assert work_calendar("CN", [2060]).is_provisional(2060)
    assert CHINA.is_provisional(2031), "nothing was loaded for it"


def test_corrections_win() -> None:
    founded = (date(2026, 5, 18), date(2027, 5, 18))
    off, work = frozenset({date(2026, 3, 2)}), frozenset({date(2026, 2, 16)})
    corrections = Corrections(off, work, {"founding": founded})
    corrected = corrections.applied_to(CHINA)
    assert not corrected.is_workday(date(2026, 3, 2))
    assert corrected.is_workday(date(2026, 2, 16))
    assert corrected.next_workday(date(2026, 2, 15)) == date(2026, 2, 16)
    assert corrections.festival_days("founding", 2026) == (date(2026, 5, 18),)
    assert corrections.festival_days("founding", 2028) is None
    assert corrections.festival_days("mid_autumn", 2026) is None


def test_corrections_leave_a_provisional_year_provisional() -> None:
    future = work_calendar("CN", [2060])
    assert Corrections(off=frozenset({date(2060, 2, 10)})).applied_to(future).is_provisional(2060)


def test_an_announced_year_takes_the_place_of_its_estimate() -> None:
    estimated = work_calendar("CN", [2059, 2060])
    decree = [(date(2060, 1, 1), True), (date(2060, 1, 4), False), (date(2059, 12, 31), True)]
    known = estimated.with_announced({2060: decree})
    assert not known.is_provisional(2060)
    assert known.is_provisional(2059)
    assert known.is_workday(date(2060, 1, 4)), "a Sunday, worked"
    assert not known.is_workday(date(2059, 12, 31)), "a neighbour's day counts too"
    assert known.is_workday(date(2060, 10, 1)), "the decree is silent, so the estimate is forgotten"


def test_an_announced_year_only_adds_to_a_known_one() -> None:
    known = CHINA.with_announced({2026: [(date(2026, 3, 2), True)]})
    assert not known.is_workday(date(2026, 3, 2))
    assert not known.is_workday(date(2026, 2, 17))


@pytest.mark.parametrize("weekend", [frozenset(range(7)), frozenset({7})])
def test_a_week_without_a_working_day_is_refused(weekend: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="must leave a weekday to work"):
        WorkCalendar("CN", weekend)


def test_a_day_is_not_off_and_worked() -> None:
    day = frozenset({date(2026, 3, 2)})
    with pytest.raises(ValueError, match="2026-03-02 cannot be both"):
        WorkCalendar("CN", off=day, work=day)
    with pytest.raises(ValueError, match="2026-03-02 cannot be both"):
        PLAIN.with_days(day, day)


def test_a_calendar_that_never_works_is_told() -> None:
    start = date(2026, 1, 1)
    closed = WorkCalendar("CN", off=frozenset(start + timedelta(days=step) for step in range(800)))
    with pytest.raises(ValueError, match="no working day within a year of 2026-01-01"):
        closed.next_workday(start)
    with pytest.raises(ValueError, match="the calendar ends on 9999-12-31"):
        PLAIN.add_workdays(date.max, 1)
    with pytest.raises(ValueError, match="needs a year"):
        work_calendar("CN", [])
