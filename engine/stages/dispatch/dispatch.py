"""Sends what is due: a claim, a bounded pool of senders, a mark before content, a settlement after."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from adapters.base import Channel
from engine.ground.clock import Clock
from engine.settings.model import Settings
from engine.stages.dispatch.hand_over import Settling
from engine.stages.dispatch.ledger import Attempted, Batch, Ledger, Wanted
from engine.stages.dispatch.senders import Senders
from engine.store.database import Database
from engine.store.outbox.deliveries import Due
from engine.store.outbox.writer import Writer

_MARGIN = 2.0  # seconds of a lease that are kept for settling


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
        self._settings = settings
        self._ledger = Ledger(db, settings, clock, worker, channels)
        self._writer = Writer(db, company=settings.service.senders)
        self._senders = Senders(self._writer, self._ledger, channels, settings)
        self._attempts: Counter[tuple[str, str, str]] = Counter()

    def run(self, got_on: Callable[[], None] = lambda: None) -> dict[str, int]:
        """One pass: send until nothing is due. Counts by outcome (see ledger.word_for).

        `got_on` is called as outcomes become known, in the caller's thread.

        `halted` among them: the database refused a mark or a settlement. What was not marked was not sent,
        the pass ends, and the next one goes on. If it cannot even claim, the database's error is raised.
        """
        self._senders.begin_pass()
        counts: Counter[str] = Counter()
        while not (self._senders.stopping.is_set() or self._senders.halted.is_set()):
            wanted = Wanted(self._settings.service.batch, self._senders.soon())
            batch = self._writer.submit(self._ledger.claim, wanted).result()
            counts.update(batch.ended)
            counts.update(self._send(batch, got_on))
            if not batch.seen:
                break
        if self._senders.halted.is_set():
            counts["halted"] += 1
        return dict(counts)

    def attempts(self) -> Counter[tuple[str, str, str]]:
        """Attempts since this was last asked, by channel, what became of them, and the far side's code."""
        counted, self._attempts = self._attempts, Counter()
        return counted

    def stop(self) -> None:
        """No new claims; what is claimed but not begun goes back. Safe from a signal handler."""
        self._senders.stopping.set()

    def close(self) -> None:
        """Finish what is in flight, write what is known, end the threads."""
        self.stop()
        self._senders.close()
        self._writer.close()

    def _send(self, batch: Batch, got_on: Callable[[], None]) -> list[str]:
        """Attempt all of a batch and see every outcome written."""
        lease_end = time.monotonic() + self._settings.service.lease - _MARGIN
        words = []
        for settling in self._senders.send(batch, lease_end, got_on):
            for attempted, word in self._confirmed(settling, lease_end):
                words.append(word)
                self._attempts[(attempted.due.channel, word, attempted.receipt.code)] += 1
                if word == "sent":
                    self._on_sent(attempted.due)
        return words

    def _confirmed(self, settling: Settling, lease_end: float) -> Iterator[tuple[Attempted, str]]:
        """The word for what became of each, once that is written; a failed commit is tried again for a while."""
        for attempted, word in zip(settling.attempted, settling.written.result(), strict=True):
            while isinstance(word, Exception):  # the outcome is known, so it is worth insisting
                self._senders.halt("settle_failed", attempted.due.id, word)
                if time.monotonic() > lease_end:
                    word = "unsettled"
                else:
                    [word] = self._writer.submit_all(self._ledger.settle, [attempted]).result()
            yield attempted, word


def dispatch(
    db: Database, channels: Mapping[str, Channel], settings: Settings, clock: Clock, worker: str
) -> dict[str, int]:
    """One pass on its own, as `tick` runs it; see Dispatcher.run."""
    dispatcher = Dispatcher(db, channels, settings, clock, worker)
    try:
        return dispatcher.run()
    finally:
        dispatcher.close()
