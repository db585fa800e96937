"""One pass of every stage: what the daemon does again and again, and `followup tick` once."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import structlog

from adapters.base import Channel
from engine.service.app import App, links_of
from engine.service.channels.build import build_channels, close_channels
from engine.service.channels.relays import RestWatch
from engine.service.looks import Looks
from engine.stages.act.act import act
from engine.stages.aside import LOOK_AGAIN, Isolation, look_again
from engine.stages.compose.compose import compose_batch
from engine.stages.compose.shelf import Shelf
from engine.stages.dispatch.ask import ask
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.dispatch.rescue import rescue
from engine.stages.plan.calendars import notice_calendars
from engine.stages.plan.passes import PlanCounts
from engine.stages.plan.plan import plan
from engine.stages.release.release import Release, ReleaseCounts
from engine.stages.signing.reminding import remind_signers
from engine.store import state
from engine.store.outbox.deliveries import Due
from engine.store.parts import in_any_order
from engine.store.turns import turn

log = structlog.get_logger(__name__)

Watch = Callable[[str], AbstractContextManager[object]]
"""Looks on while a stage works: given its name."""


@dataclass
class TickCounts:
    """What one pass did."""

    letters: Counter[str] = field(default_factory=Counter)
    plan: PlanCounts = field(default_factory=PlanCounts)
    release: ReleaseCounts = field(default_factory=ReleaseCounts)
    act: Counter[str] = field(default_factory=Counter)
    compose: Counter[str] = field(default_factory=Counter)
    dispatch: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The keys of `tick --json`; every dictionary counts by policy or reason."""
        release = self.release
        return {
            "letters": dict(self.letters),
            "planned": self.plan.touches,
            "released": release.released,
            "drafts": release.drafts,
            "suppressed": dict(release.suppressed),
            "held": dict(release.held),
            "deferred": dict(release.deferred),
            "merged": dict(release.merged),
            "expired": dict(release.expired),
            "cancelled": dict(release.cancelled),
            "done": self.act["done"] + self.act["unchanged"],
            "not_done": {key: n for key, n in self.act.items() if key not in ("done", "unchanged")},
            "superseded": self.plan.superseded,
            "dead": {key: n for key, n in self.compose.items() if key not in ("composed", "drafts")},
            **{key: self.dispatch[key] for key in ("sent", "handed", "retry", "failed", "in_doubt")},
        }

    @property
    def nothing(self) -> bool:
        """Whether the pass had nothing to do."""
        return not any(self.as_json().values())


