"""A dry run is the real stages on a copy: a touch of it costs no more than one and a half of a real one."""

from __future__ import annotations

import pytest

from benchmarks.years import dry_run


@pytest.mark.slow
def test_a_touch_of_a_plan_costs_at_most_half_as_much_again_as_one_of_a_tick() -> None:
    ratio = dry_run(5_000, days=8, every=2)[0]
    assert ratio.passed, f"{ratio.ours:.2f} ms and {ratio.floor:.2f} ms"
