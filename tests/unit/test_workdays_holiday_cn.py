"""The holiday-cn format: read whole, or refused with one line that says where."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from adapters.sources.holiday_cn import MovedDay, UnreadableHolidays, read
from engine.domain.calendars.workdays import WorkCalendar, work_calendar

NEW_YEAR = {"name": "元旦", "date": "2027-01-01", "isOffDay": True}
WORKED = {"name": "元旦", "date": "2026-12-27", "isOffDay": False}


def written(**changes: object) -> str:
    return json.dumps({"year": 2027, "papers": [], "days": [NEW_YEAR, WORKED], **changes})


def test_days_come_in_order_with_their_year() -> None:
    found = read(written())
    assert found.year == 2027
    assert found.days == (MovedDay(date(2026, 12, 27), "元旦", False), MovedDay(date(2027, 1, 1), "元旦", True))


def test_bytes_with_a_byte_order_mark_are_read() -> None:
    assert read(b"\xef\xbb\xbf" + written().encode()) == read("\ufeff" + written()) == read(written())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a JSON file"),
        ("{", "not a JSON file"),
        (b"\xff\xfe\x00", "not a JSON file"),
        ("[" * 100_000, "not a JSON file"),
        ("[]", "not a holiday-cn file"),
        ("{}", "year: null is not a year"),
        (written(year=True), "year: true is not a year"),
        (written(year="2027"), 'year: "2027" is not a year'),
        (written(days={}), "days: must be a list"),
        (written(days=[]), "days: 2027 has none; its calendar is not announced yet"),
        (written(days=[NEW_YEAR, 1]), r"days\[1\]: must be an object"),
        (written(days=[NEW_YEAR | {"name": " "}]), r'days\[0\].name: " " is not a name'),
        (written(days=[NEW_YEAR | {"name": "a\nb"}]), r"days\[0\].name"),
        (written(days=[NEW_YEAR | {"isOffDay": 1}]), r"days\[0\].isOffDay: 1 must be true or false"),
        (written(days=[NEW_YEAR | {"date": "2027-02-30"}]), r'days\[0\].date: "2027-02-30" is not a day'),
        (written(days=[NEW_YEAR | {"date": "20270101"}]), r'days\[0\].date: "20270101" is not a day'),
        (written(days=[NEW_YEAR | {"date": None}]), r"days\[0\].date: null is not a day"),
        (written(days=[NEW_YEAR | {"date": "2007-01-01"}]), "2007-01-01 does not belong to the calendar of 2027"),
        (written(days=[NEW_YEAR, NEW_YEAR | {"isOffDay": False}]), "2027-01-01 is both off and worked"),
    ],
)
def test_a_malformed_file_is_refused_in_one_line(text: str | bytes, words: str) -> None:
    with pytest.raises(UnreadableHolidays, match=words) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_an_imported_year_is_no_longer_provisional() -> None:
    found = read(written())
    calendar = WorkCalendar("CN").with_announced({found.year: [(entry.day, entry.off) for entry in found.days]})
    assert not calendar.is_provisional(2027)
    assert calendar.is_provisional(2026)
    assert calendar.is_workday(date(2026, 12, 27)), "a Sunday, worked"
    assert not calendar.is_workday(date(2027, 1, 1))


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_published_files_are_read_and_say_what_is_known(year: int) -> None:
    folder = os.environ.get("FOLLOWUP_REFERENCE_DATA")
    if not folder:
        pytest.skip("FOLLOWUP_REFERENCE_DATA is not set: published holiday-cn files are NOT read")
    found = read((Path(folder) / "holidays" / f"cn-{year}.json").read_bytes())
    known = work_calendar("CN", [year])
    assert all(known.is_workday(entry.day) is not entry.off for entry in found.days)
    assert known.with_announced({year: [(entry.day, entry.off) for entry in found.days]}).work == known.work