class Stages:
    """All stages of one process, with what they keep between passes: parsed rules, templates, connections.

    `on_sent` is told of each message that left, `watch` is entered around each stage, with its name, and `got_on` is
    called whenever dispatch has, in the thread of `speak`.
    """

    def __init__(
        self, app: App, on_sent: Callable[[Due], None] = lambda _due: None, watch: Watch = nullcontext,
        got_on: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.app = app
        self._watch = watch
        self._got_on = got_on
        self.release = Release(app.db, app.settings, app.books, app.clockwork)
        self.shelf = Shelf(app.books, links_of(app))
        self.channels: Mapping[str, Channel] = build_channels(
            app.settings, app.home, app.clock.now, rehearsal=app.rehearsal
        )
        self._noticed = False
        self._looks = Looks()
        self._isolation = Isolation(app.db, app.settings)
        self._rests = RestWatch(app.db, self.channels)
        self.dispatcher = Dispatcher(app.db, self.channels, app.settings, app.clock, app.worker, on_sent)

    def think(self, counts: TickCounts) -> None:
        """plan, release and act. A clock that jumped ahead stops everything until a person has looked.

        MalformedReps: somebody wrote reps past followup that cannot be read. Leads like that are set aside.
        """
        now = self.app.clock.now()
        if clock_jumped(self.app, now):
            return
        look_again(self.app.db, self.app.settings, now, LOOK_AGAIN if self._noticed else 0)
        self._isolation.around(lambda: self._think(counts, now), now)

    def _think(self, counts: TickCounts, now: int) -> None:
        with self._watch("plan"):
            self._notice_calendars(now)
            counts.plan = plan(self.app.db, self.app.settings, self.app.books, self.app.clockwork, now)
        with self._watch("release"):
            counts.release = self.release.run(now)
        with self._watch("act"):
            counts.act = act(self.app.db, self.app.settings, self.app.books, now)
        with self._watch("signers"):
            remind_signers(self.app.db, self.app.settings, now)
        with self.app.db.writing() as connection:
            state.put(connection, state.LAST_TICK, {"worker": self.app.worker}, now)

    def _notice_calendars(self, now: int) -> None:
        """Once for each process, whose calendars never change: what was planned by other ones is planned again."""
        if not self._noticed:
            self._noticed = notice_calendars(self.app.db, self.app.books, self.app.clockwork.calendars, now)

    def speak(self, counts: TickCounts) -> None:
        """compose and dispatch; nothing after a jump of the clock, which this pass may be the first to see."""
        app, now = self.app, self.app.clock.now()
        if clock_jumped(app, now):
            return
        with self._watch("compose"):
            self._isolation.around(lambda: self._write(counts, now), now)
        with self._watch("dispatch"):
            self._isolation.around(lambda: self._send(counts), now)
        self._rests.look(app.clock.now())

    def _write(self, counts: TickCounts, now: int) -> None:
        """compose, a batch of a part at a time: a part at which another daemon is, is left to it."""
        waiting = deque((part, 0) for part in in_any_order(self.app.db) if self._looks.worth_it(part.name))
        while waiting:
            part, after = waiting.popleft()
            with turn(self.app.db, f"texts of {part.name}") as mine:
                if not mine:
                    continue
                began = time.monotonic()
                batch = compose_batch(self.app.db, self.shelf, self.app.settings, now, part=part, after=after)
            counts.compose += batch.counts
            if batch.last:
                waiting.append((part, batch.last))
            else:
                self._looks.in_vain(part.name, time.monotonic() - began)

    def _send(self, counts: TickCounts) -> None:
        counts.dispatch += Counter(self.dispatcher.run(self._got_on))

    def rescue(self, *, all_leases: bool = False) -> None:
        """Take back what a process that died, or hangs, had claimed. `all_leases`: whoever held them is gone."""
        now = self.app.clock.now()
        self._isolation.around(lambda: self._rescue(now, all_leases), now)

    def _rescue(self, now: int, all_leases: bool) -> None:
        taken = rescue(self.app.db, now, all_leases=all_leases)
        if taken:
            log.warning("rescued", counts=taken)

    def ask(self) -> None:
        """Ask vendors what colleagues did with what they were handed."""
        learned = ask(self.app.db, self.channels, self.app.clock.now())
        if learned:
            log.info("asked", counts=learned)

    def close(self) -> None:
        """Finish what is under way and let go of everything."""
        self.dispatcher.close()
        self.release.close()
        close_channels(self.channels)


def hear(app: App, counts: TickCounts, stopped: Callable[[], bool] = lambda: False) -> None:
    """Read the mailbox; what customers write stops what is planned for them."""
    if app.settings.inbox is None:
        return
    from engine.service.inbox import listen  # what reads letters is loaded only where some come

    heard = listen(app, stopped)
    counts.letters += Counter(heard.counts)
    if heard.away:
        log.warning("inbox_away", error=heard.error)


def tick_once(app: App) -> TickCounts:
    """One pass of every stage at the clock's instant."""
    stages = Stages(app)
    counts = TickCounts()
    try:
        stages.rescue(all_leases=app.alone)
        stages.ask()
        hear(app, counts)
        stages.think(counts)
        stages.speak(counts)
    finally:
        stages.close()
    return counts


def clock_jumped(app: App, now: int) -> bool:
    """Whether planning must not go on: the clock is further ahead of the last tick than an outage is made good.

    Sets a pause of everything that only a person lifts (`followup resume`), and says so.
    """
    with app.db.reading() as connection:
        last = state.get(connection, state.LAST_TICK)
        stopped = any(pause.name == state.CLOCK_JUMP for pause in state.pauses(connection))
    limit = app.settings.caps.catch_up_days * 86_400
    if not stopped and (last is None or now - last.at <= limit):
        return False
    if not stopped:
        with app.db.writing() as connection:
            state.set_pause(connection, "all", state.CLOCK_JUMP, "engine", now)
        log.error("clock_jumped", since=now - (last.at if last else now))
    return True
