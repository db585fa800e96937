"""A far side that fails is let alone for a while, longer each time, and then asked by one message whether it works."""

from __future__ import annotations

import math


class Rest:
    """A circuit breaker. Times are seconds of one clock, the caller's; it has the lock as well.

    Until `patience` failures have come in a row nothing rests. Then the rest lasts `first` seconds, twice as long
    after each probe that fails, and at most `longest`.
    """

    def __init__(self, patience: int, first: int, longest: int) -> None:
        self._patience, self._first, self._longest = patience, first, longest
        self._failures = 0
        self._rests = 0
        self._since = 0.0
        self._until: float | None = None
        self.turn = 0
        """Grows when a rest begins or is over: an attempt of an earlier turn that fails is no news."""

    @property
    def until(self) -> float | None:
        """When it will be tried again; None: it works, as far as is known."""
        return self._until

    @property
    def troubled(self) -> bool:
        """Whether the last that was heard of it was a failure."""
        return self._failures > 0 or self._until is not None

    def wait(self, now: float) -> int:
        """Whole seconds to let it alone; 0: try it. When a rest is over this is said to one, the probe.

        Should nothing be heard of the probe, another one follows after `first` seconds.
        """
        if self._until is None:
            return 0
        if self._since <= now < self._until:  # a clock that was set back ends the rest
            return math.ceil(self._until - now)
        self._pause(now, self._first)
        return 0

    def failed(self, turn: int, now: float, *, at_once: bool = False) -> None:
        """An attempt of that turn has failed. `at_once`: patience would not help."""
        if turn != self.turn:
            return
        self._failures += 1
        if at_once or self._rests or self._failures >= self._patience:
            self._pause(now, min(self._first << min(self._rests, 16), self._longest))
            self._rests += 1

    def worked(self) -> None:
        """It did what it should."""
        self._failures = self._rests = 0
        self._until = None

    def _pause(self, now: float, seconds: int) -> None:
        self.turn += 1
        self._since, self._until = now, now + seconds
