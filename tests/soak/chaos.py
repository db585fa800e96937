"""What happens to a house in a soak: daemons killed and started anew, changing weather, a database that restarts."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random

from adapters.channels import domains, relay
from engine.stages.dispatch import backoff
from tests.crashes.postgres import Postgres
from tests.crashes.processes import PATIENCE, started, wait_for
from tests.soak.place import Place
from tests.soak.weather import CALM, RAIN, STORM, Weather


def hurried() -> None:
    """In a daemon: time between attempts runs sixty times as fast, so that a soak sees many of each message.

    Nothing else of it is changed.
    """
    backoff.FIRST, backoff.LONGEST = 1, 8
    relay._FIRST_REST, relay._LONGEST_REST = 1, 4
    domains._FIRST_REST, domains._LONGEST_REST = 1, 4


class Daemons:
    """So many, each started again when it has ended, as a service manager does."""

    def __init__(self, place: Place, count: int) -> None:
        self._place = place
        self._rest: dict[int, float] = {}
        self._running: dict[int, ForkServerProcess] = {}
        self.counts: Counter[str] = Counter()
        for number in range(count):
            self._start(number)
        for number in range(count):
            wait_for(partial(self._is_ready, number), self.said(number))

    def said(self, number: int) -> Path:
        """Where that one's words go."""
        return self._place.house.home / f"daemon-{number}.txt"

    def kill_one(self, random: Random) -> None:
        """kill -9, and up again after a moment."""
        self._end(random, "killed", lambda one: one.kill())

    def stop_one(self, random: Random) -> None:
        """SIGTERM."""
        self._end(random, "stopped", lambda one: one.terminate())

    def look_after(self) -> None:
        """Start those whose time has come; tell those that ended by themselves."""
        for number, one in list(self._running.items()):
            if not one.is_alive():
                self.counts[f"ended with {one.exitcode}"] += 1
                del self._running[number]
                self._rest[number] = time.monotonic() + 0.5
        for number, until in list(self._rest.items()):
            if time.monotonic() >= until:
                del self._rest[number]
                self._start(number)

    def stop(self) -> list[int | None]:
        """All of them, in order; their exit codes."""
        for one in self._running.values():
            one.terminate()
        for one in self._running.values():
            one.join(PATIENCE)
            one.kill()
            one.join()
        return [one.exitcode for one in self._running.values()]

    def _is_ready(self, number: int) -> bool:
        """The first time; AssertionError if it never will be."""
        assert self._running[number].is_alive(), self.said(number).read_text()
        return b'"event": "ready"' in self.said(number).read_bytes()

    def _end(self, random: Random, word: str, how: Callable[[ForkServerProcess], None]) -> None:
        if not self._running:
            return
        number = random.choice(sorted(self._running))
        one = self._running.pop(number)
        how(one)
        one.join(PATIENCE)
        self.counts[word] += 1
        if word == "stopped" and one.exitcode not in (0, -signal.SIGTERM):
            self.counts[f"stopped, ended with {one.exitcode}"] += 1
        self._rest[number] = time.monotonic() + random.uniform(0, 2)

    def _start(self, number: int) -> None:
        arguments = ("run", "-c", str(self._place.house.config))
        self._running[number] = started(*arguments, said=self.said(number), prepare=hurried)


class Chaos:
    """Seeded: what happens, and how long after the last time."""

    def __init__(self, daemons: Daemons, weather: Weather, server: Postgres | None, random: Random) -> None:
        self._daemons, self._weather, self._server, self._random = daemons, weather, server, random
        self._next = {what: time.monotonic() + self._after(what) for what in _PAUSES if what != "restart" or server}

    def look(self) -> None:
        """Do what is due."""
        self._daemons.look_after()
        for what, at in self._next.items():
            if time.monotonic() >= at:
                self._do(what)
                self._next[what] = time.monotonic() + self._after(what)

    def _after(self, what: str) -> float:
        return self._random.uniform(*_PAUSES[what])

    def _do(self, what: str) -> None:
        if what == "kill":
            self._daemons.kill_one(self._random)
        elif what == "stop":
            self._daemons.stop_one(self._random)
        elif what == "weather":
            self._weather.likely = self._random.choice((CALM, RAIN, RAIN, STORM))
        elif self._server is not None:
            self._daemons.counts["database restarted"] += 1
            self._server.restart_at_once()


_PAUSES = {"kill": (2.0, 8.0), "stop": (20.0, 60.0), "weather": (1.0, 5.0), "restart": (15.0, 45.0)}
"""Seconds between two of them."""
