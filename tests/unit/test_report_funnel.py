"""Deals by stage: where they went from it, against what the house's did in the year before."""

from __future__ import annotations

from engine.stages.report.figures import FunnelStage
from engine.stages.report.funnel import funnel
from engine.store.lookups.report_deals import Step

STAGES = ("new", "need", "quote", "won", "lost")
STEPS = [
    Step("new", "need", 6), Step("new", "quote", 1), Step("new", "lost", 3), Step("need", "new", 1),
    Step("quote", "won", 2), Step("need", "won", 1), Step("a stage of old", "need", 1),
]  # fmt: skip


def rows(year: list[Step]) -> dict[str, FunnelStage]:
    return {row.stage: row for row in funnel(STAGES, STEPS, year, {"new": 4}, {"new": 9})}


def test_whatever_leaves_a_stage_goes_on_goes_back_or_is_lost() -> None:
    found = rows([])
    assert list(found) == ["new", "need", "quote"]
    new, need = found["new"], found["need"]
    assert (new.standing, new.entered, new.left, new.moved_on, new.lost) == (9, 4 + 1, 10, 7, 3)
    assert (need.entered, need.left, need.moved_on, need.lost) == (7, 2, 1, 0)
    assert (new.conversion, found["quote"].conversion) == (0.7, 1.0)


def test_the_mean_is_told_from_twenty_deals_on() -> None:
    assert rows([Step("new", "need", 10), Step("new", "lost", 9)])["new"].mean is None
    assert rows([Step("new", "need", 10), Step("new", "lost", 10)])["new"].mean == 0.5


def test_a_conversion_of_few_deals_says_so() -> None:
    assert rows([])["new"].too_few
    assert not FunnelStage("new", 0, 0, 20, 10, 10, 0, 0).too_few
    assert FunnelStage("new", 0, 0, 0, 0, 0, 0, 0).conversion is None
