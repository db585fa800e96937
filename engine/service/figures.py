"""What a daemon counts of its own work, kept in memory and added to the database's tallies now and then.

It has no port of its own: with several daemons a monitor would have to know each of them, and a daemon that is gone
could not say so. What the database holds is asked for at one place, at /metrics of the pages.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from engine.store import state, tallies
from engine.store.database import Database
from engine.store.tallies import Series

EVERY = 15.0
"""Seconds between two writings: a scrape's usual interval. Ours."""


class Figures:
    """Counters of one process. Used from many threads."""

    def __init__(self) -> None:
        self._more: defaultdict[Series, float] = defaultdict(float)
        self._failure: tuple[str, str] | None = None
        self._lock = threading.Lock()

    def count(self, metric: str, *labels: str, times: float = 1) -> None:
        """Count on."""
        with self._lock:
            self._more[Series(metric, labels)] += times

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Measure the block as that stage. An exception that leaves it is marked with the innermost stage it left."""
        began = time.monotonic()
        try:
            yield
        except BaseException as error:
            vars(error).setdefault(_STAGE, stage)
            raise
        finally:
            self._took(stage, time.monotonic() - began)

    def failed(self, job: str, error: BaseException) -> str:
        """Count a failure; the stage that it came from, or else the job."""
        stage: str = vars(error).get(_STAGE, job)
        self.count(tallies.FAILURES, stage)
        self._failure = (stage, type(error).__name__)
        return stage

    def judged(self, counts: Mapping[str, Any]) -> None:
        """Count what a pass made of touches: the keys of `tick --json`."""
        for outcome in tallies.JUDGED:
            found = counts.get(outcome, 0)
            for reason, times in found.items() if isinstance(found, Mapping) else (("", found),):
                if times:
                    self.count(tallies.TOUCHES, outcome, reason, times=times)

    def settled(self, counts: Mapping[tuple[str, str, str], int]) -> None:
        """Count attempts by channel, what became of them, and the far side's code."""
        for (channel, outcome, code), times in counts.items():
            self.count(tallies.ATTEMPTS, channel, outcome, tallies.code_class(code), times=times)

    def write(self, db: Database, now: int) -> None:
        """Add what was counted to the tallies; what cannot be written is kept for the next time."""
        with self._lock:
            more, self._more = self._more, defaultdict(float)
            failure, self._failure = self._failure, None
        if not more:
            return
        try:
            with db.writing() as connection:
                tallies.add(connection, more)
                if failure is not None:
                    state.put(connection, state.LAST_FAILURE, {"stage": failure[0], "error": failure[1]}, now)
        except BaseException:
            with self._lock:
                self._failure = self._failure or failure
                for one, times in more.items():
                    self._more[one] += times
            raise

    def _took(self, stage: str, seconds: float) -> None:
        place = bisect_left(tallies.BUCKETS, seconds)
        bucket = str(tallies.BUCKETS[place]) if place < len(tallies.BUCKETS) else "+Inf"
        self.count(tallies.SECONDS, stage, bucket)
        self.count(tallies.SECONDS_SUM, stage, times=seconds)


_STAGE = "followup_stage"
