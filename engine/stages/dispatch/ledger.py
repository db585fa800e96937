"""What dispatch writes, in batches, by the writer thread: claims, marks and settlements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from adapters.base import Channel, Image, Outcome, Receipt
from engine.domain.words import Audience, Delivery
from engine.ground.clock import Clock
from engine.settings.model import Settings
from engine.settings.timetable import Bounds, Timetable
from engine.stages.dispatch.album import Album
from engine.stages.dispatch.conclude import Conclusion, conclude
from engine.stages.dispatch.limits import Limits
from engine.stages.dispatch.settle import Terms, expired, failed, settled
from engine.store.database import Database
from engine.store.outbox import deliveries, held, rates
from engine.store.outbox.deliveries import Due, Mark, Moment
from engine.store.outbox.held import Held
from engine.store.outbox.transitions import Consequence, Transition


class Claimed(NamedTuple):
    """A delivery that is ours to send. `window_end` None: urgent, windows do not bind it."""

    due: Due
    window_end: int | None
    images: tuple[Image, ...] = ()


class Wanted(NamedTuple):
    """Up to `limit` deliveries; and of how many of each channel the turn will come at once, see Senders.soon."""

    limit: int
    soon: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Batch:
    """One claim. `seen` counts everything that was due, also what was expired, failed or put off.

    `marked`: those that have their `sending` mark already.
    """

    claimed: list[Claimed]
    ended: list[str]
    seen: int
    marked: frozenset[int]


class Attempted(NamedTuple):
    """An attempt and its outcome."""

    due: Due
    receipt: Receipt


class Ledger:
    """The writing half of dispatch. Its methods are works for a Writer: (connection, items) -> results."""

    def __init__(
        self, db: Database, settings: Settings, clock: Clock, worker: str, channels: Mapping[str, Channel]
    ) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._worker = worker
        self._channels = frozenset(channels)
        self._timetable = Timetable(settings)
        self._limits = Limits(channels, settings.caps.reserve, settings.redirect_to)
        self._album = Album()

    def claim(self, connection: Any, wishes: Sequence[Wanted]) -> list[Batch]:
        """Claim up to so many deliveries that may go; end those that cannot, put off those whose window is closed.

        Reps' messages whose turn will come at once are marked in the same commit.
        """
        moment = self._moment()
        return [self._claim(connection, wanted, moment) for wanted in wishes]

    def mark(self, connection: Any, wanted: Sequence[Claimed]) -> list[bool]:
        """The `sending` mark, for each: whether it may be sent now."""
        if not wanted:
            return []
        moment = self._moment()
        shut = self._limits.closed(connection, {one.due.channel for one in wanted}, moment.store)
        in_time = [one for one in wanted if one.window_end is None or one.window_end > moment.now]
        open_now = [one for one in in_time if one.due.channel not in shut]
        marks = [Mark(one.due.id, one.due.epoch, one.due.touch, one.due.lead, one.due.gathered) for one in open_now]
        marked = deliveries.mark(connection, marks, moment) if marks else set()
        return [one.due.id in marked for one in wanted]

    def settle(self, connection: Any, attempted: Sequence[Attempted]) -> list[str]:
        """Record outcomes; for each the word for what became of it, `lost` if the lease was."""
        now = self._clock.now()
        ids = [one.due.id for one in attempted]
        rows = held.held(connection, ids)
        kept = held.paused(connection, [one.due.id for one in attempted if one.receipt.outcome is Outcome.WITHDRAWN])
        words, conclusions = [], []
        for due, receipt in attempted:
            terms = self._terms(due, receipt, now, due.id in kept)
            row = rows[due.id]
            transition = settled(row, due.epoch, receipt, terms)
            words.append(word_for(transition))
            if transition is not None:
                conclusions.append((row, transition))
        conclude(connection, conclusions, now)
        if limited := [one for one in attempted if self._limits.limits(one.due.channel)]:
            self._limits.settled(connection, limited, self._db.now())
        return words

    def _moment(self) -> Moment:
        return Moment(self._clock.now(), self._db.now(), self._settings.service.lease)

    def _terms(self, due: Due, receipt: Receipt, now: int, paused: bool) -> Terms:
        matters = receipt.outcome is Outcome.WITHDRAWN and not due.urgent
        opens = self._timetable.next_open(now, _bounds(due), due.timezone) if matters else now
        return Terms(now, self._settings.caps.attempts, opens, paused)

    def _claim(self, connection: Any, wanted: Wanted, moment: Moment) -> Batch:
        rows = self._due(connection, wanted.limit, moment)
        ended = self._end(connection, rows, moment.now)
        live = [row for row in rows if row.id not in ended]
        ends: dict[tuple[Bounds, str], int] = {}
        spans = {row.id: None if row.urgent else self._window_end(row, moment.now, ends) for row in live}
        closed = [row for row in live if spans[row.id] == _CLOSED]
        deliveries.postpone(connection, [
            (row.id, self._timetable.next_open(moment.now, _bounds(row), row.timezone)) for row in closed
        ])  # fmt: skip
        open_now = [row for row in live if spans[row.id] != _CLOSED]
        if self._limits:
            open_now = self._limits.admitted(connection, open_now, moment)
        leased = deliveries.claim(connection, open_now, self._worker, moment)
        self._limits.take(connection, leased, moment)
        shown = self._album.shown_in(connection, leased)
        claimed = [Claimed(row, spans[row.id], shown[row.id]) for row in leased]
        soon = _to_reps_soon(claimed, wanted.soon)
        marked = {one.due.id for one, answer in zip(soon, self.mark(connection, soon), strict=True) if answer}
        return Batch(claimed, list(ended.values()), len(rows), frozenset(marked))

    def _due(self, connection: Any, limit: int, moment: Moment) -> list[Due]:
        """What may be attempted; where a channel has a limit, what is urgent first, and nothing it cannot take."""
        now, only = moment.now, self._settings.only
        if not self._limits:
            return deliveries.due(connection, now, only, limit)
        urgent, ordinary = self._limits.shut(connection, moment)
        rows = deliveries.due(connection, now, only, limit, rates.urgent(urgent))
        if len(rows) < limit:
            rows += deliveries.due(connection, now, only, limit - len(rows), rates.ordinary(ordinary))
        return rows

    def _window_end(self, row: Due, now: int, ends: dict[tuple[Bounds, str], int]) -> int:
        """When the first of the windows that are open now closes, or `_CLOSED`; what was found out stays in `ends`."""
        hours = _bounds(row), row.timezone
        if hours not in ends:
            span = self._timetable.open_span(now, *hours)
            ends[hours] = span[1] if span else _CLOSED
        return ends[hours]

    def _end(self, connection: Any, rows: Sequence[Due], now: int) -> dict[int, str]:
        """End those that cannot be sent: expired, poisonous, without channel or open hours; words by delivery."""
        endings = {row.id: ending for row in rows if (ending := self._ending(row, now))}
        found = held.held(connection, list(endings)) if endings else {}
        conclusions: list[Conclusion] = [(row, endings[key](row)) for key, row in found.items()]
        conclude(connection, conclusions, now)
        return {row.id: word_for(transition) for row, transition in conclusions}

    def _ending(self, row: Due, now: int) -> Callable[[Held], Transition] | None:
        if row.expires_at is not None and row.expires_at <= now:
            return expired
        if row.claims >= self._settings.caps.claims:
            return lambda held: failed(held, "poison", "claimed too often without an outcome")
        if row.channel not in self._channels:
            return lambda held: failed(held, "no_channel", "config.yaml no longer has this channel")
        if not row.urgent and not self._timetable.ever_opens(_bounds(row)):
            return lambda held: failed(held, "never_open", "its windows are never open together")
        return None


def _to_reps_soon(claimed: Sequence[Claimed], soon: Mapping[str, int]) -> list[Claimed]:
    """Reps' messages among the first so many of each channel: a second copy does a rep no harm."""
    before: Counter[str] = Counter()
    found = []
    for one in claimed:
        channel = one.due.channel
        if before[channel] < soon.get(channel, 0) and one.due.audience != Audience.LEAD:
            found.append(one)
        before[channel] += 1
    return found


def _bounds(row: Due) -> Bounds:
    return Bounds(row.window, row.category, row.channel)


_CLOSED = -1

_WORDS = {
    Delivery.SENT: "sent", Delivery.PENDING: "retry", Delivery.IN_DOUBT: "in_doubt", Delivery.EXPIRED: "expired",
    Delivery.FAILED: "failed", Delivery.CANCELLED: "cancelled", Delivery.HANDED: "handed",
}  # fmt: skip


def word_for(transition: Transition | None) -> str:
    """What became of a delivery, as `tick` counts it: sent, handed, retry, failed, in_doubt, expired,
    judged_again, cancelled, postponed, or lost."""
    if transition is None:
        return "lost"
    if transition.consequence in (Consequence.REJUDGE, Consequence.REGATHER):
        return "judged_again"
    return "postponed" if transition.unclaim else _WORDS[transition.target]
