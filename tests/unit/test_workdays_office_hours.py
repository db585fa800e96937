"""`wh` and `wd`: office time spent over lunch, nights, weekends and Spring Festival."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.domain.calendars.office_hours import Office, OfficeHours, add_work_minutes
from engine.domain.calendars.workdays import work_calendar
from engine.ground.durations import parse_duration

CHINA = work_calendar("CN", [2026])
HOURS = OfficeHours()  # 09:00-18:00, lunch 12:00-13:00: eight hours a day
NO_LUNCH = OfficeHours(breaks=())
SHANGHAI = Office(CHINA, HOURS, "Asia/Shanghai")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "minutes", "then"),
    [
        ("2026-03-02 09:00", 60, "2026-03-02 10:00"),
        ("2026-03-02 11:30", 60, "2026-03-02 13:30"),  # over lunch
        ("2026-03-02 12:30", 60, "2026-03-02 14:00"),  # from lunch
        ("2026-03-02 09:00", 480, "2026-03-02 18:00"),  # a whole day ends at closing time
        ("2026-03-02 09:00", 481, "2026-03-03 09:01"),
        ("2026-03-02 07:00", 60, "2026-03-02 10:00"),
        ("2026-03-02 22:00", 60, "2026-03-03 10:00"),
        ("2026-03-06 17:30", 60, "2026-03-09 09:30"),  # over a weekend
        ("2026-02-13 17:30", 60, "2026-02-14 09:30"),  # into a worked Saturday
        ("2026-02-14 17:30", 60, "2026-02-24 09:30"),  # over Spring Festival
        ("2026-02-17 10:00", 60, "2026-02-24 10:00"),
        ("2026-03-03 09:30", -60, "2026-03-02 17:30"),
        ("2026-03-02 13:30", -60, "2026-03-02 11:30"),
        ("2026-03-02 18:00", -480, "2026-03-02 09:00"),
        ("2026-02-24 09:30", -60, "2026-02-14 17:30"),
        ("2026-02-17 10:00", -60, "2026-02-14 17:00"),
        ("2026-02-17 03:00", 0, "2026-02-17 03:00"),
        ("2026-03-02 09:00:30", 60, "2026-03-02 10:00:30"),
    ],
)
def test_office_minutes(start: str, minutes: int, then: str) -> None:
    assert add_work_minutes(wall(start), minutes, CHINA, HOURS) == wall(then)


def test_an_office_without_a_lunch_break() -> None:
    assert add_work_minutes(wall("2026-03-02 11:30"), 60, CHINA, NO_LUNCH) == wall("2026-03-02 12:30")


def test_an_office_that_never_closes_on_a_working_day() -> None:
    around_the_clock = OfficeHours(0, 1440, ())
    assert add_work_minutes(wall("2026-03-06 23:30"), 60, CHINA, around_the_clock) == wall("2026-03-09 00:30")
    assert add_work_minutes(wall("2026-03-09 00:30"), -60, CHINA, around_the_clock) == wall("2026-03-06 23:30")


@pytest.mark.parametrize(
    ("start", "span", "then"),
    [
        ("2026-02-13 10:00", "2wd", "2026-02-24 10:00"),
        ("2026-02-13 10:00", "5wh", "2026-02-13 16:00"),
        ("2026-02-13 10:00", "1wd9wh", "2026-02-24 11:00"),
        ("2026-02-24 10:00", "-2wd", "2026-02-13 10:00"),
        ("2026-02-17 10:00", "3d", "2026-02-17 10:00"),  # civil days are counted elsewhere
    ],
)
def test_a_span_of_working_time_from_an_instant(start: str, span: str, then: str) -> None:
    def instant(text: str) -> int:
        return int(datetime.fromisoformat(f"{text}+08:00").timestamp())

    assert SHANGHAI.add(instant(start), parse_duration(span)) == instant(then)


def test_the_office_clock_decides_the_day() -> None:
    friday_evening_in_utc = int(datetime(2026, 3, 6, 17, 0, tzinfo=UTC).timestamp())  # Saturday in Shanghai
    monday = int(datetime(2026, 3, 9, 2, 0, tzinfo=UTC).timestamp())
    assert SHANGHAI.add(friday_evening_in_utc, parse_duration("1wh")) == monday


@pytest.mark.parametrize(
    ("opens", "closes", "breaks", "words"),
    [
        (1080, 540, (), "must close after it opens"),
        (540, 1500, (), "must close after it opens"),
        (540, 1080, ((780, 720),), "breaks must lie within"),
        (540, 1080, ((500, 600),), "breaks must lie within"),
        (540, 1080, ((720, 780), (720, 740)), "one after the other"),
    ],
)
def test_hours_that_make_no_sense_are_refused(
    opens: int, closes: int, breaks: tuple[tuple[int, int], ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        OfficeHours(opens, closes, breaks)
