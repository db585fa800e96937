"""Working days and minutes, counted there and back, over any weekends, days off and made-up days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.domain.calendars.office_hours import OfficeHours, add_work_minutes
from engine.domain.calendars.workdays import WorkCalendar, work_calendar

CHINA = work_calendar("CN", range(2024, 2028))
DAYS = st.dates(date(2024, 3, 1), date(2027, 10, 31))
COUNTS = st.integers(-60, 60)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """China's calendar, or one with any weekend of up to six days and any single days."""
    if draw(st.booleans()):
        return CHINA
    off = draw(st.frozensets(DAYS, max_size=30))
    weekend = draw(st.frozensets(st.integers(0, 6), max_size=6))
    return WorkCalendar("CN", weekend, off, draw(st.frozensets(DAYS, max_size=30)) - off)


@st.composite
def office_hours(draw: st.DrawFn) -> OfficeHours:
    opens, start, end, closes = sorted(draw(st.lists(st.integers(0, 1440), min_size=4, max_size=4, unique=True)))
    return OfficeHours(opens, closes, draw(st.sampled_from([(), ((start, end),)])))


def worked_between(calendar: WorkCalendar, first: date, last: date) -> int:
    """Worked days after `first` up to and with `last`, one by one."""
    return sum(calendar.is_workday(first + timedelta(days=step)) for step in range(1, (last - first).days + 1))


@settings(deadline=None)
@given(calendars(), DAYS, COUNTS)
def test_adding_counts_every_worked_day_once(calendar: WorkCalendar, day: date, n: int) -> None:
    then = calendar.add_workdays(day, n)
    if n > 0:
        assert calendar.is_workday(then)
        assert worked_between(calendar, day, then) == n
    elif n < 0:
        assert calendar.is_workday(then)
        assert worked_between(calendar, then - timedelta(days=1), day - timedelta(days=1)) == -n
    else:
        assert then == day


@settings(deadline=None)
@given(calendars(), DAYS, COUNTS)
def test_from_a_worked_day_there_and_back(calendar: WorkCalendar, day: date, n: int) -> None:
    start = calendar.next_workday(day)
    assert calendar.add_workdays(calendar.add_workdays(start, n), -n) == start


@settings(deadline=None)
@given(calendars(), DAYS)
def test_shifting_lands_on_the_nearest_worked_day_and_stays(calendar: WorkCalendar, day: date) -> None:
    following, preceding = calendar.next_workday(day), calendar.previous_workday(day)
    assert preceding <= day <= following
    assert calendar.next_workday(following) == following
    assert calendar.previous_workday(preceding) == preceding
    assert (following == day) is (preceding == day) is calendar.is_workday(day)
    between = range(1, (following - preceding).days)
    assert calendar.is_workday(day) or not any(calendar.is_workday(preceding + timedelta(days=n)) for n in between)


@settings(deadline=None)
@given(calendars(), DAYS, COUNTS, COUNTS)
def test_two_steps_are_one(calendar: WorkCalendar, day: date, first: int, second: int) -> None:
    assume(first * second > 0)
    in_two = calendar.add_workdays(calendar.add_workdays(day, first), second)
    assert in_two == calendar.add_workdays(day, first + second)


@settings(deadline=None)
@given(calendars(), office_hours(), DAYS, st.times(), st.integers(-2000, 2000))
def test_office_minutes_there_and_back(calendar: WorkCalendar, hours: OfficeHours, day: date, at: time, n: int) -> None:
    """From within office time; at its edges closing time and the next opening are the same place."""
    wall = datetime.combine(calendar.next_workday(day), at)
    minute = wall.hour * 60 + wall.minute
    assume(any(start < minute < end for start, end in hours.spans()))
    there = add_work_minutes(wall, n, calendar, hours)
    assert add_work_minutes(there, -n, calendar, hours) == wall
    assert (there > wall) is (n > 0)


@settings(deadline=None)
@given(calendars(), office_hours(), DAYS, st.times(), st.integers(1, 2000), st.integers(1, 2000))
def test_office_minutes_add_up(
    calendar: WorkCalendar, hours: OfficeHours, day: date, at: time, first: int, second: int
) -> None:
    wall = datetime.combine(day, at)
    in_two = add_work_minutes(add_work_minutes(wall, first, calendar, hours), second, calendar, hours)
    assert in_two == add_work_minutes(wall, first + second, calendar, hours)


@settings(deadline=None)
@given(calendars(), st.frozensets(DAYS, max_size=10), st.frozensets(DAYS, max_size=10))
def test_days_laid_on_top_win_and_leave_the_rest(
    calendar: WorkCalendar, off: frozenset[date], work: frozenset[date]
) -> None:
    changed = calendar.with_days(off, work - off)
    assert not any(changed.is_workday(day) for day in off)
    assert all(changed.is_workday(day) for day in work - off)
    others = (date(2026, 1, 1) + timedelta(days=step) for step in range(365))
    assert all(changed.is_workday(day) is calendar.is_workday(day) for day in others if day not in off | work)
