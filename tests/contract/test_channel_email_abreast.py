"""Mail abreast: several at a time in one thread say, fault by fault, what single sending says; what is not plain is
left to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Barrier

import pytest

from adapters.base import HandOver, Message, Outcome, Receipt
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer
from engine.ground.clock import FrozenClock
from tests.contract.test_channel_email_faults import LOST, PATIENCE, REFUSED_FOR_GOOD, REFUSED_FOR_NOW, table
from tests.faults.smtp_faults import Fault, FaultySmtp

MESSAGE = Message("<k1@followup.example>", "li.na@example.com", "Hello", ".dots\n.\n..and more\n", date=1_900_000_000)


@dataclass
class Hands(HandOver):
    """Who wants them sent: what was asked, and what was told."""

    may: Callable[[Sequence[int]], Sequence[bool]] = lambda places: [True] * len(places)
    going: bool = True
    surely: bool = False
    began: list[Sequence[int]] = field(default_factory=list)
    told: list[tuple[int, Receipt]] = field(default_factory=list)

    def goes_on(self) -> bool:
        return self.going

    def begin(self, places: Sequence[int]) -> Sequence[bool]:
        self.began.append(list(places))
        return self.may(places)

    def will_say_yes(self, place: int) -> bool:
        return self.surely and place >= 0

    def tell(self, receipts: Sequence[tuple[int, Receipt]]) -> None:
        self.told += receipts

    @property
    def outcomes(self) -> dict[int, Outcome]:
        assert len({place for place, _ in self.told}) == len(self.told), "each is told of once"
        return {place: receipt.outcome for place, receipt in self.told}

    @property
    def marked(self) -> list[int]:
        return sorted(place for places in self.began for place in places)


@contextmanager
def channel_to(*servers: FaultySmtp, open_ones: int = 2, **settings: int) -> Iterator[EmailChannel]:
    """A channel with so many connections to the first server that are open."""
    far_sides = [SmtpServer("127.0.0.1", server.port, "care@example.com") for server in servers]
    channel = EmailChannel(*far_sides, **settings)
    together = Barrier(max(open_ones, 1))
    with ThreadPoolExecutor(max(open_ones, 1)) as senders:
        for n in range(open_ones):  # each to a domain of its own, which may take one at a time
            first = replace(MESSAGE, address=f"li.na@domain{n}.example")
            senders.submit(channel.send, first, lambda: together.wait(10) >= 0, time.monotonic() + 10)
    servers[0].accepted.clear()
    servers[0].seen.clear()
    yield channel
    channel.close()


def several(count: int, address: str = "li.na@example.com") -> list[Message]:
    return [replace(MESSAGE, message_id=f"<k{n}@followup.example>", address=address) for n in range(count)]


def send(channel: EmailChannel, hands: Hands, messages: Sequence[Message], patience: float = 10.0) -> list[int]:
    return channel.send_several(messages, hands, 12, time.monotonic() + patience)


ROWS = [
    (*row, pipelining)
    for row in table() if row[0] in ("mail", "rcpt", "data", "dot")
    for pipelining in ((False, True) if row[0] in ("mail", "rcpt") else (False,))
]  # fmt: skip


@pytest.mark.parametrize(("verb", "fault", "outcome", "marked", "pipelining"), ROWS)
def test_each_fault_at_each_verb(verb: str, fault: str, outcome: Outcome, marked: bool, pipelining: bool) -> None:
    hands, started = Hands(), time.monotonic()
    with FaultySmtp(pipelining=pipelining) as server, channel_to(server) as channel:
        server.rules.append(Fault(verb, fault))
        left = send(channel, hands, several(2), PATIENCE)
        assert time.monotonic() - started < PATIENCE + 0.5
        assert set(hands.outcomes.values()) <= {outcome}
        assert sorted([*hands.outcomes, *left]) == [0, 1]
        assert hands.marked == (sorted(hands.outcomes) if marked else [])
        assert left == [] or not marked, "what may have left is never sent again"
        assert len(server.accepted) == 2 * (fault == "lose" or (verb, fault) == ("dot", "drip"))
    assert not any("example.com" in receipt.detail or "li.na" in receipt.detail for _, receipt in hands.told)


def test_many_messages_go_over_the_open_connections_and_arrive_once_each() -> None:
    hands = Hands()
    with FaultySmtp(pipelining=True) as server, channel_to(server, open_ones=3) as channel:
        assert send(channel, hands, several(20)) == []
        assert server.connections == 3
        assert sorted(mail.message_id for mail in server.accepted) == sorted(one.message_id for one in several(20))
        assert {mail.content.partition(b"\r\n\r\n")[2] for mail in server.accepted} == {b".dots\r\n.\r\n..and more\r\n"}
    assert hands.marked == list(range(20))
    assert set(hands.outcomes.values()) == {Outcome.ACCEPTED}


def test_those_whose_addresses_were_accepted_share_a_mark() -> None:
    hands = Hands()
    with FaultySmtp() as server, channel_to(server, open_ones=4) as channel:
        send(channel, hands, several(4))
    assert max(len(places) for places in hands.began) > 1


def test_none_is_sent_that_may_not_be_and_its_connection_carries_the_next() -> None:
    hands = Hands(may=lambda places: [place % 2 == 0 for place in places])
    with FaultySmtp() as server, channel_to(server) as channel:
        assert send(channel, hands, several(8)) == []
        assert (server.connections, server.seen.count("rset"), len(server.accepted)) == (2, 4, 4)
    assert [hands.outcomes[place] for place in range(8)] == [Outcome.ACCEPTED, Outcome.WITHDRAWN] * 4


def test_data_goes_with_the_envelope_where_begin_will_say_yes_and_no_content_before_it_has() -> None:
    asked: list[int] = []

    def once_no(places: Sequence[int]) -> Sequence[bool]:
        asked.append(server.seen.count("data"))
        return [place != 5 for place in places]

    hands = Hands(may=once_no, surely=True)
    with FaultySmtp(pipelining=True, latency=0.002) as server, channel_to(server, open_ones=1) as channel:
        left = send(channel, hands, several(8))
        assert sorted(mail.message_id for mail in server.accepted) == [f"<k{n}@followup.example>" for n in range(5)]
        assert (hands.outcomes[5], left) == (Outcome.WITHDRAWN, [6, 7])
        assert server.seen.count("rset") == 0
    assert asked[:2] == [0, 1], "the first tells how quick the server is"
    assert hands.marked == list(range(6))


def test_a_slow_server_gets_data_once_begin_was_called() -> None:
    asked: list[int] = []

    def may(places: Sequence[int]) -> Sequence[bool]:
        asked.append(server.seen.count("data"))
        return [True] * len(places)

    hands = Hands(may=may, surely=True)
    with FaultySmtp(pipelining=True, latency=0.11) as server, channel_to(server, open_ones=1) as channel:
        assert send(channel, hands, several(3)) == []
    assert asked == [0, 1, 2]


@pytest.mark.parametrize("surely", [False, True])
@pytest.mark.parametrize("fault", ["450", "554", "421", "reset", "lose", "garbage", "hang"])
@pytest.mark.parametrize("verb", ["data", "dot"])
def test_what_was_asked_for_behind_a_fault_arrives_once_all_the_same(verb: str, fault: str, surely: bool) -> None:
    if (verb, fault) == ("data", "lose"):
        pytest.skip("there is nothing to lose before the dot")
    hands = Hands(surely=surely)
    with FaultySmtp([Fault(verb, fault, nth=4)], pipelining=True) as server, channel_to(server) as channel:
        left = send(channel, hands, several(8), patience=1.0 if fault == "hang" else 10.0)
        outcomes = hands.outcomes
        assert sorted([*outcomes, *left]) == list(range(8))
        assert set(left).isdisjoint(hands.marked)
        for place in left:
            outcomes[place] = channel.send(several(8)[place], lambda: True, time.monotonic() + 10).outcome
        assert sum(outcome is not Outcome.ACCEPTED for outcome in outcomes.values()) == 1
        arrived = [mail.message_id for mail in server.accepted]
        assert (len(arrived), len(set(arrived))) == (7 + (fault == "lose"),) * 2


@pytest.mark.parametrize("surely", [False, True])
@pytest.mark.parametrize("fault", [*REFUSED_FOR_NOW, *REFUSED_FOR_GOOD, *LOST])
def test_one_bad_receiver_disturbs_nobody_else(fault: str, surely: bool) -> None:
    hands, faults = Hands(surely=surely), [Fault("rcpt", fault, receiver="bad@elsewhere.example")]
    messages = [*several(3), *several(1, "bad@elsewhere.example"), *several(6)]
    with FaultySmtp(faults, pipelining=surely) as server, channel_to(server) as channel:
        left = send(channel, hands, messages, patience=2.0 if fault in LOST else 10.0)
        assert len(server.accepted) == 9
    assert [place for place in range(10) if hands.outcomes.get(place) is not Outcome.ACCEPTED] == [3]
    assert left == [] or left == [3]


def test_a_begin_that_outlasts_the_deadline_leaves_nothing_in_doubt() -> None:
    def slow(places: Sequence[int]) -> Sequence[bool]:
        time.sleep(0.3)
        return [True] * len(places)

    hands = Hands(may=slow)
    with FaultySmtp() as server, channel_to(server) as channel:
        send(channel, hands, several(2), patience=0.2)
        assert "data" not in server.seen
    assert {(one.outcome, one.code) for _, one in hands.told} == {(Outcome.RETRY, "late")}


def test_what_begin_raises_comes_through_and_nothing_is_sent() -> None:
    def raises(_places: Sequence[int]) -> Sequence[bool]:
        raise LookupError("the database is gone")

    with FaultySmtp() as server, channel_to(server) as channel:
        with pytest.raises(LookupError, match="gone"):
            send(channel, Hands(may=raises), several(2))
        assert "data" not in server.seen
        assert channel.send(MESSAGE, lambda: True, time.monotonic() + 10).outcome is Outcome.ACCEPTED


def test_without_open_connections_all_is_left_and_the_server_hears_nothing() -> None:
    with FaultySmtp() as server, channel_to(server, open_ones=0) as channel:
        assert send(channel, Hands(), several(3)) == [0, 1, 2]
        assert server.connections == 0


def test_too_few_open_connections_for_so_much_are_left_to_grow() -> None:
    with FaultySmtp() as server, channel_to(server, open_ones=1) as channel:
        assert send(channel, Hands(), several(96)) == list(range(96))
        assert server.seen == []


def test_nothing_is_taken_up_once_it_is_to_stop() -> None:
    with FaultySmtp() as server, channel_to(server) as channel:
        assert send(channel, Hands(going=False), several(3)) == [0, 1, 2]
        assert server.seen == []


def test_a_connection_is_let_go_after_a_hundred_messages() -> None:
    hands = Hands()
    with FaultySmtp() as server, channel_to(server, open_ones=1) as channel:
        assert send(channel, hands, several(15)) == []
        for _ in range(6):
            send(channel, hands := Hands(), several(15))
        assert len(server.accepted) + 1 == 100
        assert len(hands.told) == 9


def test_a_domain_takes_so_many_at_once_and_others_go_beside_it() -> None:
    hands = Hands()
    with FaultySmtp(latency=0.01) as server, channel_to(server, open_ones=4, per_domain=1) as channel:
        assert send(channel, hands, [*several(4), *several(2, "wang@other.example")]) == []
        assert len(server.accepted) == 6
    assert max(len(places) for places in hands.began) <= 2


def test_a_domain_at_rest_is_for_single_sending_to_tell() -> None:
    slow = "wang@slow.example"
    with FaultySmtp([Fault("rcpt", "452", receiver=slow)]) as server:
        with channel_to(server, now=FrozenClock(1_900_000_000).now) as channel:
            assert channel.send(replace(MESSAGE, address=slow), lambda: True, time.monotonic() + 10).retry_after == 15
            hands = Hands()
            assert send(channel, hands, [*several(2), *several(2, slow)]) == [2, 3]
        assert set(hands.outcomes) == {0, 1}


def test_what_the_first_of_two_relays_refuses_is_left_so_that_the_second_is_asked() -> None:
    hands = Hands()
    with FaultySmtp() as first, FaultySmtp() as second, channel_to(first, second) as channel:
        first.rules.append(Fault("rcpt", "451"))
        left = send(channel, hands, several(2))
        assert (left, hands.told) == ([0, 1], [])
        receipt = channel.send(several(1)[0], lambda: True, time.monotonic() + 10)
        assert (receipt.outcome, len(second.accepted)) == (Outcome.ACCEPTED, 1)


def test_a_long_message_goes_in_pieces_as_the_server_reads_it() -> None:
    long = replace(MESSAGE, text="A line of the long letter.\n" * 200_000)
    hands = Hands()
    with FaultySmtp() as server, channel_to(server) as channel:
        assert send(channel, hands, [long, *several(3)]) == []
        assert sorted(len(mail.content) > 5_000_000 for mail in server.accepted) == [False, False, False, True]


def test_what_cannot_be_sent_at_all_is_told_and_the_rest_goes() -> None:
    hands = Hands()
    messages = [replace(MESSAGE, message_id="no id"), *several(2), *several(1, "no address")]
    with FaultySmtp() as server, channel_to(server) as channel:
        assert send(channel, hands, messages) == [3]
        assert len(server.accepted) == 2
    assert hands.outcomes == {0: Outcome.PERMANENT, 1: Outcome.ACCEPTED, 2: Outcome.ACCEPTED}


def test_a_connection_that_the_server_gave_up_meanwhile_costs_nothing() -> None:
    hands = Hands()
    with FaultySmtp() as server, channel_to(server) as channel:
        server.rules.append(Fault("mail", "close"))
        assert send(channel, hands, several(2)) == [0, 1]
        server.rules.clear()
        assert channel.send(MESSAGE, lambda: True, time.monotonic() + 10).outcome is Outcome.ACCEPTED
    assert hands.told == []
