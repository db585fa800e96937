"""Durations as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ground.durations import ZERO, Duration, parse_duration, parse_spread
from engine.rulebook.wording import duration_text


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90m", Duration(seconds=5400)),
        ("+0h", ZERO),
        ("5h", Duration(seconds=18_000)),
        ("-3d", Duration(days=-3)),
        ("2w", Duration(days=14)),
        ("1y6mo", Duration(months=18)),
        ("-1mo2d", Duration(months=-1, days=-2)),
        ("5wh", Duration(work_minutes=300)),
        ("3wd", Duration(workdays=3)),
        (" 100y ", Duration(months=1200)),
    ],
)
def test_a_duration_is_the_sum_of_its_parts_under_one_sign(text: str, span: Duration) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "3", "d", "3 d", "3days", "--3d", "1d-2h", "±3d", "0.5h", "1h 30m", "1M"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration; write e\.g\. 90m"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["101y", "40000d", "999999h", "999999wd", "50y50y1y"])
def test_more_than_a_century_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than a hundred years"):
        parse_duration(text)


def test_a_spread_may_carry_its_sign() -> None:
    assert parse_spread("±3d") == parse_spread("3d") == Duration(days=3)


def test_a_month_three_times_is_three_months() -> None:
    assert parse_duration("1mo").times(3) == parse_duration("3mo")


spans = st.builds(
    Duration,
    months=st.integers(0, 1000),
    days=st.integers(0, 3000),
    seconds=st.integers(0, 100_000).map(lambda minutes: minutes * 60),
    work_minutes=st.integers(0, 100).map(lambda hours: hours * 60),
    workdays=st.integers(0, 100),
)


@given(spans, st.booleans())
def test_a_duration_written_out_reads_back(span: Duration, negative: bool) -> None:
    span = -span if negative else span
    assert parse_duration(duration_text(span)) == span


@given(st.text(alphabet="0123456789+-±mohdwy .", max_size=12))
def test_a_text_is_a_duration_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(parse_duration(text), Duration)
