"""Reports are of whole civil days, weeks and months, by somebody's clock."""

from __future__ import annotations

from datetime import date
from typing import get_args

from engine.domain.periods import PeriodKind, period_of, reported, run_up

THURSDAY = date(2026, 3, 5)


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    periods = [period_of(kind, THURSDAY) for kind in get_args(PeriodKind)]
    assert [(one.first, one.last) for one in periods] == [
        (THURSDAY, THURSDAY), (date(2026, 3, 2), date(2026, 3, 8)), (date(2026, 3, 1), date(2026, 3, 31))
    ]  # fmt: skip


def test_unasked_a_report_tells_of_today_or_of_what_is_over() -> None:
    assert reported("daily", THURSDAY).first == THURSDAY
    assert reported("weekly", THURSDAY).first == date(2026, 2, 23)
    assert reported("monthly", THURSDAY).first == date(2026, 2, 1)


def test_periods_follow_each_other_without_a_gap() -> None:
    months = run_up(period_of("monthly", THURSDAY), 14)
    assert [one.until for one in months[:-1]] == [one.first for one in months[1:]]
    assert (months[0].first, months[-1].after().first) == (date(2025, 2, 1), date(2026, 4, 1))


def test_bounds_are_those_of_the_zone_also_when_its_clocks_change() -> None:
    day = period_of("daily", date(2026, 3, 8))
    start, end = day.bounds("America/New_York")
    assert (end - start) // 3_600 == 23
    assert start - day.bounds("Asia/Shanghai")[0] == 13 * 3_600
