"""Followup processes by the dozen: each one real, with a life and a death of its own, and started in a moment.

They are forked from a server that has loaded the program: starting Python anew for each costs a second and a half.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.canaries.listening import read_aloud

PATIENCE = 90.0
"""Seconds after which what is waited for is not going to happen. Nothing should come near it."""

Preparation = Callable[[], None]
"""What a process does to itself before it is followup: a function of a module, so that it finds its way there."""

_LOADED = ("engine.cli.daemon", "engine.service.process", "engine.service.reload", "engine.stages.imports")
_forks = get_context("forkserver")
_forks.set_forkserver_preload([__name__, *_LOADED])


@contextmanager
def followup(*arguments: str, said: Path, prepare: Preparation | None = None) -> Iterator[ForkServerProcess]:
    """`followup ARGUMENTS` in a process of its own, which writes to that file; killed at the end of the block."""
    running = started(*arguments, said=said, prepare=prepare)
    try:
        yield running
    finally:
        running.kill()
        running.join()
        read_aloud(said)


def started(*arguments: str, said: Path, prepare: Preparation | None = None) -> ForkServerProcess:
    """The same, for whoever ends it himself."""
    said.touch()
    running = _forks.Process(target=_live, args=(arguments, said, prepare))
    running.start()
    return running


def wait_for(what: Callable[[], object], said: Path) -> None:
    """Poll until it gives something true."""
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"it did not happen in {PATIENCE:g} s: {said.read_text(errors='replace')[-4000:]}")
        time.sleep(0.05)


def _live(arguments: Sequence[str], said: Path, prepare: Preparation | None) -> None:
    from engine.cli.main import main

    with said.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    if prepare is not None:
        prepare()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    main(list(arguments))
