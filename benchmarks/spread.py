"""What comes due at once and leaves by a channel with a limit: over which minutes of its window it goes out."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import mean

from adapters.base import Begin, Capabilities, Limit, Message, Outcome, Receipt
from benchmarks.letters import ZONE, let_go, through
from benchmarks.lives import TICK
from benchmarks.measure import Figure
from benchmarks.world import World, steady_world
from engine.ground.clock import FrozenClock
from engine.settings.timetable import Bounds
from engine.stages.compose.compose import compose
from engine.stages.compose.shelf import Shelf
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.plan.timing import Clockwork

MINUTE = 60
EVERY = 5
"""Seconds from pass to pass."""
EVENNESS = 1.25
"""The fullest minute against the mean one. Ours: an even stream, but for the first minute and the last."""


@dataclass
class Relay:
    """A far side that takes everything, so many a minute, and counts by the minute."""

    clock: FrozenClock
    capabilities: Capabilities
    taken: Counter[int] = field(default_factory=Counter)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:  # noqa: ARG002
        if not begin():
            return Receipt(Outcome.WITHDRAWN)
        self.taken[self.clock.instant // MINUTE] += 1
        return Receipt(Outcome.ACCEPTED)

    def close(self) -> None:
        """Nothing to let go of."""


def spread(size: int, wishes: int) -> list[Figure]:
    """So many wishes, let go in one minute, by a channel that takes them in three quarters of what is left of the
    window: how even they are, and when the last one leaves."""
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch, steady_world(Path(scratch), size) as world:
        left = minutes_left(world)
        taken = minute_by_minute(world, wishes, per_minute=-(-wishes * 4 // (left * 3)))
    assert taken.total() == wishes, f"{taken.total():,} of {wishes:,} left before the window closed"
    first, last = min(taken), max(taken)
    fullest, usual = max(taken.values()), mean(taken[minute] for minute in range(first, last + 1))
    name = f"{wishes:,} wishes due at once, by a channel with a limit"
    return [
        Figure(f"{name}: fullest and mean minute", fullest, usual, "mails", EVENNESS),
        Figure("  minutes until the last one left, and left of the window", last - first + 1, left, "min", 1.0),
    ]


def minutes_left(world: World) -> int:
    """How long the window of what goes to customers is still open at the tick."""
    clockwork = Clockwork.of(world.settings)
    closed = (minute for minute in range(24 * 60) if not _is_open(clockwork, TICK + minute * MINUTE))
    return next(closed)


def minute_by_minute(world: World, wishes: int, per_minute: int) -> Counter[int]:
    """How many left in each minute until the window closed."""
    reserve = world.settings.caps.reserve  # percent for what is urgent
    limit = next(most for most in count(per_minute) if most - most * reserve // 100 >= per_minute)
    clock, settings = FrozenClock(TICK), through(world.settings, 25)
    relay = Relay(clock, Capabilities(html=True, limit=Limit("relay", limit)))
    world.db.now = clock.now  # type: ignore[method-assign]
    let_go(world, "lead", wishes)
    shelf = Shelf(world.books)
    while compose(world.db, shelf, settings, TICK):
        pass
    dispatcher = Dispatcher(world.db, {"email": relay}, settings, clock, "benchmark")
    clockwork = Clockwork.of(settings)
    while _is_open(clockwork, clock.now()) and relay.taken.total() < wishes:
        dispatcher.run()
        clock.move_to(clock.now() + EVERY)
    dispatcher.close()
    return relay.taken


def _is_open(clockwork: Clockwork, at: int) -> bool:
    return clockwork.timetable.next_open(at, Bounds(clockwork.lead_window, "festive"), ZONE) == at
