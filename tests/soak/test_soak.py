"""The short form of the soak on each engine; `make soak SECONDS=600` is the long one."""

from __future__ import annotations

import pytest

from tests.soak.soak import Plan, in_passing


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def test_nothing_is_lost_or_doubled_where_everything_goes_wrong(engine: str) -> None:
    report = in_passing(Plan(engine, seconds=5, seed=20_261))
    assert {one.words: one.offenders for one in report.checked if one.offenders} == {}
    assert report.happened["killed"] > 0
    assert report.figures["deliveries sent"] > 0
