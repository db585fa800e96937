"""The threads that hand messages over to their channels, and have outcomes written as soon as they are known."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import structlog

from adapters.base import Channel, Message, Outcome, Receipt, Several
from engine.domain.words import Audience
from engine.settings.model import Settings
from engine.stages.dispatch.hand_over import SOON, Ahead, Settling, TheirHandOver
from engine.stages.dispatch.ledger import Attempted, Batch, Claimed, Ledger
from engine.stages.dispatch.pilot import message_of
from engine.store.outbox.writer import MOMENT, Writer

log = structlog.get_logger(__name__)

_MARGIN = 2.0  # seconds before the end of a lease after which nothing is begun
_PATIENCE = 0.05  # seconds that outcomes of what a rep may read twice wait for company
_BEAT = 1.0  # seconds between two looks at how far it has got
_NOT_STARTED = Receipt(Outcome.WITHDRAWN, "not_started")


class Senders:
    """A bounded pool, and a thread for each channel that sends several messages at a time.

    `stopping`: nothing more is begun, for good. `halted`: the database refused something; nothing more in this pass.
    """

    def __init__(self, writer: Writer, ledger: Ledger, channels: Mapping[str, Channel], settings: Settings) -> None:
        self.stopping = threading.Event()
        self.halted = threading.Event()
        self._writer, self._ledger, self._channels = writer, ledger, channels
        self._redirect_to = settings.redirect_to
        self._count = settings.service.senders
        self._pool = ThreadPoolExecutor(self._count, thread_name_prefix="sender")
        self._several = {name: channel for name, channel in channels.items() if isinstance(channel, Several)}
        self._pace: dict[str, float] = {}  # messages begun a second in this pass, by channel
        self._leaders = ThreadPoolExecutor(max(len(self._several), 1), thread_name_prefix="leader")

    def begin_pass(self) -> None:
        """What halted the last one, and how fast it went, says nothing of this one."""
        self.halted.clear()
        self._pace.clear()

    def soon(self) -> dict[str, int]:
        """How many of each channel's messages will have their turn at once, at the pace of this pass so far."""
        return {channel: int(pace * SOON) for channel, pace in self._pace.items()}

    def send(self, batch: Batch, lease_end: float, got_on: Callable[[], None]) -> list[Settling]:
        """Attempt all of it; their settlements. Of what died with its thread there is none.

        `got_on` is called in the caller's thread, every second in which some outcome has become known.
        """
        found: list[Settling] = []
        ahead = Ahead(batch.marked)
        groups = self._groups(batch.claimed)
        tasks = [self._leaders.submit(self._lead, group, lease_end, found, ahead) for group in groups]
        alone = [one for one in batch.claimed if one.due.channel not in self._several]
        tasks += self._singly(alone, lease_end, found, ahead)
        known, going = 0, bool(tasks)
        while going:
            going = bool(wait(tasks, timeout=_BEAT).not_done)
            if len(found) > known:
                known = len(found)
                got_on()
        self._writer.hurry()
        for task in tasks:
            _say_if_died(task)
        return found

    def halt(self, event: str, delivery: int, error: Exception) -> None:
        """Begin nothing more in this pass: the database refused to write something of that delivery."""
        self.halted.set()
        log.error(event, delivery=delivery, error=type(error).__name__)

    def close(self) -> None:
        """Finish what is in flight, and end the threads."""
        self._leaders.shutdown(wait=True)
        self._pool.shutdown(wait=True)

    def may_begin(self, lease_end: float) -> bool:
        """Whether another message is to be taken up."""
        return not (self.stopping.is_set() or self.halted.is_set()) and time.monotonic() <= lease_end - _MARGIN

    def mark(self, claimed: Sequence[Claimed]) -> list[bool]:
        """Ask for the marks. Where one cannot be committed nothing is sent, now or by anybody else of this pass."""
        answers = self._writer.submit_all(self._ledger.mark, claimed).result()
        for one, answer in zip(claimed, answers, strict=True):
            if isinstance(answer, Exception):  # whatever the database says: no mark, no content
                self.halt("mark_failed", one.due.id, answer)
        return [answer is True for answer in answers]

    def settle(self, attempted: Sequence[Attempted]) -> Settling:
        """Have it written. What a rep may read twice has time; that a customer has his is written at once."""
        patience = 0.0 if any(one.due.audience == Audience.LEAD for one in attempted) else _PATIENCE
        return Settling(attempted, self._writer.submit_all(self._ledger.settle, attempted, patience=patience))

    def _groups(self, claimed: Sequence[Claimed]) -> list[list[Claimed]]:
        """Those of each channel that sends several at a time."""
        groups: dict[str, list[Claimed]] = defaultdict(list)
        for one in claimed:
            if one.due.channel in self._several:
                groups[one.due.channel].append(one)
        return list(groups.values())

    def _lead(self, group: Sequence[Claimed], lease_end: float, found: list[Settling], ahead: Ahead) -> None:
        """Send several at a time, as far as their channel can; it is single sending that opens its connections."""
        channel = self._several[group[0].due.channel]
        while group:
            if len(group) > 1 and self.may_begin(lease_end):
                group = self._abreast(channel, group, lease_end, found, ahead)
            alone, group = group[: self._count], group[self._count :]
            for task in wait(self._singly(alone, lease_end, found, ahead)).done:
                _say_if_died(task)

    def _abreast(
        self, channel: Several, group: Sequence[Claimed], lease_end: float, found: list[Settling], ahead: Ahead
    ) -> Sequence[Claimed]:
        """Those of the group that are left for single sending."""
        hand_over = TheirHandOver(self, group, lease_end, found, ahead)
        try:
            messages = [self._message(one) for one in group]
            left = channel.send_several(messages, hand_over, self._count, lease_end)
            self._pace[group[0].due.channel] = hand_over.pace()
            return [group[place] for place in left]
        except Exception as error:  # a channel must not raise; what it did is unknown from the mark on
            log.error("channel_raised", channel=group[0].due.channel, error=type(error).__name__)
            hand_over.tell(hand_over.untold(type(error).__name__))
            return []

    def _singly(
        self, claimed: Sequence[Claimed], lease_end: float, found: list[Settling], ahead: Ahead
    ) -> list[Future[None]]:
        return [self._pool.submit(self._attempt, one, lease_end, found, ahead) for one in claimed]

    def _attempt(self, claimed: Claimed, lease_end: float, found: list[Settling], ahead: Ahead) -> None:
        """One attempt, in a sender's thread; none if the database is gone and the lease must run out."""
        if self.halted.is_set():
            return
        receipt = self._handed_over(claimed, lease_end, ahead) if self.may_begin(lease_end) else _NOT_STARTED
        found.append(self.settle([Attempted(claimed.due, receipt)]))

    def _handed_over(self, claimed: Claimed, lease_end: float, ahead: Ahead) -> Receipt:
        due, marked = claimed.due, False

        def begin() -> bool:
            nonlocal marked
            known = ahead.pop(due.id)
            marked = self._marked_alone(claimed) if known is None else known
            return marked

        try:
            return self._channels[due.channel].send(self._message(claimed), begin, lease_end)
        except Exception as error:  # a channel must not raise; what it did is unknown from the mark on
            log.error("channel_raised", delivery=due.id, channel=due.channel, error=type(error).__name__)
            return Receipt(Outcome.UNKNOWN if marked else Outcome.RETRY, "raised", type(error).__name__)

    def _marked_alone(self, claimed: Claimed) -> bool:
        """The mark of one, in company with those of other senders."""
        try:
            return self._writer.submit(self._ledger.mark, claimed, patience=MOMENT).result()
        except Exception as error:  # as above
            self.halt("mark_failed", claimed.due.id, error)
            return False

    def _message(self, claimed: Claimed) -> Message:
        due = claimed.due
        return message_of(due, self._redirect_to.get(due.channel, ""), claimed.images)


def _say_if_died(task: Future[None]) -> None:
    """Its thread died of something that is no Exception; what it had claimed waits for the end of its lease."""
    error = task.exception()
    if error is not None:
        log.error("attempt_died", error=type(error).__name__)
