"""When each loop of the daemon last got on. That a clock runs beside them says nothing: what counts is work."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from engine.service.traces import places


class _Bound(NamedTuple):
    """Seconds from one turn to the next (None: whenever there is room), and without progress inside a turn."""

    every: float | None
    patience: float


class Pulse:
    """One stamp a loop. A loop is stuck when it shows no progress, or when its next turn does not come.

    Progress is whatever the loop's own thread reports by `beat`: a committed transaction, a delivery whose outcome is
    known, a piece that was read. Spans are of the monotonic clock, which stands still while the machine sleeps.
    """

    def __init__(self) -> None:
        self._bounds: dict[str, _Bound] = {}
        self._late_at: dict[str, float | None] = {}
        self._thread_of: dict[str, int] = {}
        self._mine = threading.local()

    def expect(self, loop: str, every: float | None, patience: float) -> None:
        """Count that loop in, from now on."""
        self._bounds[loop] = _Bound(every, patience)
        self._rest(loop)

    @contextmanager
    def turn(self, loop: str) -> Iterator[None]:
        """A turn of the loop, in this thread; however it ends, it has ended."""
        self._mine.loop = loop
        self._thread_of[loop] = threading.get_ident()
        self.beat()
        try:
            yield
        finally:
            self._mine.loop = None
            self._thread_of.pop(loop, None)
            self._rest(loop)

    def beat(self) -> None:
        """The loop whose turn this thread has got on. In any other thread this means nothing."""
        loop = getattr(self._mine, "loop", None)
        if loop is not None:
            self._late_at[loop] = time.monotonic() + self._bounds[loop].patience

    def stuck(self) -> list[str]:
        """The loops that should have got on before now."""
        now = time.monotonic()
        return sorted(loop for loop, late_at in self._late_at.copy().items() if late_at is not None and now > late_at)

    def where(self, loop: str) -> str:
        """The places of the code at which the loop's turn is now, a line each; "" between two turns."""
        frame = sys._current_frames().get(self._thread_of.get(loop, 0))
        return "" if frame is None else "\n".join(places(traceback.extract_stack(frame)))

    def _rest(self, loop: str) -> None:
        every, patience = self._bounds[loop]
        self._late_at[loop] = None if every is None else time.monotonic() + every + patience
