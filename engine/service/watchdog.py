"""Tells the service manager that the daemon lives, as long as every one of its loops gets on, and how it stands."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping

import structlog

from engine.service.notify import sd_notify
from engine.service.pulse import Pulse

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0
"""Between two looks at the loops where no manager asks for them more often. Ours."""
_OFTENER = 3
"""Keep-alives in each span that the manager gives: two may be lost. systemd asks for two at least."""


class Watchdog:
    """A thread of its own, which touches nothing that could keep it waiting.

    Once a loop is stuck there is no keep-alive, so that the manager ends this process (by SIGABRT, upon which it
    shows where each thread was) and starts another. Before that a line of the log says which loop, and where it is.
    `standing` says in a line how things are.
    """

    def __init__(self, pulse: Pulse, standing: Callable[[], str]) -> None:
        self._pulse = pulse
        self._standing = standing
        self._ended = threading.Event()
        self._stuck: list[str] = []
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Also where it was never started."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        every = seconds_between_looks(os.environ)
        while not self._ended.is_set():
            self._look()
            self._ended.wait(every)

    def _look(self) -> None:
        stuck = self._pulse.stuck()
        for loop in stuck:
            if loop not in self._stuck:
                log.error("loop_stuck", stage=loop, exception=self._pulse.where(loop))
        self._stuck = stuck
        if stuck:
            sd_notify(f"STATUS=stuck: {', '.join(stuck)}")
        else:
            sd_notify(f"WATCHDOG=1\nSTATUS={self._standing()}")


def seconds_between_looks(environment: Mapping[str, str]) -> float:
    """As often as the manager wants to hear of us: $WATCHDOG_USEC, if it is meant for this process."""
    asked, meant = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not asked.isdecimal() or meant not in ("", str(os.getpid())):
        return LOOK_SECONDS
    return min(int(asked) / 1_000_000 / _OFTENER, LOOK_SECONDS)
