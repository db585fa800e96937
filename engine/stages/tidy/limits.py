"""How much a run of putting away may do, and how it leaves room for others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a run may do: at most so many rows (None: all there is), as long as nobody says stop."""

    rows: int | None = None
    stopped: Callable[[], bool] = lambda: False
    progress: Callable[[int], None] = lambda _done: None
    """Called after each piece with how many touches have been seen to by then."""

    def reached(self, rows: int) -> bool:
        """Whether it is enough for this run."""
        return self.stopped() or (self.rows is not None and rows >= self.rows)


@contextmanager
def rest() -> Iterator[None]:
    """After a piece, rest as long as it took: others write too."""
    began = time.monotonic()
    yield
    time.sleep(time.monotonic() - began)
