"""What is planned behind the book's horizon: the dry run of `followup plan`, worked out once when somebody asks.

One at a time, in a thread of its own, and only the latest is kept, in memory. It holds for the rules and the day it was
made under; what has changed since then is not in it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import structlog

from engine.desk.planning import PlannedTouch

log = structlog.get_logger(__name__)

MOST_LEADS = 10_000
"""Customers of the largest house whose plan is worked out for a page: a quarter of theirs takes about ten seconds of a
processor. `followup plan` knows no bound. Ours."""
MOST_DAYS = 92
"""Days ahead that are worked out. Ours."""


@dataclass(frozen=True)
class Forecast:
    """What comes up until the end of the day `until`, as of `made_at` (seconds UTC). `touches` None: not worked out.

    `refusal`: why it will not be: "large" house, "far" ahead, or it "failed".
    """

    touches: Sequence[PlannedTouch] | None = None
    until: date = date.min
    made_at: int = 0
    running: bool = False
    refusal: str = ""


class Forecasts:
    """The latest forecast, kept under what it holds for: the generation of rules and the day."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: tuple[int, date] | None = None
        self._kept = Forecast()

    def of(self, key: tuple[int, date], until: date) -> Forecast:
        """The forecast that reaches as far; one without touches if there is none yet."""
        with self._lock:
            if self._kept.running:
                return Forecast(running=True)
            if self._key != key or self._kept.until < until:
                return Forecast()
            return self._kept

    def begin(self, key: tuple[int, date], until: date, now: int, work: Callable[[], Sequence[PlannedTouch]]) -> None:
        """Work one out, unless that is under way already."""
        with self._lock:
            if self._kept.running:
                return
            self._key, self._kept = key, Forecast(until=until, made_at=now, running=True)
        threading.Thread(target=self._run, args=(work,), name="forecast", daemon=True).start()

    def _run(self, work: Callable[[], Sequence[PlannedTouch]]) -> None:
        try:
            done = replace(self._kept, touches=work(), running=False)
        except Exception as error:  # whatever it is, the page has to say so, and the next one may try again
            log.exception("forecast_failed", error=type(error).__name__)
            done = replace(self._kept, running=False, refusal="failed")
        with self._lock:
            self._kept = done
