"""The ticker of the daemon: every loop, as often as it is wanted.

APScheduler is only the clock: in memory, UTC, coalescing, never dropping a late run. What is due comes from
the database. Every job catches whatever happens in a stage, says so, and goes on at its next turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from engine.service import figures, heart, rules_in_force
from engine.service.app import App
from engine.service.figures import Figures
from engine.service.heart import Heart
from engine.service.pulse import Pulse
from engine.service.slots import in_our_slot
from engine.service.tick import Stages, TickCounts, hear
from engine.service.tidying import TIDY_EVERY, tidy_up
from engine.service.watchdog import Watchdog
from engine.settings.meaning_feeds import seconds
from engine.settings.meaning_sources import span_seconds
from engine.store.failures import failure_word
from engine.store.outbox.deliveries import Due
from engine.store.wakeup import Ear

log = structlog.get_logger(__name__)

THINK, SPEAK = "think", "speak"
"""The executors of the two great loops, a thread each: it keeps a connection, with its cache and what it has prepared,
which threads that take turns would all have of all loops."""

OURS = ("default", THINK, SPEAK)
"""The executors of what waits for nobody else's server."""

SOURCES = "sources"
"""The executor for pulling sources: one that hangs keeps nobody else waiting."""

FEEDS = "feeds"
"""The executor for looking at feeds."""

INBOX = "inbox"
"""The executor for reading the mailbox: a server that hangs keeps nothing else waiting."""

TIDY = "tidy"
"""The executor for putting away what is old: it takes its time."""

VENDORS = "vendors"
"""The executor for asking vendors."""

ASKS = 60.0
"""Seconds between two looks at whether a vendor is to be asked what became of what colleagues were handed. Ours."""

LEASE_TURNS = 2
"""Rescues in the time of a lease."""

GRACE = 120.0
"""Seconds beyond a lease without any progress after which a loop is stuck: no statement of ours takes as long. Ours."""

ELSEWHERE = 1800.0
"""The same for a loop that waits for somebody else's server, whose queries may take their time. Ours."""

Report = Callable[[TickCounts], None]


