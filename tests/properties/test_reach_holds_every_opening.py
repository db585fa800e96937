"""Working time and shifts: whatever opens in a window was reached, whichever day or instant it is counted from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.civil import DAY, instant, local_date
from engine.domain.post import Post, post_of
from engine.domain.words import Action, Audience, Misfire, Shift
from engine.ground.durations import ZERO, Duration
from engine.rulebook.model import At, Level, Rule, SignBy, Step
from engine.rulebook.trigger_kinds import After, DateTrigger, SinceTrigger
from engine.settings.model import Days, Office, Settings, Window
from engine.stages.plan.reach import occurrence_days, timestamps
from engine.stages.plan.timing import Clockwork, Moment, Place, later, step_times

ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Auckland", "Pacific/Honolulu")
COUNTRIES = ("CN", "SG", "US", "XX")
CLOSED = tuple(date(2026, 7, 20) + timedelta(days=n) for n in range(20))
CLOCKWORKS = [
    Clockwork.of(Settings(
        office=Office(country=country, timezone=zone), calendars={"CN": Days(off=CLOSED)}, windows=windows,
    ))
    for country, zone, windows in (
        ("CN", "Asia/Shanghai", {}), ("US", "America/New_York", {"lead": Window(days="mon-thu"), "rep": Window()})
    )
]  # fmt: skip

signs = st.sampled_from([1, -1])
civil = st.builds(Duration, months=st.integers(0, 2), days=st.integers(0, 9), workdays=st.integers(0, 12))
elapsed = st.builds(
    Duration, days=st.integers(0, 3), seconds=st.integers(0, 90_000), workdays=st.integers(0, 6),
    work_minutes=st.integers(0, 3_000),
)  # fmt: skip
days = st.dates(date(2025, 12, 1), date(2026, 12, 31))
shifts = st.sampled_from(list(Shift))
walls = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
places = st.builds(Place, st.sampled_from(ZONES), st.sampled_from(COUNTRIES), st.sampled_from(ZONES), st.none())
offices = st.sampled_from(CLOCKWORKS)


levels = st.none() | st.builds(
    Level, st.just(3), st.builds(Duration, days=st.integers(1, 9)) | st.builds(Duration, workdays=st.integers(1, 5)),
    st.booleans(),
)  # fmt: skip


def step_of(at: At, shift: Shift, signed: At | None, level: Level | None) -> Step:
    sign_by = SignBy("owner", signed, at) if signed else None
    return Step("s", at, Action.GREET, "lead", "t", "care", Misfire.ONCE, sign_by=sign_by, shift=shift, level=level)


def scaled(span: Duration, sign: int) -> Duration:
    return span if sign > 0 else -span


@settings(max_examples=300, deadline=None)
@given(days, civil, signs, walls, shifts, st.none() | st.integers(0, 9), places, offices, levels)
def test_every_date_whose_step_opens_in_the_window_is_reached(
    on: date, offset: Duration, sign: int, wall: time, shift: Shift, draft: int | None, place: Place, office: Clockwork,
    level: Level | None,
) -> None:  # fmt: skip
    at = At(scaled(offset, sign), wall)
    signed = None if draft is None else At(at.offset.plus(Duration(days=-draft)), wall)
    rule = Rule("r", "", "care", DateTrigger("birthday"), (step_of(at, shift, signed, level),))
    opens = step_times(rule.steps[0], Moment(on, 0), place, Audience.LEAD, office).opens_at
    lo = opens // DAY * DAY
    reached = occurrence_days(rule, lo, lo + DAY, ZONES, office.calendars)
    assert reached.first <= on <= reached.last


tables = st.dictionaries(st.sampled_from(["54", "5401", "44", "US"]), st.integers(0, 20), min_size=1).map(
    lambda days: post_of({"else": 3, **days})
)
lives = st.sampled_from([(None, "CN"), ("540102", "CN"), ("5402", "CN"), ("4401", "CN"), ("US-CA", "US"), (None, "US")])


@settings(max_examples=300, deadline=None)
@given(days, civil, walls, shifts, st.none() | st.integers(0, 9), places, offices, tables, lives)
def test_what_the_post_takes_days_for_is_begun_in_time_and_reached(
    on: date, offset: Duration, wall: time, shift: Shift, draft: int | None, place: Place, office: Clockwork,
    table: Post, lives: tuple[str | None, str],
) -> None:  # fmt: skip
    at = At(-offset, wall)
    signed = None if draft is None else At(at.offset.plus(Duration(days=-draft)), wall)
    step = replace(step_of(at, shift, signed, None), posts=(table,), expires=Duration(days=4))
    takes = table.days(*lives)
    plain = step_times(step, Moment(on, 0), place, Audience.LEAD, office)
    times = step_times(step, Moment(on, 0), place._replace(post=takes), Audience.LEAD, office)
    assert local_date(times.due_at, place.receiver_zone) <= on - timedelta(days=takes)
    assert times.due_at <= plain.due_at
    assert times.expires_at == plain.expires_at
    lo = times.opens_at // DAY * DAY
    rule = Rule("r", "", "care", DateTrigger("birthday"), (step,))
    reached = occurrence_days(rule, lo, lo + DAY, ZONES, office.calendars)
    assert reached.first <= on <= reached.last


@settings(max_examples=300, deadline=None)
@given(days, walls, elapsed, elapsed, st.none() | walls, shifts, places, offices, levels)
def test_every_timestamp_whose_step_opens_in_the_window_is_reached(
    on: date, wall: time, after: Duration, offset: Duration, at_wall: time | None, shift: Shift, place: Place,
    office: Clockwork, level: Level | None,
) -> None:  # fmt: skip
    if at_wall is not None:
        offset = Duration(days=offset.days, workdays=offset.workdays)
    step = step_of(At(offset, at_wall), shift, None, level)
    rule = Rule("r", "", "care", SinceTrigger(("last_contact",), After(after)), (step,))
    stamp = instant(on, wall, place.lead_zone)
    occurs = Moment(None, later(stamp, after, place.lead_zone, office.calendars))
    opens = step_times(rule.steps[0], occurs, place, Audience.LEAD, office).opens_at
    lo = opens // DAY * DAY
    first, last = timestamps(rule, after, ZERO, lo, lo + DAY, ZONES, office.calendars)
    assert first <= stamp < last
    assert last - first < 2 * (31 + 16 + 12 + 16) * DAY
