"""Several relays: the next one is taken only while nothing was handed over, and one that fails is let alone."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from adapters.base import Message, Outcome, Receipt
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer
from engine.ground.clock import FrozenClock
from tests.faults.smtp_faults import Fault, FaultySmtp

MESSAGE = Message("<k1@followup.example>", "li.na@example.com", "Hello", "Hello.\n", date=1_900_000_000)
NOON = 1_900_000_000

BEFORE = [
    (verb, fault)
    for verb in ("connect", "ehlo", "mail", "rcpt")
    for fault in ("421", "450", "451", "535", "reset", "close", "garbage")
]
AFTER = [(verb, fault) for verb in ("data", "dot") for fault in ("421", "450", "reset", "close", "garbage")]


@contextmanager
def channel_to(*ports: int, clock: FrozenClock | None = None, **settings: str) -> Iterator[EmailChannel]:
    servers = [SmtpServer("127.0.0.1", port, "care@example.com", **settings) for port in ports]
    channel = EmailChannel(*servers, now=(clock or FrozenClock(NOON)).now)
    yield channel
    channel.close()


def send(channel: EmailChannel, began: list[int] | None = None, patience: float = 10.0) -> Receipt:
    def begin() -> bool:
        if began is not None:
            began.append(1)
        return True

    return channel.send(MESSAGE, begin, time.monotonic() + patience)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(("verb", "fault"), BEFORE)
def test_before_the_mark_the_next_relay_takes_it(verb: str, fault: str) -> None:
    began: list[int] = []
    with FaultySmtp([Fault(verb, fault)]) as first, FaultySmtp() as second:
        with channel_to(first.port, second.port) as channel:
            assert send(channel, began).outcome is Outcome.ACCEPTED
        assert (len(first.accepted), len(second.accepted), len(began)) == (0, 1, 1)


@pytest.mark.parametrize(("verb", "fault"), AFTER)
def test_after_the_mark_no_other_relay_is_asked(verb: str, fault: str) -> None:
    began: list[int] = []
    with FaultySmtp([Fault(verb, fault)]) as first, FaultySmtp() as second:
        with channel_to(first.port, second.port) as channel:
            assert send(channel, began).outcome in (Outcome.UNKNOWN, Outcome.RETRY)
        assert (second.connections, len(began)) == (0, 1)


def test_a_receipt_names_the_relays_that_did_not_take_it() -> None:
    with FaultySmtp([Fault("mail", "451")]) as first, FaultySmtp([Fault("rcpt", "450", nth=1)]) as second:
        with channel_to(first.port, second.port) as channel:
            one, two = f"127.0.0.1:{first.port}: mail: 451 ", f"; 127.0.0.1:{second.port}: rcpt: 450 "
            neither, taken = send(channel), send(channel)
        assert (neither.outcome, taken.outcome) == (Outcome.RETRY, Outcome.ACCEPTED)
        assert neither.detail.startswith(one)
        assert two in neither.detail
        assert taken.detail.startswith(one)
        assert ";" not in taken.detail
        with channel_to(second.port) as channel:
            assert send(channel).detail == ""


def test_what_one_relay_refuses_for_good_no_other_is_asked() -> None:
    with FaultySmtp([Fault("rcpt", "550")]) as first, FaultySmtp() as second:
        with channel_to(first.port, second.port) as channel:
            assert send(channel).outcome is Outcome.PERMANENT
        assert second.connections == 0


@pytest.mark.parametrize("verb", ["connect", "mail"])
def test_a_relay_that_hangs_leaves_time_for_the_next(verb: str) -> None:
    with FaultySmtp([Fault(verb, "hang")]) as first, FaultySmtp() as second:
        with channel_to(first.port, second.port) as channel:
            assert send(channel, patience=0.6).outcome is Outcome.ACCEPTED
        assert len(second.accepted) == 1


def test_a_relay_that_failed_three_times_rests_and_comes_back() -> None:
    clock = FrozenClock(NOON)
    with (
        FaultySmtp([Fault("ehlo", "450")]) as first, FaultySmtp() as second,
        channel_to(first.port, second.port, clock=clock) as channel,
    ):  # fmt: skip
        assert {send(channel).outcome for _ in range(5)} == {Outcome.ACCEPTED}
        assert first.connections == 3
        [standing] = channel.standing()
        assert (standing.relay, standing.until) == (f"127.0.0.1:{first.port}", NOON + 10)
        assert standing.why.startswith("connect: 450")
        clock.move_to(NOON + 10)
        send(channel)
        send(channel)
        assert (first.connections, channel.standing()[0].until) == (4, NOON + 30)  # a probe, and a longer rest
        first.rules.clear()
        clock.move_to(NOON + 30)
        send(channel)
        assert (len(first.accepted), channel.standing()) == (1, [])


def test_when_every_relay_rests_a_message_waits_and_loses_nothing() -> None:
    with channel_to(closed_port(), closed_port()) as channel:
        assert [send(channel).outcome for _ in range(3)] == [Outcome.RETRY] * 3
        receipt = channel.send(MESSAGE, lambda: pytest.fail("begin was called"), time.monotonic() + 10)
        assert (receipt.outcome, receipt.retry_after) == (Outcome.WITHDRAWN, 10)


def test_a_wrong_password_is_tried_once_and_the_next_relay_takes_the_mail() -> None:
    with (
        FaultySmtp(login=("care", "right")) as first, FaultySmtp(login=("care", "wrong")) as second,
        channel_to(first.port, second.port, username="care", password="wrong") as channel,
    ):  # fmt: skip
        assert [send(channel).outcome, send(channel).outcome] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
        assert first.connections == 1
        assert channel.standing()[0].why == "user name or password refused: 535"


def test_no_more_connections_than_allowed_are_open_to_a_relay() -> None:
    with FaultySmtp(latency=0.01) as server:
        channel = EmailChannel(SmtpServer("127.0.0.1", server.port, "care@example.com"), connections=2)
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda _: send(channel).outcome, range(24)))
        channel.close()
        assert outcomes == [Outcome.ACCEPTED] * 24
        assert server.connections == 2


def test_two_failing_relays_never_take_a_message_twice() -> None:
    clock = FrozenClock(NOON)
    faults = [Fault("ehlo", "reset", every=5), Fault("mail", "451", every=3), Fault("rcpt", "reset", every=7),
              Fault("data", "450", every=11), Fault("dot", "reset", every=6), Fault("dot", "lose", every=4)]
    said: Counter[Outcome] = Counter()
    with FaultySmtp(faults) as first, FaultySmtp(faults) as second:
        with channel_to(first.port, second.port, clock=clock) as channel:
            for number in range(60):
                message = replace(MESSAGE, message_id=f"<k{number}@followup.example>")
                outcome = Outcome.RETRY
                while outcome in (Outcome.RETRY, Outcome.WITHDRAWN):
                    outcome = channel.send(message, lambda: True, time.monotonic() + 10).outcome
                    clock.move_to(clock.now() + 5)
                said[outcome] += 1
        copies = Counter(mail.message_id for mail in (*first.accepted, *second.accepted))
    assert max(copies.values()) == 1
    assert said[Outcome.ACCEPTED] <= len(copies) <= 60
    assert said[Outcome.UNKNOWN] > 0
    assert said[Outcome.ACCEPTED] > 30
