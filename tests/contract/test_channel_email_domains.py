"""Receivers' domains: one that hangs or has enough is let alone, and the senders serve the others meanwhile."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from adapters.base import Message, Outcome, Receipt
from adapters.channels.email import EmailChannel
from adapters.channels.replies import is_crowded
from adapters.channels.smtp_session import SmtpServer
from engine.ground.clock import FrozenClock
from tests.faults.smtp_faults import Fault, FaultySmtp

MESSAGE = Message("<k1@followup.example>", "li.na@quick.example", "Hello", "Hello.\n", date=1_900_000_000)
SLOW = "wang@slow.example"
NOON = 1_900_000_000


@contextmanager
def channel_to(
    server: FaultySmtp, clock: FrozenClock, per_domain: int = 2, timeout: float = 30.0
) -> Iterator[EmailChannel]:
    one = SmtpServer("127.0.0.1", server.port, "care@example.com", timeout=timeout)
    channel = EmailChannel(one, per_domain=per_domain, now=clock.now)
    yield channel
    channel.close()


def send(channel: EmailChannel, address: str = MESSAGE.address, patience: float = 10.0) -> Receipt:
    return channel.send(replace(MESSAGE, address=address), lambda: True, time.monotonic() + patience)


def test_a_domain_that_hangs_holds_two_senders_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.channels.domains._STALLED", 0.2)
    took: list[float] = []

    def timed(address: str) -> tuple[str, Receipt]:
        started = time.monotonic()
        receipt = send(channel, address)
        took.append(time.monotonic() - started)
        return address, receipt

    with (
        FaultySmtp([Fault("rcpt", "hang", receiver=SLOW)]) as server,
        channel_to(server, FrozenClock(NOON), timeout=3.0) as channel,
        ThreadPoolExecutor(4, thread_name_prefix="sender") as senders,
    ):  # fmt: skip
        found = list(senders.map(timed, [SLOW, MESSAGE.address] * 60))
    slow = Counter((one.outcome, one.retry_after) for address, one in found if address == SLOW)
    assert slow == {(Outcome.RETRY, 15): 2, (Outcome.WITHDRAWN, 15): 58}
    assert {one.outcome for address, one in found if address != SLOW} == {Outcome.ACCEPTED}
    assert sum(seconds > 2.5 for seconds in took) == 2


def test_a_domain_that_has_enough_is_let_alone_ever_longer_until_it_takes_mail() -> None:
    clock = FrozenClock(NOON)
    with (
        FaultySmtp([Fault("rcpt", "452", receiver=SLOW)]) as server,
        channel_to(server, clock) as channel,
    ):
        first = send(channel, SLOW)
        assert (first.outcome, first.code, first.retry_after) == (Outcome.RETRY, "452", 15)
        assert {send(channel, SLOW).retry_after for _ in range(20)} == {15}
        assert send(channel).outcome is Outcome.ACCEPTED
        assert channel.crowded() == [("slow.example", NOON + 15)]
        clock.move_to(NOON + 15)
        assert channel.crowded() == []
        assert send(channel, SLOW).retry_after == 30
        server.rules.clear()
        clock.move_to(NOON + 45)
        assert [send(channel, SLOW).outcome for _ in range(3)] == [Outcome.ACCEPTED] * 3


def test_one_mailbox_that_is_full_says_nothing_of_its_domain() -> None:
    full = "full@slow.example"
    with (
        FaultySmtp([Fault("rcpt", "450", receiver=full)]) as server,
        channel_to(server, FrozenClock(NOON)) as channel,
    ):
        outcomes = [send(channel, address).outcome for address in (full, SLOW, full, SLOW)]
    assert outcomes == [Outcome.RETRY, Outcome.ACCEPTED] * 2


def test_who_finds_all_places_taken_waits_while_mails_come_and_go() -> None:
    outcomes: list[Outcome] = []
    with FaultySmtp(latency=0.02) as server, channel_to(server, FrozenClock(NOON), per_domain=1) as channel:
        threads = [threading.Thread(target=lambda: outcomes.append(send(channel).outcome)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.connections == 1
    assert outcomes == [Outcome.ACCEPTED] * 8


@pytest.mark.parametrize(
    ("code", "said", "crowded"),
    [
        ("450", "rcpt: 450 4.7.28 Our system has detected an unusual rate of mail", True),
        ("452", "rcpt: 452 4.5.3 Too many recipients", True),
        ("451", "dot: 451 4.7.500 Server busy. Please try again later", True),
        ("421", "rcpt: 421 4.7.0 [TSS04] Messages temporarily deferred", True),
        ("452", "rcpt: 452 4.2.2 mailbox full, quota exceeded", False),
        ("451", "rcpt: 451 4.7.1 Greylisted, too many unknown senders", False),
        ("450", "rcpt: 450 4.1.1 user unknown for now", False),
        ("550", "rcpt: 550 5.7.1 too many complaints", False),
    ],
)
def test_what_servers_say_when_they_have_enough(code: str, said: str, crowded: bool) -> None:
    outcome = Outcome.PERMANENT if code == "550" else Outcome.RETRY
    assert is_crowded(Receipt(outcome, code, said)) is crowded
