"""The wall clock. Nothing else in the project reads it; everybody else is handed `now`.

An instant is an `int`: whole seconds since 1970-01-01T00:00Z. A civil date is a `datetime.date`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant, in whole seconds since the epoch (UTC)."""

    def now(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return int(time.time())


@dataclass
class FrozenClock:
    """A clock that stands until it is moved: rehearsals, rule tests, `--now`."""

    instant: int

    def now(self) -> int:
        return self.instant

    def move_to(self, instant: int) -> None:
        """Set the clock; going backwards is allowed, as real clocks do it too."""
        self.instant = instant
