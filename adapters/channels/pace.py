"""How many messages a far side takes: at most so many in any minute, kept here so that it need not say no."""

from __future__ import annotations

import math
import threading
from collections import deque


class Pace:
    """At most `most` in any `seconds`, for each key by itself. Times are time.monotonic seconds; for many threads."""

    def __init__(self, most: int, seconds: float = 60.0) -> None:
        self._most, self._seconds = most, seconds
        self._taken: dict[str, deque[float]] = {}
        self._closed_until = -math.inf
        self._lock = threading.Lock()

    def take(self, now: float, key: str = "") -> int:
        """0 if one may go now, and it counts; else whole seconds until it may be worth asking again."""
        with self._lock:
            if now < self._closed_until:
                return math.ceil(self._closed_until - now)
            taken = self._taken.setdefault(key, deque())
            while taken and taken[0] + self._seconds <= now:
                taken.popleft()
            if len(taken) >= self._most:
                return max(math.ceil(taken[0] + self._seconds - now), 1)
            taken.append(now)
            return 0

    def close(self, until: float) -> None:
        """Let nothing go until then: the far side said that it had enough."""
        with self._lock:
            self._closed_until = max(self._closed_until, until)
