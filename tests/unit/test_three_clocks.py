"""A lead in Los Angeles, his rep in Singapore, the office in Shanghai: each clock where it belongs."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from engine.domain.words import Action, Audience, Misfire
from engine.ground.durations import parse_duration
from engine.rulebook.model import At, Step
from engine.settings.model import Settings
from engine.stages.plan.timing import Clockwork, Moment, Place, step_times

LEAD, REP = "America/Los_Angeles", "Asia/Singapore"
CLOCKWORK = Clockwork.of(Settings())        # the office is in Shanghai, 09:00-18:00 with a break at noon
NINE = time(9)
TUESDAY = Moment(date(2026, 3, 10), 0)      # two days after clocks were put forward in Los Angeles


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def due(offset: str, wall: time | None, audience: Audience, occurs: Moment = TUESDAY) -> int:
    """When a step of that offset and wall time is due for the lead or for his rep."""
    action, zone = (Action.GREET, LEAD) if audience is Audience.LEAD else (Action.REMIND, REP)
    step = Step("one", At(parse_duration(offset), wall), action, "x", "x", "care", Misfire.ONCE)
    return step_times(step, occurs, Place(LEAD, "US", zone), audience, CLOCKWORK).due_at


@pytest.mark.parametrize(
    ("offset", "audience", "expected"),
    [
        ("0d", Audience.LEAD, "2026-03-10T09:00-07:00"),
        ("0d", Audience.REP, "2026-03-10T09:00+08:00"),
        ("-3d", Audience.LEAD, "2026-03-07T09:00-08:00"),
        ("-3d", Audience.REP, "2026-03-07T09:00+08:00"),
    ],
)
def test_a_time_of_day_is_the_receivers(offset: str, audience: Audience, expected: str) -> None:
    assert due(offset, NINE, audience) == at(expected)


# Friday 15:30 in Los Angeles is Saturday 06:30 in Singapore and Shanghai; the office works again on Monday.
LATE = Moment(None, at("2026-03-13T15:30-07:00"))


@pytest.mark.parametrize(
    ("offset", "audience", "expected"),
    [
        ("0h", Audience.LEAD, "2026-03-13T15:30-07:00"),
        ("0h", Audience.REP, "2026-03-14T08:30+08:00"),         # her window opens
        ("1d", Audience.LEAD, "2026-03-14T15:30-07:00"),
        ("5h", Audience.LEAD, "2026-03-14T09:00-07:00"),        # 20:30 is too late in the day
        ("5wh", Audience.REP, "2026-03-16T15:30+08:00"),        # Monday, noon left out
        ("5wh", Audience.LEAD, "2026-03-16T09:00-07:00"),       # that is 00:30 on his Monday
    ],
)
def test_hours_elapse_everywhere_alike_days_are_the_leads_and_working_hours_the_offices(
    offset: str, audience: Audience, expected: str
) -> None:
    assert due(offset, None, audience, LATE) == at(expected)


def test_the_day_of_an_instant_is_the_leads_even_if_the_wall_time_is_the_reps() -> None:
    assert due("1d", NINE, Audience.REP, LATE) == at("2026-03-14T09:00+08:00")
