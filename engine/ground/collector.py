"""Python's cycle collector, at rest while rows are built.

Thousands of rows that all live until they are written leave it nothing to collect, and it looks at each of them
several times: a fifth of the time that planning a day takes (measured). Reference counting goes on as always.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Stop collecting cycles until the block ends; a bounded piece of work, no loop for ever."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
