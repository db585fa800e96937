"""For every zone in tzdata and every day of 2026-2028: one civil day, one touch, inside the window.

All of them are looked at, none is sampled. Zones whose UTC offset changes at the same quarters of an hour by the
same amount in those years share one run, because civil time and windows read nothing else of a zone: some 600 names
make about 100 clocks, of which every day is computed through the planner's own `step_times`. (A change is looked for
where a day ends with another offset than it began with; none is taken back within a day.)
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from engine.domain.civil import instant
from engine.domain.words import Action, Audience, Misfire
from engine.ground.durations import Duration
from engine.rulebook.model import At, Step
from engine.settings.model import QuietHours, Settings, Window
from engine.stages.plan.timing import Clockwork, Moment, Place, step_times

FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
HOUR = 3600
START = int(datetime(2025, 12, 31, tzinfo=UTC).timestamp())
END = START + (len(DAYS) + 3) * 24 * HOUR
SETTINGS = Settings(
    windows={
        "lead": Window(), "rep": Window(days="mon-sat", open="08:30", close="18:30", breaks=("12:00-13:30",)),
        "always": Window(open="00:00", close="24:00"),
    },
    quiet_hours=QuietHours(start="00:00", end="00:00"),
)  # fmt: skip
CLOCKWORK = Clockwork.of(SETTINGS)


def offsets(zone: str) -> tuple[tuple[int, timedelta | None], ...]:
    """The offset at the start, and every instant at which there is another one."""
    tz = ZoneInfo(zone)

    def offset(at: int) -> timedelta | None:
        return datetime.fromtimestamp(at, tz).utcoffset()

    changes = [(START, offset(START))]
    for midnight in range(START, END, 24 * HOUR):
        if offset(midnight + 24 * HOUR) != changes[-1][1]:
            quarters = range(midnight, midnight + 24 * HOUR + 1, HOUR // 4)
            change = next(at for at in quarters if offset(at) != changes[-1][1])
            changes.append((change, offset(change)))
    return tuple(changes)


@pytest.fixture(scope="module")
def clocks() -> list[str]:
    """One zone for every clock there is."""
    names = sorted(available_timezones() - {"localtime"})
    alike: dict[object, list[str]] = defaultdict(list)
    for name in names:
        alike[offsets(name)].append(name)
    assert sum(map(len, alike.values())) == len(names) > 500
    return [group[0] for group in alike.values()]


def step(wall: time, window: str = "") -> Step:
    return Step("one", At(Duration(), wall), Action.GREET, "lead", "x", "care", Misfire.SKIP, window=window)


def dues(step: Step, zone: str, audience: Audience = Audience.LEAD) -> list[int]:
    """The instant of every day's touch."""
    place = Place(zone, "CN", zone)
    return [step_times(step, Moment(day, 0), place, audience, CLOCKWORK).due_at for day in DAYS]


def test_a_daily_nine_o_clock_is_one_touch_a_civil_day_at_nine(clocks: list[str]) -> None:
    for zone in clocks:
        walls = [shown(at, zone) for at in dues(step(time(9)), zone)]
        assert walls == [datetime.combine(day, time(9)) for day in DAYS], zone


def test_before_opening_it_waits_for_the_opening_of_the_same_day(clocks: list[str]) -> None:
    for zone in clocks:
        walls = [shown(at, zone) for at in dues(step(time(2, 30)), zone)]
        assert walls == [datetime.combine(day, time(9)) for day in DAYS], zone


def test_at_lunch_and_on_sundays_it_waits_for_the_next_open_hour(clocks: list[str]) -> None:
    half_past_one, monday = time(13, 30), time(8, 30)
    wanted = [
        datetime.combine(day + timedelta(days=day.weekday() == 6), monday if day.weekday() == 6 else half_past_one)
        for day in DAYS
    ]
    for zone in clocks:
        assert [shown(at, zone) for at in dues(step(time(12, 15), "rep"), zone)] == wanted, zone


@pytest.mark.parametrize("wall", [time(0), time(2, 15), time(23, 45)])
def test_at_any_hour_of_the_night_it_is_still_one_touch_a_civil_day_in_order(clocks: list[str], wall: time) -> None:
    """Only a day whose last hour is skipped (Nuuk, in March) gives a touch of that hour to the next day's start."""
    for zone in clocks:
        tz = ZoneInfo(zone)
        found = dues(step(wall, "always"), zone)
        assert all(one < other for one, other in pairwise(found)), zone
        for day, at in zip(DAYS, found, strict=True):
            if datetime.fromtimestamp(at, tz).date() != day:
                before = shown(at - 1, zone)
                assert before.date() == day, (zone, day)
                assert before.time() < wall, (zone, day)
                assert shown(at, zone).time() == time(0), (zone, day)


def test_what_a_clock_skips_is_the_first_instant_after_and_what_it_repeats_the_first_of_the_two(
    clocks: list[str],
) -> None:
    """By definition, over every minute around every change of a clock in 2026 to 2028."""
    gaps = folds = 0
    for zone in clocks:
        for change, _ in offsets(zone)[1:]:
            minutes = [(at, shown(at, zone)) for at in range(change - 26 * HOUR, change + 26 * HOUR, 60)]
            first: dict[datetime, int] = {}
            twice = {wall for at, wall in minutes if first.setdefault(wall, at) != at}
            day = shown(change, zone).date()
            for minute in range(0, 1440, 5):
                wall = datetime.combine(day, time(minute // 60, minute % 60))
                expected = first.get(wall)
                gaps += expected is None
                folds += wall in twice
                if expected is None:
                    expected = next(at for at, after in minutes if after > wall)
                assert instant(day, wall.time(), zone) == expected, (zone, wall)
    assert min(gaps, folds) > 100


def shown(at: int, zone: str) -> datetime:
    """The wall clock, without its zone."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).replace(tzinfo=None)
