"""How soon it is worth looking again where there was nothing to do.

A look for what is to be written goes past all that is written and not sent yet. On an ordinary day that is nothing;
with a hundred thousand messages on their way it takes a good part of a second, and several daemons would spend it at
every pass.
"""

from __future__ import annotations

import time

DEAR = 0.05
"""Seconds of a look that cost something. Ours."""
REST = 20
"""Times as long as a dear look took nobody looks again: so they take a twentieth of the time at most. Ours."""


class Looks:
    """What was looked at in vain, by name. Spans are of the monotonic clock."""

    def __init__(self) -> None:
        self._rest_until: dict[str, float] = {}

    def in_vain(self, name: str, took: float) -> None:
        """There was nothing, and to see that took so many seconds."""
        if took > DEAR:
            self._rest_until[name] = time.monotonic() + REST * took

    def worth_it(self, name: str) -> bool:
        """Whether to look now."""
        return time.monotonic() >= self._rest_until.get(name, 0.0)
