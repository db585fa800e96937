"""The funnel: deals by stage, from counted steps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.domain.records import CLOSED_STAGES
from engine.stages.report.figures import FunnelStage
from engine.store.lookups.report_deals import Step

WON, LOST = CLOSED_STAGES


def funnel(
    stages: Sequence[str], steps: Iterable[Step], year: Iterable[Step], opened: Mapping[str, int],
    standing: Mapping[str, int],
) -> tuple[FunnelStage, ...]:  # fmt: skip
    """A row for every open stage, in order. `year` are the house's steps in the year before."""
    of_period, of_year = list(steps), list(year)
    found = []
    for stage in stages:
        if stage in CLOSED_STAGES:
            continue
        left, moved = _left(of_period, stage, stages)
        mean_left, mean_moved = _left(of_year, stage, stages)
        lost = sum(step.deals for step in of_period if step.left == stage and step.reached == LOST)
        entered = opened.get(stage, 0) + reached(of_period, stage)
        found.append(FunnelStage(stage, standing.get(stage, 0), entered, left, moved, lost, mean_left, mean_moved))
    return tuple(found)


def reached(steps: Iterable[Step], stage: str) -> int:
    """How many deals came to a stage."""
    return sum(step.deals for step in steps if step.reached == stage)


def _left(steps: Iterable[Step], stage: str, stages: Sequence[str]) -> tuple[int, int]:
    """How many deals left a stage, and how many of them for a later one; a lost deal went nowhere."""
    left = [step for step in steps if step.left == stage]
    later = {*stages[stages.index(stage) + 1:]} - {LOST}
    return sum(step.deals for step in left), sum(step.deals for step in left if step.reached in later)
