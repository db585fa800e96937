"""The pages under load: readers keep no tick waiting, and a long day costs little more than an empty one."""

from __future__ import annotations

import pytest

from benchmarks.pages import day_page
from benchmarks.readers import readers


@pytest.mark.slow
def test_a_day_with_its_tasks_costs_at_most_three_empty_ones() -> None:
    cpu, statements = day_page(5_000, runs=3)
    assert cpu.passed, cpu
    assert statements.passed, statements


@pytest.mark.slow
def test_a_hundred_readers_keep_no_tick_waiting_for_an_interval() -> None:
    late, _page, a_second = readers(5_000, seconds=5)
    assert late.passed, late
    assert a_second.ours > 0
