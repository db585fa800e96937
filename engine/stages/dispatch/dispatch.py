"""Sends what is due: a claim, a bounded pool of senders, a mark before content, a settlement after."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import structlog

from adapters.base import Channel, Outcome, Receipt
from engine.domain.words import Audience
from engine.ground.clock import Clock
from engine.settings.model import Settings
from engine.stages.dispatch.ledger import Attempted, Batch, Claimed, Ledger
from engine.stages.dispatch.pilot import message_of
from engine.store.database import Database
from engine.store.outbox.deliveries import Due
from engine.store.outbox.writer import Writer

log = structlog.get_logger(__name__)

_MARGIN = 2.0  # seconds of a lease that are kept for settling
_NOT_STARTED = Receipt(Outcome.WITHDRAWN, "not_started")


class _Settling(NamedTuple):
    """An outcome on its way into the database, worth trying to write until the lease is over."""

    attempted: Attempted
    written: Future[str]


class Dispatcher:
    """Keeps its senders, their connections and its writer thread between passes. One a daemon.

    `worker` names this process in claims, for people. `on_sent` hears of each message that left.
    Channels are the caller's: it closes them after `close`.
    """

    def __init__(
        self, db: Database, channels: Mapping[str, Channel], settings: Settings, clock: Clock, worker: str,
        on_sent: Callable[[Due], None] = lambda _due: None,
    ) -> None:  # fmt: skip
        self._on_sent = on_sent
        self._channels = channels
        self._settings = settings
        self._ledger = Ledger(db, settings, clock, worker, channels)
        self._writer = Writer(db, company=settings.service.senders)
        self._pool = ThreadPoolExecutor(settings.service.senders, thread_name_prefix="sender")
        self._stopping = threading.Event()
        self._halted = threading.Event()
        self._attempts: Counter[tuple[str, str, str]] = Counter()

    def run(self, got_on: Callable[[], None] = lambda: None) -> dict[str, int]:
        """One pass: send until nothing is due. Counts by outcome (see ledger.word_for).

        `got_on` is called whenever an outcome is known, in the caller's thread.

        `halted` among them: the database refused a mark or a settlement. What was not marked was not sent,
        the pass ends, and the next one goes on. If it cannot even claim, the database's error is raised.
        """
        self._halted.clear()
        counts: Counter[str] = Counter()
        while not (self._stopping.is_set() or self._halted.is_set()):
            batch = self._writer.submit(self._ledger.claim, self._settings.service.batch).result()
            counts.update(batch.ended)
            counts.update(self._send(batch, got_on))
            if not batch.seen:
                break
        if self._halted.is_set():
            counts["halted"] += 1
        return dict(counts)

    def attempts(self) -> Counter[tuple[str, str, str]]:
        """Attempts since this was last asked, by channel, what became of them, and the far side's code."""
        counted, self._attempts = self._attempts, Counter()
        return counted

    def stop(self) -> None:
        """No new claims; what is claimed but not begun goes back. Safe from a signal handler."""
        self._stopping.set()

    def close(self) -> None:
        """Finish what is in flight, write what is known, end the threads."""
        self.stop()
        self._pool.shutdown(wait=True)
        self._writer.close()

    def _send(self, batch: Batch, got_on: Callable[[], None]) -> list[str]:
        """Attempt all of a batch and see every outcome written."""
        lease_end = time.monotonic() + self._settings.service.lease - _MARGIN
        attempts = [self._pool.submit(self._attempt, claimed, lease_end) for claimed in batch.claimed]
        found = []
        for attempt in attempts:
            found.append(_settling_of(attempt))
            got_on()
        words = []
        for settling in found:
            if settling:
                words.append(word := self._confirmed(settling, lease_end))
                self._attempts[(settling.attempted.due.channel, word, settling.attempted.receipt.code)] += 1
        return words

    def _attempt(self, claimed: Claimed, lease_end: float) -> _Settling | None:
        """One attempt, in a sender's thread; None if the database is gone and the lease must run out."""
        if self._halted.is_set():
            return None
        if self._stopping.is_set() or time.monotonic() > lease_end - _MARGIN:
            receipt = _NOT_STARTED
        else:
            receipt = self._hand_over(claimed, lease_end)
        attempted = Attempted(claimed.due, receipt)
        # What a rep may read twice has time; that a customer has his is written at once.
        has_time = claimed.due.audience != Audience.LEAD
        return _Settling(attempted, self._writer.submit(self._ledger.settle, attempted, has_time=has_time))

    def _hand_over(self, claimed: Claimed, lease_end: float) -> Receipt:
        due = claimed.due
        message = message_of(due, self._settings.redirect_to.get(due.channel, ""), claimed.images)
        marked = False

        def begin() -> bool:
            nonlocal marked
            marked = self._marked(claimed)
            return marked

        try:
            return self._channels[due.channel].send(message, begin, lease_end)
        except Exception as error:  # a channel must not raise; what it did is unknown from the mark on
            log.error("channel_raised", delivery=due.id, channel=due.channel, error=type(error).__name__)
            return Receipt(Outcome.UNKNOWN if marked else Outcome.RETRY, "raised", type(error).__name__)

    def _marked(self, claimed: Claimed) -> bool:
        """Ask for the mark. If it cannot be committed nothing is sent, now or by anybody else of this pass."""
        try:
            return self._writer.submit(self._ledger.mark, claimed, has_time=True).result()
        except Exception as error:  # whatever the database says: no mark, no content
            self._halt("mark_failed", claimed.due.id, error)
            return False

    def _confirmed(self, settling: _Settling, lease_end: float) -> str:
        """The word for what became of it, once that is written; a failed commit is tried again for a while."""
        attempted, written = settling
        while True:
            try:
                word = written.result()
                break
            except Exception as error:  # the outcome is known, so it is worth insisting
                self._halt("settle_failed", attempted.due.id, error)
                if time.monotonic() > lease_end:
                    return "unsettled"
            written = self._writer.submit(self._ledger.settle, attempted)
        if word == "sent":
            self._on_sent(attempted.due)
        return word

    def _halt(self, event: str, delivery: int, error: Exception) -> None:
        self._halted.set()
        log.error(event, delivery=delivery, error=type(error).__name__)


def _settling_of(attempt: Future[_Settling | None]) -> _Settling | None:
    """The attempt's settlement; None if its thread died of something that is no Exception."""
    error = attempt.exception()
    if error is not None:
        log.error("attempt_died", error=type(error).__name__)
        return None
    return attempt.result()


def dispatch(
    db: Database, channels: Mapping[str, Channel], settings: Settings, clock: Clock, worker: str
) -> dict[str, int]:
    """One pass on its own, as `tick` runs it; see Dispatcher.run."""
    dispatcher = Dispatcher(db, channels, settings, clock, worker)
    try:
        return dispatcher.run()
    finally:
        dispatcher.close()
