"""What is measured, and how: CPU of this process, steps of SQLite's machine, figures against their floor."""

from __future__ import annotations

import gc
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

STEP = 10
"""Steps of SQLite's virtual machine between two counts."""


@dataclass(frozen=True)
class Figure:
    """One result. `bar` None: reported, not judged. `least`: the ratio must not be below the bar, else not above."""

    name: str
    ours: float
    floor: float
    unit: str
    bar: float | None = None
    least: bool = False
    spread: tuple[float, float] | None = None
    """The least and the greatest ratio of any one run, where there were several."""

    @staticmethod
    def of(
        name: str, ours: Sequence[float], floor: Sequence[float], unit: str, bar: float | None = None, *,
        least: bool = False, scale: float = 1,
    ) -> Figure:  # fmt: skip
        """The medians of runs that were taken in turn, and how far the ratios of single runs lie apart."""
        ratios = [one / other for one, other in zip(ours, floor, strict=True)]
        middle = median(ours) * scale, median(floor) * scale
        return Figure(name, *middle, unit, bar, least, (min(ratios), max(ratios)))

    @property
    def ratio(self) -> float:
        return self.ours / self.floor

    @property
    def passed(self) -> bool:
        if self.bar is None:
            return True
        return self.ratio >= self.bar if self.least else self.ratio <= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "passed": self.passed}


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU that this process, all its threads, spends on it."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def in_turn(runs: int, *works: Callable[[], float]) -> list[list[float]]:
    """What each gives, run in turn so that whatever disturbs the machine disturbs all of them."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for found, work in zip(taken, works, strict=True):
            found.append(work())
    return taken


def medians(runs: int, *works: Callable[[], float]) -> list[float]:
    """The median of each of them, run in turn."""
    return [median(found) for found in in_turn(runs, *works)]


@dataclass
class Steps:
    """A count of steps of SQLite's virtual machine."""

    count: int = 0

    def add(self) -> None:
        self.count += STEP


@contextmanager
def counted_steps(raw: sqlite3.Connection) -> Iterator[Steps]:
    """Counts the steps of every statement on that connection: work that no clock or cache disturbs."""
    steps = Steps()
    raw.set_progress_handler(steps.add, STEP)
    try:
        yield steps
    finally:
        raw.set_progress_handler(None, 0)
