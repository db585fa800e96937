"""What every channel keeps, as tests for pytest. A class that inherits ChannelContract and gives a fixture
`far_side` holds its own channel to all of it:

    class TestMine(ChannelContract):
        @pytest.fixture
        def far_side(self): ...  # a FarSide
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from adapters.base import Begin, Channel, Message, Outcome, Receipt
from adapters.testing.http_stub import Fault, HttpStub, drip, garbage, reset, silence, status

MESSAGE = Message(
    message_id="<k1@followup.example>", address="li.na@example.com", receiver_name="李娜",
    subject="Happy birthday", text="Happy birthday!\n", html="<p>Happy birthday!</p>", date=1_900_000_000,
)
NO_ADDRESSES = ("", "a@example.com\r\nRCPT TO:<b@example.com>", "\x1b[2J")
ENOUGH, SHORT = 10.0, 0.6
"""Seconds until the deadline, where the far side answers and where it may not."""


class Case(StrEnum):
    """What a far side may do to a message."""

    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    BAD_CREDENTIAL = "bad credential"
    BAD_RECEIVER = "bad receiver"
    OVERSIZE = "oversize"
    SERVER_ERROR = "5xx"
    TIMEOUT_BEFORE = "timeout before sending"
    TIMEOUT_AFTER = "timeout after sending"
    MALFORMED = "malformed answer"
    RESET = "connection reset"
    DRIP = "slow drip"


EXPECTED: Mapping[Case, frozenset[Outcome]] = {
    Case.ACCEPTED: frozenset({Outcome.ACCEPTED}),
    Case.THROTTLED: frozenset({Outcome.RETRY}),
    Case.BAD_CREDENTIAL: frozenset({Outcome.PERMANENT, Outcome.RETRY}),  # some are mended by a person, in time
    Case.BAD_RECEIVER: frozenset({Outcome.PERMANENT}),
    Case.OVERSIZE: frozenset({Outcome.PERMANENT, Outcome.ACCEPTED}),  # refused, or cut to what fits
    Case.SERVER_ERROR: frozenset({Outcome.RETRY}),
    Case.TIMEOUT_BEFORE: frozenset({Outcome.RETRY}),
    Case.TIMEOUT_AFTER: frozenset({Outcome.UNKNOWN}),
    Case.MALFORMED: frozenset({Outcome.UNKNOWN}),
    Case.RESET: frozenset({Outcome.UNKNOWN}),
    Case.DRIP: frozenset({Outcome.UNKNOWN}),
}
"""The outcomes that tell the truth. Besides, nothing has arrived of what a receipt calls RETRY or PERMANENT."""

Situation = Callable[[], Channel | Message | None]
"""Brings a case about, and returns what is used instead of the usual: another channel, another message, or None."""


@dataclass
class FarSide:
    """A channel, and what stands in for the other end of it."""

    channel: Channel
    arrived: Callable[[], int]
    """How many messages the far side has taken."""
    began: Callable[[], bool]
    """Whether a byte of content has reached it."""
    away: Callable[[], object] | None
    """Makes it unreachable; None if it never is."""
    cases: Mapping[Case, Situation]
    left_out: Mapping[Case, str] = field(default_factory=dict)
    """Why a case cannot come about."""
    unsure: Mapping[Case, str] = field(default_factory=dict)
    """Why the channel cannot tell, in a case where others can, and says UNKNOWN."""
    message: Message = MESSAGE
    taken: Outcome = Outcome.ACCEPTED
    """What the channel says of a message that arrived: HANDED where one of ours has it then and sends it himself."""

    def send(self, begin: Begin = lambda: True, message: Message | None = None) -> Outcome:
        return self.channel.send(message or self.message, begin, time.monotonic() + ENOUGH).outcome

    def expected(self, case: Case) -> set[Outcome]:
        """What its channel may say in that case."""
        if case in self.unsure:
            return {Outcome.UNKNOWN}
        return {self.taken if outcome is Outcome.ACCEPTED else outcome for outcome in EXPECTED[case]}

    def meet(self, case: Case, patience: float) -> Receipt:
        """What becomes of a message in that case."""
        other = self.cases[case]()
        message = other if isinstance(other, Message) else self.message
        channel = self.channel if other is None or isinstance(other, Message) else other
        return channel.send(message, lambda: True, time.monotonic() + patience)


def too_long(channel: Channel, message: Message = MESSAGE) -> Message:
    """A message of more than the channel can carry."""
    line = "第 7 位客户住在受灾地区，请马上联系\n"
    return replace(message, text=line * (channel.capabilities.max_bytes // len(line.encode()) + 2))


def http_cases(server: HttpStub, make: Callable[[str], Channel]) -> dict[Case, Situation]:
    """The cases that any channel over HTTP meets. `make` gives the channel to another address, https://HOST:PORT."""

    def next_is(fault: Fault) -> Situation:
        return lambda: server.faults.append(fault)

    return {
        Case.ACCEPTED: lambda: None,
        Case.SERVER_ERROR: next_is(status(503, "<h1>try again</h1>")),
        Case.TIMEOUT_BEFORE: lambda: make(server.mute),
        Case.TIMEOUT_AFTER: next_is(silence),
        Case.MALFORMED: next_is(garbage),
        Case.RESET: next_is(reset),
        Case.DRIP: next_is(drip),
    }


