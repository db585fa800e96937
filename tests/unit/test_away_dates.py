"""When somebody is back, as automatic answers say it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stages.listen.away_dates import LONGEST, back_on

WEDNESDAY = date(2026, 2, 25)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I am out of the office until 3 March.", "2026-03-04"),
        ("I'm away until March 3rd, 2026, without access to my mail", "2026-03-04"),
        ("on leave through 3/3", "2026-03-04"),
        ("I am on vacation from 1 March to 5 March 2026", "2026-03-06"),
        ("out of office 26/02/2026 - 06/03/2026", "2026-03-07"),
        ("I will be away starting 02/26/2026 and will not return until 03/09/2026.", "2026-03-10"),
        ("I will be back on Monday", "2026-03-02"),
        ("returning Wednesday", "2026-03-04"),
        ("I return tomorrow", "2026-02-26"),
        ("I will be back in the office on Tuesday, 3 March 2026", "2026-03-03"),
        ("Back at 9:00 on 4 March", "2026-03-04"),
        ("away until 3 March, back on 9 March", "2026-03-09"),
        ("until 3.3.2026", "2026-03-04"),
        ("until 5 January", "2027-01-06"),
        ("您好,我休假至2026年3月3日", "2026-03-04"),
        ("我将于3月3日返回", "2026-03-03"),
        ("休假到3月3日返回", "2026-03-03"),
        ("2月20日至3月5日休假", "2026-03-06"),
        ("2月26日-28日出差", "2026-03-01"),
        ("我3月3号上班", "2026-03-03"),
        ("下周一返回", "2026-03-02"),
        ("週五回來", "2026-02-27"),
        ("明天回来", "2026-02-26"),
    ],
)
def test_the_first_day_on_which_he_is_back(text: str, expected: str) -> None:
    assert back_on(text, WEDNESDAY) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    ["I have limited access to my mail.", "until 31 December 2040", "back on 3 February 2026", "until 31 February",
     "ring 555-1234", "您好,邮件已收到。", ""],
)  # fmt: skip
def test_what_says_no_date_or_none_that_can_be_meant(text: str) -> None:
    assert back_on(text, WEDNESDAY) is None


@given(st.text(alphabet="0123456789 /-.年月日至到until back on MarchMonday返回", max_size=80))
def test_any_text_gives_a_day_to_come_within_a_year_or_none(text: str) -> None:
    found = back_on(text, WEDNESDAY)
    assert found is None or WEDNESDAY < found <= WEDNESDAY + LONGEST