class Daemon:
    """The jobs of one process over one set-up."""

    def __init__(self, app: App, report: Report | None = None) -> None:
        self.app = app
        self.figures = Figures()
        self.pulse = Pulse()
        self.stages = Stages(app, _note_sent, self.figures.timed, self.pulse.beat)
        self.report = report
        self.stopping = threading.Event()
        self.failures = 0
        self._ear = Ear(app.db, self._speak_now)
        self._heart = Heart(app)
        self._rules = ""
        self._sent = 0
        self._watchdog = Watchdog(self.pulse, self.standing)
        app.db.committed = self.pulse.beat
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={
                "default": ThreadPoolExecutor(max_workers=2),
                THINK: ThreadPoolExecutor(max_workers=1),
                SPEAK: ThreadPoolExecutor(max_workers=1),
                SOURCES: ThreadPoolExecutor(max_workers=2),
                FEEDS: ThreadPoolExecutor(max_workers=2),
                INBOX: ThreadPoolExecutor(max_workers=1),
                TIDY: ThreadPoolExecutor(max_workers=1),
                VENDORS: ThreadPoolExecutor(max_workers=1),
            },
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin ticking; the first pass of each job is now."""
        service = self.app.settings.service
        self.stages.rescue(all_leases=self.app.alone)
        self._heart.begin()
        self._every(service.tick, "think", self._think, THINK)
        self._every(service.dispatch, "speak", self._speak, SPEAK)
        self._ear.start()
        self._every(service.lease / LEASE_TURNS, "rescue", self._rescue)
        self._every(ASKS, "ask", self.stages.ask, VENDORS)
        for name, source in self.app.settings.sources.items():
            self._one_of_all(span_seconds(source.every), f"source {name}", partial(self._pull, name), SOURCES)
        for name, feed in self.app.settings.feeds.items():
            self._one_of_all(seconds(feed.every), f"feed {name}", partial(self._look_at, name), FEEDS)
        if self.app.settings.inbox is not None:
            self._one_of_all(seconds(self.app.settings.inbox.every), "inbox", self._hear, INBOX)
        self._one_of_all(TIDY_EVERY, "tidy", partial(tidy_up, self.app, self._ending), TIDY)
        self._every(heart.EVERY, "heart", self._heart.beat)
        self._every(figures.EVERY, "figures", self._write_figures)
        self._scheduler.start()
        self._watchdog.start()

    def stop(self) -> None:
        """No new work; finish what is under way."""
        self.stopping.set()
        self._watchdog.stop()
        self._ear.stop()
        self.stages.dispatcher.stop()
        self._scheduler.shutdown(wait=True)
        self.stages.close()
        self.guard("heart", self._heart.stop)
        self.guard("figures", self._write_figures)

    def standing(self) -> str:
        """How things are, in a line for the service manager: ids and counts only."""
        return f"{self._rules or 'looking at rules'}; {self._sent} sent since the start"

    def _one_of_all(self, seconds: float, name: str, work: Callable[[], None], executor: str) -> None:
        """What one of all daemons of a database does each time."""
        self._every(seconds, name, partial(in_our_slot, self.app, name, seconds, work, ELSEWHERE + GRACE), executor)

    def _every(self, seconds: float, name: str, work: Callable[[], object], executor: str = "default") -> None:
        """A loop of that name. Those that ask others' servers come when there is a thread for them."""
        if executor in OURS:
            self.pulse.expect(name, seconds, self.app.settings.service.lease + GRACE)
        else:
            self.pulse.expect(name, None, ELSEWHERE)
        first = datetime.fromtimestamp(self.app.clock.now(), UTC)
        self._scheduler.add_job(
            self._guarded, "interval", args=(name, work), seconds=seconds, id=name, next_run_time=first,
            executor=executor,
        )  # fmt: skip

    def _guarded(self, name: str, work: Callable[[], object]) -> None:
        """A stage that fails must not take the clock with it; what it left undone is still due next time."""
        if not self.stopping.is_set():
            with self.pulse.turn(name):
                self.guard(name, partial(self._timed, name, work))

    def guard(self, name: str, work: Callable[[], object]) -> None:
        """Do it; whatever is raised is told and counted, and ends nothing else."""
        try:
            work()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a library that wants to end the process ends this turn only
            self.failures += 1
            log.exception("stage_failed", stage=self.figures.failed(name, error), reason=failure_word(error))

    def _timed(self, name: str, work: Callable[[], object]) -> None:
        with self.figures.timed(name):
            work()

    def _ending(self) -> bool:
        """Asked between two pieces by whatever works piece by piece: it has got on, then."""
        self.pulse.beat()
        return self.stopping.is_set()

    def _think(self) -> None:
        counts = TickCounts()
        self.stages.think(counts)
        self._rules = rules_in_force.take_up(self.app, self._heart.works_with)
        self._tell(counts)

    def _speak(self) -> None:
        counts = TickCounts()
        try:
            self.stages.speak(counts)
        finally:
            self.figures.settled(self.stages.dispatcher.attempts())
        self._tell(counts)

    def _write_figures(self) -> None:
        self.figures.write(self.app.db, self.app.clock.now())

    def _speak_now(self) -> None:
        """Another daemon has written something that is to be sent: do not wait for the next pass."""
        self._scheduler.modify_job("speak", next_run_time=datetime.fromtimestamp(self.app.clock.now(), UTC))

    def _rescue(self) -> None:
        self.stages.rescue()

    def _hear(self) -> None:
        counts = TickCounts()
        hear(self.app, counts, self._ending)
        self._tell(counts)

    def _pull(self, source: str) -> None:
        from engine.service.sources import pull_when_due  # as all that reads from others: only where there is any

        pull_when_due(self.app, source, self._ending)

    def _look_at(self, feed: str) -> None:
        """In threads of their own: a feed that hangs must not keep anything else waiting."""
        from engine.service.feeds import poll

        look = poll(self.app, feed)
        for told in look.told:
            if not told.seen_before:
                log.info("feed_message", feed=feed, message=told.message, count=len(told.lines))
        if look.problems:
            log.warning("feed_problems", feed=feed, count=len(look.problems))

    def _tell(self, counts: TickCounts) -> None:
        self._sent += counts.dispatch["sent"]
        if counts.nothing:
            return
        told = counts.as_json()
        self.figures.judged(told)
        log.info("tick", counts={key: value for key, value in told.items() if value})
        if self.report is not None:
            self.report(counts)


def _note_sent(due: Due) -> None:
    """Each message that left, by its Message-ID: what a restored backup is told of what it does not know."""
    log.info("sent", delivery=due.id, channel=due.channel, message_id=due.message_id)
