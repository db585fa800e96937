"""What a channel that sends several messages at a time asks and tells about them: marks, and outcomes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import NamedTuple, Protocol

from adapters.base import HandOver, Outcome, Receipt
from engine.domain.words import Audience
from engine.stages.dispatch.ledger import Attempted, Claimed

_AHEAD = 32      # marks of reps' messages that are asked for before their turn, at most
SOON = 0.25      # seconds within which their turn must come, at the pace so far
_FRESH = 1.0     # seconds after which such a mark is not used any more


class Settling(NamedTuple):
    """Outcomes on their way into the database, worth trying to write until the lease is over."""

    attempted: Sequence[Attempted]
    written: Future[list[str | Exception]]


class Ahead:
    """Answers to `begin()` that were had before their turn, by delivery. For many threads.

    `marked`: those that were marked as they were claimed, just now.
    """

    def __init__(self, marked: Iterable[int] = ()) -> None:
        until = time.monotonic() + _FRESH
        self._answers = dict.fromkeys(marked, (True, until))  # until when each is good

    def __contains__(self, delivery: int) -> bool:
        return delivery in self._answers

    def put(self, delivery: int, answer: bool) -> None:
        self._answers[delivery] = answer, time.monotonic() + _FRESH

    def is_good(self, delivery: int) -> bool:
        """Whether the answer is yes, and will be for a while."""
        answer, until = self._answers.get(delivery, (False, 0.0))
        return answer and time.monotonic() < until - _FRESH / 2

    def pop(self, delivery: int) -> bool | None:
        """The answer, which is no when it waited for too long; None: there was none."""
        answer, until = self._answers.pop(delivery, (None, 0.0))
        return answer and time.monotonic() < until


class Office(Protocol):
    """Where marks and outcomes are written."""

    def may_begin(self, lease_end: float) -> bool: ...

    def mark(self, claimed: Sequence[Claimed]) -> list[bool]: ...

    def settle(self, attempted: Sequence[Attempted]) -> Settling: ...


class TheirHandOver(HandOver):
    """Of the messages of one claim for one channel. What is settled is added to `found`.

    A rep may get a message twice, with the same Message-ID: so with the marks of some, those of the next ones are set
    as well, in the same commit. A customer's is set when its turn has come.
    """

    def __init__(
        self, office: Office, group: Sequence[Claimed], lease_end: float, found: list[Settling], ahead: Ahead
    ) -> None:
        self._office, self._group, self._lease_end, self._found = office, group, lease_end, found
        self._started = time.monotonic()
        self._begun: set[int] = set()
        self._marked = {place for place, one in enumerate(group) if one.due.id in ahead}
        self._told: set[int] = set()
        self._ahead = ahead
        self._to_reps = [place for place, one in enumerate(group) if one.due.audience != Audience.LEAD]

    def goes_on(self) -> bool:
        return self._office.may_begin(self._lease_end)

    def begin(self, places: Sequence[int]) -> Sequence[bool]:
        self._begun.update(places)
        if wanted := [place for place in places if self._ident(place) not in self._ahead]:
            self._ask([*wanted, *self._next_ones()])
        return [self._ahead.pop(self._ident(place)) is True for place in places]

    def will_say_yes(self, place: int) -> bool:
        return self._ahead.is_good(self._ident(place))

    def tell(self, receipts: Sequence[tuple[int, Receipt]]) -> None:
        self._told.update(place for place, _ in receipts)
        self._found.append(self._office.settle([Attempted(self._group[place].due, one) for place, one in receipts]))

    def pace(self) -> float:
        """Messages a second that were begun so far."""
        return len(self._begun) / max(time.monotonic() - self._started, 0.001)

    def untold(self, why: str) -> list[tuple[int, Receipt]]:
        """What is to be said of all that nothing was told of, once the channel has raised."""
        return [
            (place, Receipt(Outcome.UNKNOWN if place in self._marked else Outcome.RETRY, "raised", why))
            for place in range(len(self._group)) if place not in self._told
        ]

    def _ident(self, place: int) -> int:
        return self._group[place].due.id

    def _ask(self, places: Sequence[int]) -> None:
        for place, answer in zip(places, self._office.mark([self._group[place] for place in places]), strict=True):
            self._ahead.put(self._ident(place), answer)
            if answer:
                self._marked.add(place)

    def _next_ones(self) -> list[int]:
        """Reps' messages whose turn will come soon."""
        self._to_reps = [
            place for place in self._to_reps if place not in self._begun and self._ident(place) not in self._ahead
        ]
        return self._to_reps[: min(_AHEAD, int(self.pace() * SOON))]
