"""A civil span keeps the wall time: in every zone, over every change of its clocks, and the first of two."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.civil import add, add_civil, instant
from engine.ground.durations import Duration

ZONES = (
    "Asia/Shanghai", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "America/Nuuk", "Pacific/Apia",
)  # fmt: skip
spans = st.builds(Duration, months=st.integers(-14, 14), days=st.integers(-40, 40), seconds=st.sampled_from([0, 5400]))


@given(at=st.integers(1_300_000_000, 1_900_000_000), span=spans, zone=st.sampled_from(ZONES))
def test_a_civil_span_leads_to_the_same_wall_time_on_the_day_it_names(at: int, span: Duration, zone: str) -> None:
    shown = datetime.fromtimestamp(at, ZoneInfo(zone))
    if span.months or span.days:
        expected = instant(add_civil(shown.date(), span), shown.time().replace(fold=0), zone) + span.seconds
    else:
        expected = at + span.seconds
    assert add(at, span, zone) == expected


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    the_day_before = datetime(2026, 10, 31, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    twice = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    assert add(int(the_day_before.timestamp()), Duration(days=1), "America/New_York") == int(twice.timestamp())
    the_second = int(twice.replace(fold=1).timestamp())
    assert add(the_second, Duration(months=12), "America/New_York") == int(
        datetime(2027, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York")).timestamp()
    )
