"""Open hours in every zone of the world: what counts is what the receiver's wall clock shows."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.civil import local
from engine.domain.windows import (
    Hours,
    Quiet,
    ever_opens,
    intersection,
    next_open,
    open_span,
    parse_days,
    parse_hours,
    parse_quiet,
    parse_wall,
)

OFFICE = parse_hours("mon-fri", "09:00", "18:00")
DAILY = parse_hours("mon-sun", "09:00", "20:00")
NIGHT = parse_quiet("21:30", "08:00")
ZONES = sorted(available_timezones() - {"localtime"})


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def shown(instant: int, zone: str) -> str:
    return local(instant, zone).isoformat()


def shows_open(instant: int, hours: Hours, quiet: Quiet | None, zone: str) -> bool:
    """The definition: look at the wall clock."""
    wall = local(instant, zone)
    minute = wall.hour * 60 + wall.minute
    if wall.weekday() not in hours.days or not hours.opens <= minute < hours.closes:
        return False
    if any(start <= minute < end for start, end in hours.breaks):
        return False
    if quiet is None or quiet.start == quiet.end:
        return True
    if quiet.start < quiet.end:
        return not quiet.start <= minute < quiet.end
    return quiet.end <= minute < quiet.start


def test_days_are_ranges_lists_and_may_go_round_the_week() -> None:
    assert parse_days("mon-fri") == frozenset(range(5))
    assert parse_days("sat, sun") == {5, 6}
    assert parse_days("Fri-Mon") == {4, 5, 6, 0}
    assert parse_days("mon-sun") == frozenset(range(7))


@pytest.mark.parametrize("text", ["", "weekdays", "mon-", "-fri", "mon;tue", "mon-fry"])
def test_what_are_not_days_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="are not days"):
        parse_days(text)


def test_a_day_ends_at_24_00() -> None:
    assert parse_wall("24:00") == 1440
    assert parse_hours("mon", "00:00", "24:00").closes == 1440


@pytest.mark.parametrize("text", ["9:00", "24:01", "25:00", "12:60", "noon", "1200"])
def test_what_is_not_a_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time of day"):
        parse_wall(text)


def test_a_window_that_closes_before_it_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="close after it opens"):
        parse_hours("mon-fri", "18:00", "09:00")


def test_inside_the_window_the_span_is_that_days_hours() -> None:
    span = open_span(at("2026-03-02T12:00+08:00"), OFFICE, NIGHT, "Asia/Shanghai")
    assert span == (at("2026-03-02T09:00+08:00"), at("2026-03-02T18:00+08:00"))


def test_the_minute_it_closes_is_closed() -> None:
    assert open_span(at("2026-03-02T18:00+08:00"), OFFICE, NIGHT, "Asia/Shanghai") is None


def test_friday_evening_waits_for_monday_morning() -> None:
    friday = at("2026-03-06T18:30+08:00")
    assert next_open(friday, OFFICE, NIGHT, "Asia/Shanghai") == at("2026-03-09T09:00+08:00")


def test_quiet_hours_over_midnight_cut_both_ends_of_the_day() -> None:
    always = parse_hours("mon-sun", "00:00", "24:00")
    span = open_span(at("2026-03-02T12:00+00:00"), always, NIGHT, "UTC")
    assert span == (at("2026-03-02T08:00+00:00"), at("2026-03-02T21:30+00:00"))


def test_quiet_hours_in_the_middle_of_the_day_make_two_spans() -> None:
    siesta = parse_quiet("13:00", "15:00")
    assert open_span(at("2026-03-02T14:00+00:00"), DAILY, siesta, "UTC") is None
    assert next_open(at("2026-03-02T13:00+00:00"), DAILY, siesta, "UTC") == at("2026-03-02T15:00+00:00")


def test_an_opening_inside_the_hour_that_spring_skips_opens_right_after_it() -> None:
    early = parse_hours("mon-sun", "02:30", "05:00")
    opened = next_open(at("2026-03-29T00:00+01:00"), early, None, "Europe/Berlin")
    assert shown(opened, "Europe/Berlin") == "2026-03-29T03:00:00+02:00"


def test_a_window_wholly_inside_the_skipped_hour_does_not_open_that_day() -> None:
    early = parse_hours("mon-sun", "02:10", "02:50")
    opened = next_open(at("2026-03-29T00:00+01:00"), early, None, "Europe/Berlin")
    assert shown(opened, "Europe/Berlin") == "2026-03-30T02:10:00+02:00"


def test_the_hour_that_autumn_repeats_is_quiet_both_times() -> None:
    quiet = parse_quiet("21:00", "02:30")
    always = parse_hours("mon-sun", "00:00", "24:00")
    opened = next_open(at("2026-10-25T02:15+01:00"), always, quiet, "Europe/Berlin")
    assert shown(opened, "Europe/Berlin") == "2026-10-25T02:30:00+01:00"


def test_the_day_that_samoa_skipped_is_simply_not_there() -> None:
    fridays = parse_hours("fri", "09:00", "12:00")
    opened = next_open(at("2011-12-29T10:00-10:00"), fridays, None, "Pacific/Apia")
    assert shown(opened, "Pacific/Apia") == "2012-01-06T09:00:00+14:00"


def test_a_window_that_quiet_hours_cover_is_told_and_never_waited_for() -> None:
    late = parse_hours("mon-sun", "22:00", "23:00")
    assert not ever_opens(late, NIGHT)
    with pytest.raises(ValueError, match="never opens"):
        next_open(0, late, NIGHT, "UTC")


def test_a_lunch_break_is_closed_and_the_afternoon_opens_after_it() -> None:
    hours = parse_hours("mon-fri", "09:00", "18:00", ["12:00-13:30"])
    noon = at("2026-03-02T12:00+08:00")
    assert open_span(noon - 1, hours, NIGHT, "Asia/Shanghai") == (at("2026-03-02T09:00+08:00"), noon)
    assert open_span(noon, hours, NIGHT, "Asia/Shanghai") is None
    assert next_open(noon, hours, NIGHT, "Asia/Shanghai") == at("2026-03-02T13:30+08:00")


@pytest.mark.parametrize(
    ("text", "told"),
    [("12:00", "not a break"), ("13:00-12:00", "after it starts"), ("12-13", "not a time of day")],
)
def test_what_is_not_a_break_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_hours("mon-fri", "09:00", "18:00", [text])


def test_two_windows_together_are_open_when_both_are() -> None:
    shop = parse_hours("sat-mon", "10:00", "20:00", ["12:00-13:00"])
    both = intersection(OFFICE, shop)
    assert open_span(at("2026-03-02T13:00+08:00"), both, None, "Asia/Shanghai") == (
        at("2026-03-02T13:00+08:00"), at("2026-03-02T18:00+08:00"),
    )  # fmt: skip
    assert next_open(at("2026-03-02T18:00+08:00"), both, None, "Asia/Shanghai") == at("2026-03-09T10:00+08:00")


def test_windows_without_a_day_or_an_hour_in_common_never_open() -> None:
    assert not ever_opens(intersection(OFFICE, parse_hours("sat-sun", "09:00", "18:00")), None)
    assert not ever_opens(intersection(OFFICE, parse_hours("mon-fri", "18:00", "20:00")), None)


minutes = st.integers(0, 1439)
spans = st.tuples(minutes, minutes).map(lambda two: (min(two), max(two) + 1))
windows = st.builds(
    lambda days, span, breaks: Hours(frozenset(days), *span, tuple(breaks)),
    st.sets(st.integers(0, 6), min_size=1), spans, st.lists(spans, max_size=2),
)  # fmt: skip
quiets = st.none() | st.builds(Quiet, minutes, minutes)
instants = st.integers(
    int(datetime(1975, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2037, 1, 1, tzinfo=UTC).timestamp())
)


@settings(max_examples=300, deadline=None)
@given(instants, windows, quiets, st.sampled_from(ZONES))
def test_open_is_what_the_wall_clock_shows(
    instant: int, hours: Hours, quiet: Quiet | None, zone: str
) -> None:
    span = open_span(instant, hours, quiet, zone)
    assert (span is not None) == shows_open(instant, hours, quiet, zone)
    if span is not None:
        start, end = span
        assert start <= instant < end
        assert shows_open(start, hours, quiet, zone)
        assert shows_open(end - 1, hours, quiet, zone)
        assert all(shows_open(t, hours, quiet, zone) for t in range(start, end, 600))


@settings(max_examples=300, deadline=None)
@given(instants, windows, quiets, st.sampled_from(ZONES))
def test_the_next_opening_is_open_and_nothing_before_it_is(
    instant: int, hours: Hours, quiet: Quiet | None, zone: str
) -> None:
    if not ever_opens(hours, quiet):
        return
    opened = next_open(instant, hours, quiet, zone)
    assert shows_open(opened, hours, quiet, zone)
    assert next_open(opened, hours, quiet, zone) == opened
    step = max(60, (opened - instant) // 200)
    assert not any(shows_open(t, hours, quiet, zone) for t in range(instant, opened, step))


@settings(max_examples=200, deadline=None)
@given(instants, st.lists(windows, min_size=2, max_size=3), quiets, st.sampled_from(ZONES))
def test_together_they_are_open_when_each_of_them_is(
    instant: int, several: list[Hours], quiet: Quiet | None, zone: str
) -> None:
    together = open_span(instant, intersection(*several), quiet, zone)
    alone = [open_span(instant, hours, quiet, zone) for hours in several]
    if None in alone:
        assert together is None
    else:
        assert together == (max(one[0] for one in alone if one), min(one[1] for one in alone if one))


# Changes of offset near which wall clocks do their tricks: Berlin, Apia, Lord Howe (half an hour), Tehran.
TURNS = [
    ("Europe/Berlin", "2026-03-29T01:00+00:00"), ("Europe/Berlin", "2026-10-25T01:00+00:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00+00:00"), ("Australia/Lord_Howe", "2026-10-03T15:30+00:00"),
    ("Pacific/Apia", "2011-12-30T10:00+00:00"), ("Asia/Tehran", "2022-09-21T19:30+00:00"),
    ("America/Havana", "2026-11-01T05:00+00:00"), ("Africa/Casablanca", "2026-03-22T02:00+00:00"),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TURNS), st.integers(-30 * 60, 30 * 60), windows, quiets)
def test_the_same_holds_around_every_kind_of_clock_change(
    turn: tuple[str, str], minutes_off: int, hours: Hours, quiet: Quiet | None
) -> None:
    zone, change = turn
    instant = at(change) + minutes_off * 60
    assert (open_span(instant, hours, quiet, zone) is not None) == shows_open(instant, hours, quiet, zone)
