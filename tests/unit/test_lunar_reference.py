"""Every month start of the Hong Kong Observatory's tables, in both directions."""

from __future__ import annotations

import csv
import os
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from engine.domain.calendars.lunar import FIRST, LAST, YEARS, LunarDate, from_solar, to_solar
from tests.unit.lunar_months import months_of


@pytest.fixture(scope="module")
def starts() -> dict[LunarDate, date]:
    """The first day of each month from month 12 of lunar 1900 to the first of lunar 2100, which ends the table."""
    folder = os.environ.get("FOLLOWUP_REFERENCE_DATA")
    if not folder:
        pytest.skip("FOLLOWUP_REFERENCE_DATA is not set: the lunar table is NOT held against the Observatory's")
    with (Path(folder) / "lunar" / "month_starts.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            (int(row["lunar_year"]), int(row["lunar_month"]), row["leap"] == "1", row["gregorian_start"])
            for row in csv.DictReader(file)
        ]
    return {
        LunarDate(year, month, 1, leap): date.fromisoformat(start)
        for year, month, leap, start in rows
        if (year, month) <= (YEARS.stop, 1)
    }


def test_every_month_starts_on_the_observatorys_day(starts: dict[LunarDate, date]) -> None:
    known = {month: start for month, start in starts.items() if month.year in YEARS}
    assert {month: to_solar(month) for month in known} == known
    assert {start: from_solar(start) for start in known.values()} == {start: month for month, start in known.items()}


def test_every_month_ends_the_day_before_the_next_starts(starts: dict[LunarDate, date]) -> None:
    months = list(starts.items())
    for (month, start), (_, following) in pairwise(months):
        last = following - timedelta(days=1)
        assert from_solar(last) == month._replace(day=(following - start).days)


def test_no_month_is_missing_and_none_is_too_many(starts: dict[LunarDate, date]) -> None:
    assert [month for year in YEARS for month in months_of(year) if year > YEARS.start] == [
        month for month in starts if YEARS.start < month.year < YEARS.stop
    ]


def test_the_table_ends_where_lunar_2100_begins(starts: dict[LunarDate, date]) -> None:
    assert starts[LunarDate(YEARS.stop, 1, 1)] - timedelta(days=1) == LAST
    assert to_solar(LunarDate(YEARS.start, 1, 1)) == FIRST
