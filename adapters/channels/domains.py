"""Receivers' domains: so many mails at once to each, and one that has enough, or hangs, is let alone for a while.

So a slow domain holds some of the senders, never all of them, and mails to it wait without using up attempts.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from adapters.base import Message, Outcome, Receipt
from adapters.channels.headers import one_address
from adapters.channels.replies import is_about_receiver, is_crowded
from adapters.channels.rest import Rest

_PATIENCE, _FIRST_REST, _LONGEST_REST = 3, 15, 900
_STALLED = 1.0  # seconds without any progress, all places taken, after which nobody waits for a place
_MOST_KNOWN = 1000


class Place(NamedTuple):
    """Leave to send to a domain, to be given back; or, with `wait`, whole seconds until it is worth asking again."""

    domain: str
    turn: int
    wait: int = 0


class Crowded(NamedTuple):
    """A domain that is let alone until then, in seconds of the channel's clock."""

    domain: str
    until: int


class _Domain:
    def __init__(self) -> None:
        self.busy = 0
        self.moved_at = 0.0  # time.monotonic(), of the last mail that came or went
        self.rest = Rest(_PATIENCE, _FIRST_REST, _LONGEST_REST)


class Domains:
    """For many threads. `most` is the number of mails at once; `now` the clock that rests are counted in."""

    def __init__(self, most: int, now: Callable[[], float]) -> None:
        self.most, self._now = most, now
        self._known: dict[str, _Domain] = {}
        self._lock = threading.Lock()
        self._moved = threading.Condition(self._lock)
        self._waiting = 0  # for a place

    def enter(self, address: str, deadline: float) -> Place:
        """A place at the domain of that address; who finds all taken waits as long as mails come and go there."""
        name = address.rpartition("@")[2].lower()
        with self._lock:
            while True:
                domain = self._known.get(name) or self._met(name)
                if place := self._free(name, domain):
                    return place
                left = min(domain.moved_at + _STALLED, deadline) - time.monotonic()
                if left > 0:
                    self._waiting += 1
                    self._moved.wait(left)
                    self._waiting -= 1
                else:
                    domain.rest.failed(domain.rest.turn, self._now(), at_once=True)

    def enter_now(self, address: str) -> Place | None:
        """A place at the domain of that address, or how long to let it alone; None: all are taken at present."""
        name = address.rpartition("@")[2].lower()
        with self._lock:
            return self._free(name, self._known.get(name) or self._met(name))

    def leave(self, place: Place, receipt: Receipt | None) -> int:
        """Give the place back, with what became of the mail; the seconds that the domain is let alone from now on."""
        with self._lock:
            domain = self._known[place.domain]
            domain.busy -= 1
            domain.moved_at = time.monotonic()
            self._judge(domain, place.turn, receipt)
            if self._waiting:
                self._moved.notify()
            until = domain.rest.until
            return 0 if until is None else max(int(until - self._now()), 1)

    def at_rest(self) -> list[Crowded]:
        """Those that are let alone at present, by name."""
        now = self._now()
        with self._lock:
            found = [(name, one.rest.until) for name, one in self._known.items()]
        return sorted(Crowded(name, int(until)) for name, until in found if until is not None and now < until)

    def _free(self, name: str, domain: _Domain) -> Place | None:
        rest = domain.rest
        if rest.until is not None and (wait := rest.wait(self._now())):
            return Place(name, rest.turn, wait)
        if domain.busy >= self.most:
            return None
        domain.busy += 1
        domain.moved_at = time.monotonic()
        return Place(name, rest.turn)

    def _met(self, name: str) -> _Domain:
        if len(self._known) >= _MOST_KNOWN:
            self._forget()
        return self._known.setdefault(name, _Domain())

    def _forget(self) -> None:
        """Let go of the idle ones that are not at rest."""
        now = self._now()
        for name, domain in list(self._known.items()):
            until = domain.rest.until
            if domain.busy == 0 and (until is None or until <= now):
                del self._known[name]

    def _judge(self, domain: _Domain, turn: int, receipt: Receipt | None) -> None:
        if receipt is None or not is_about_receiver(receipt):
            return
        if receipt.outcome is Outcome.ACCEPTED:
            domain.rest.worked()
        elif is_crowded(receipt):
            domain.rest.failed(turn, self._now(), at_once=True)
        elif receipt.code in ("lost", "421"):
            domain.rest.failed(turn, self._now())
        else:
            domain.rest.worked()


class Queues:
    """Messages to be sent, by the domains of their receivers, each domain in its turn."""

    def __init__(self, messages: Sequence[Message], domains: Domains) -> None:
        self._domains = domains
        self._queues: dict[str, deque[tuple[int, Message]]] = {}
        self._left: list[int] = []
        for place, message in enumerate(messages):
            try:
                name = one_address(message.address).rpartition("@")[2].lower()
            except ValueError:
                self._left.append(place)
            else:
                self._queues.setdefault(name, deque()).append((place, message))
        self.abreast = sum(min(len(queue), domains.most) for queue in self._queues.values())
        """How many could be under way at once."""

    def next(self) -> tuple[int, Message, Place] | None:
        """A message, by its place among them, that has found a place at its domain; None: no domain has one."""
        for name in list(self._queues):
            domain = self._domains.enter_now(f"@{name}")
            if domain is None:
                continue
            queue = self._queues.pop(name)
            if domain.wait:
                self._left += [place for place, _ in queue]
                continue
            place, message = queue.popleft()
            if queue:
                self._queues[name] = queue
            return place, message, domain
        return None

    def next_at(self, place: Place) -> tuple[int, Message] | None:
        """Another message to the domain of that place: it may follow when the place is given back."""
        queue = self._queues.get(place.domain)
        if queue is None:
            return None
        found = queue.popleft()
        if not queue:
            del self._queues[place.domain]
        return found

    def left(self) -> list[int]:
        """Those that no place was found for, or whose domain wants rest."""
        return [*self._left, *(place for queue in self._queues.values() for place, _ in queue)]


def wants_rest(place: Place) -> Receipt:
    """The receipt of a mail that found no place."""
    why = "the receiver's domain is let alone for a while"
    return Receipt(Outcome.WITHDRAWN, "domain", why, retry_after=place.wait)
