"""A benchmark that got worse than in the last runs is told, and the picture has a row for each that is judged."""

from __future__ import annotations

from typing import Any

from benchmarks.history import picture, regressions
from benchmarks.measure import Figure


def run(ratio: float, *, least: bool = False) -> dict[str, Any]:
    return {"figures": {"tick": {"ratio": ratio, "bar": 2.5, "least": least}}}


def test_a_ratio_far_above_the_median_of_the_last_runs_is_told() -> None:
    runs = [run(9.0), *(run(ratio) for ratio in (2.0, 2.1, 1.9, 2.0, 8.0))]
    assert regressions([Figure("tick", 2.4, 1, "ms", 2.5)], runs) == []
    (found,) = regressions([Figure("tick", 2.6, 1, "ms", 2.5)], runs)
    assert (found.was, found.now) == (2.0, 2.6)


def test_a_ratio_that_is_to_be_large_is_told_when_it_falls() -> None:
    runs = [run(1_000.0, least=True)]
    assert regressions([Figure("tick", 900, 1, "", 500, least=True)], runs) == []
    assert len(regressions([Figure("tick", 700, 1, "", 500, least=True)], runs)) == 1


def test_what_is_only_reported_or_new_is_no_regression() -> None:
    assert regressions([Figure("tick", 9, 1, "ms"), Figure("new", 9, 1, "ms", 1.0)], [run(1.0)]) == []


def test_the_picture_has_a_dot_for_each_run() -> None:
    assert picture([run(2.0), run(3.0)]).count("<circle") == 2