class ChannelContract:
    """The tests. `far_side` is a fixture of the class that inherits."""

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Each case and each bad address is a test of its own."""
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", list(Case), ids=str)
        if "no_address" in metafunc.fixturenames:
            metafunc.parametrize("no_address", NO_ADDRESSES, ids=["empty", "two lines", "escape"])

    def test_a_receipt_tells_the_truth(self, far_side: FarSide, case: Case) -> None:
        if case in far_side.left_out:
            assert case not in far_side.cases, "it is left out, and comes about all the same"
            return
        assert case in far_side.cases, f"nothing shows what becomes of a message: {case.value}"
        patience = SHORT if case in _SILENT else ENOUGH
        begun = time.monotonic()
        receipt = far_side.meet(case, patience)
        assert time.monotonic() - begun < patience + 1.0, "it outlasted its deadline"
        assert receipt.outcome in far_side.expected(case), receipt
        assert far_side.arrived() in _ARRIVED[receipt.outcome], receipt
        assert case is not Case.TIMEOUT_BEFORE or not far_side.began()
        assert far_side.message.address not in receipt.code + receipt.detail, "personal data in a receipt"

    def test_a_message_is_accepted_and_arrives_once(self, far_side: FarSide) -> None:
        assert far_side.send() is far_side.taken
        assert far_side.arrived() == 1

    def test_when_begin_says_no_nothing_is_sent(self, far_side: FarSide) -> None:
        assert far_side.send(begin=lambda: False) is Outcome.WITHDRAWN
        assert not far_side.began()

    def test_after_a_withdrawn_message_the_next_one_goes_out(self, far_side: FarSide) -> None:
        far_side.send(begin=lambda: False)
        assert far_side.send() is far_side.taken
        assert far_side.arrived() == 1

    def test_begin_is_called_exactly_once_and_before_any_content(self, far_side: FarSide) -> None:
        began: list[bool] = []
        far_side.send(lambda: not began.append(far_side.began()))  # type: ignore[func-returns-value]
        assert began == [False]

    def test_what_is_no_address_is_refused_for_good_before_begin(self, far_side: FarSide, no_address: str) -> None:
        called: list[str] = []
        message = replace(far_side.message, address=no_address)
        outcome = far_side.send(lambda: bool(called.append("begin")), message)  # type: ignore[func-returns-value]
        assert outcome is Outcome.PERMANENT
        assert called == []
        assert not far_side.began()

    def test_a_far_side_that_is_away_is_an_outcome_and_no_exception(self, far_side: FarSide) -> None:
        if far_side.away is None:
            return
        far_side.away()
        assert far_side.send() in (Outcome.RETRY, Outcome.UNKNOWN)

    def test_what_begin_raises_comes_through_and_nothing_is_sent(self, far_side: FarSide) -> None:
        def begin() -> bool:
            raise LookupError("the database is gone")

        came_through = ""
        try:
            far_side.send(begin)
        except LookupError as error:
            came_through = str(error)
        assert came_through == "the database is gone"
        assert not far_side.began()
        assert far_side.send() is far_side.taken

    def test_several_threads_send_at_once(self, far_side: FarSide) -> None:
        outcomes: list[Outcome] = []
        threads = [threading.Thread(target=_send_five, args=(far_side, n, outcomes)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes == [far_side.taken] * 20
        assert far_side.arrived() == 20

    def test_a_channel_that_promises_to_drop_copies_does(self, far_side: FarSide) -> None:
        assert [far_side.send(), far_side.send()] == [far_side.taken, far_side.taken]
        assert far_side.arrived() == (1 if far_side.channel.capabilities.dedupe else 2)


_SILENT = {Case.TIMEOUT_BEFORE, Case.TIMEOUT_AFTER, Case.DRIP}

_ARRIVED: Mapping[Outcome, tuple[int, ...]] = {
    Outcome.ACCEPTED: (1,),
    Outcome.HANDED: (1,),
    Outcome.UNKNOWN: (0, 1),
    Outcome.RETRY: (0,),
    Outcome.PERMANENT: (0,),
    Outcome.WITHDRAWN: (0,),
}


def _send_five(far_side: FarSide, thread: int, outcomes: list[Outcome]) -> None:
    for message in _five(far_side.message, thread):
        outcomes.append(far_side.send(message=message))


def _five(message: Message, thread: int) -> Iterator[Message]:
    for n in range(5):
        yield replace(message, message_id=f"<k{thread}-{n}@followup.example>", text=f"{thread} {n}")
