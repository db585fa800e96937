"""A jubilee of a customer's house, from the file's date to the message: the first, third, fifth and tenth year."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.played import play

WORLD = """
inline:
  rules:
    - id: founding-jubilee
      summary: One, three, five and ten years of a customer's house
      category: festive
      on: {date: founding, only: [1, 3, 5, 10]}
      steps:
        - {id: prepare, at: -7d 09:00, remind: owner, template: reminder/signing, priority: 20, expires: 5d}
        - {id: wish, at: 0d 09:00, greet: lead, template: greeting/signing, priority: 10}
start: 2026-03-02
reps: [{id: li}]
leads: [{id: chen, owner: li, dates: [{kind: founding, year: YEAR, month: 3, day: 10}]}]
"""


@pytest.mark.parametrize("year", [2016, 2021, 2023, 2025])
def test_a_jubilee_is_prepared_a_week_before_and_wished_on_the_day(tmp_path: Path, year: int) -> None:
    story = """
steps:
  - {at: +1d, expect: [{rule: founding-jubilee, step: prepare, to: li, at: "09:00"}]}
  - {at: +8d, expect: [{rule: founding-jubilee, step: wish, to: chen, at: "09:00"}]}
"""
    assert play(tmp_path, WORLD.replace("YEAR", str(year)) + story) == []


@pytest.mark.parametrize("year", [2015, 2017, 2024, 2026])
def test_the_years_between_pass_in_silence(tmp_path: Path, year: int) -> None:
    story = """
steps:
  - {at: +1d, expect: []}
  - {at: +8d, expect: []}
"""
    assert play(tmp_path, WORLD.replace("YEAR", str(year)) + story) == []
