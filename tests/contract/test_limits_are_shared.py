"""Daemons and channels that share a far side share what it takes; receivers with a limit each do not."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from adapters.base import Capabilities, Limit, Outcome, Receipt
from engine.settings.model import Service
from engine.stages.dispatch.dispatch import Dispatcher
from engine.store.database import Database
from engine.store.outbox import rates
from tests.contract.outbox import OK, FarSide, Outbox, Script

ROBOT = Capabilities(limit=Limit("robot", 10))  # two of them for what is urgent


@pytest.fixture
def outbox(sqlite_file: Any) -> Iterator[Outbox]:
    db = Database(sqlite_file.furnished())
    outbox = Outbox(db)
    outbox.email.capabilities = outbox.sms.capabilities = ROBOT
    yield outbox
    db.close()


def passes(outbox: Outbox, seconds: int) -> None:
    outbox.clock.instant += seconds
    outbox.store.instant += seconds


def test_two_daemons_at_the_same_instant_send_no_more_than_one_may(database: Database) -> None:
    outbox = Outbox(database, service=Service(senders=1, batch=6))  # small, so that each daemon finds some
    outbox.email.capabilities = ROBOT
    for n in range(24):
        outbox.release(f"k{n}", audience="rep")
    daemons = [Dispatcher(outbox.db, outbox.channels, outbox.settings, outbox.clock, f"d{n}") for n in range(2)]
    ready = Barrier(2)

    def run(daemon: Dispatcher) -> Counter[str]:
        ready.wait(10)
        return Counter(daemon.run())

    with ThreadPoolExecutor(2) as pool:
        for sent in (8, 8, 8, 0):
            assert sum(pool.map(run, daemons), Counter()) == Counter({"sent": sent} if sent else {})
            passes(outbox, 61)
    for daemon in daemons:
        daemon.close()
    assert Counter(Counter(message.message_id for message in outbox.email.arrived).values()) == {1: 24}


def test_who_counts_what_is_left_waits_for_who_is_taking_it(database: Database) -> None:
    def used() -> int:
        with database.writing() as connection:
            return rates.locked(connection, ["robot"], 5)["robot"].used.get("", 0)

    assert used() == 0
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as connection:
            rates.locked(connection, ["robot"], 5)
            other = pool.submit(used)
            time.sleep(0.2)
            assert not other.done()
            rates.take(connection, [rates.Token("robot", 1, 1)], 66)
        assert other.result() == 1


def test_two_channels_of_one_account_share_its_limit(outbox: Outbox) -> None:
    for n in range(6):
        outbox.release(f"e{n}", audience="rep")
        outbox.release(f"s{n}", audience="rep", via=("sms",))
    assert outbox.send() == {"sent": 8}
    assert len(outbox.email.arrived) == len(outbox.sms.arrived) == 4
    outbox.release("now", audience="rep", urgent=True, via=("sms",))
    assert outbox.send() == {"sent": 1}


def test_each_receiver_may_have_a_limit_of_his_own(outbox: Outbox) -> None:
    outbox.email.capabilities = Capabilities(limit=Limit("app", 2, each=True))
    for n in range(3):
        outbox.release(f"r{n}", audience="rep")
        outbox.release(f"l{n}")
    assert outbox.send() == {"sent": 4}
    assert Counter(one.address for one in outbox.email.arrived) == {"li@example.com": 2, "wang@example.com": 2}
    passes(outbox, 61)
    assert outbox.send() == {"sent": 2}


def test_in_a_pilot_all_count_for_the_one_who_gets_everything(outbox: Outbox) -> None:
    outbox.settings = outbox.settings.model_copy(update={"redirect_to": {"email": "pilot@example.com"}})
    outbox.email.capabilities = Capabilities(limit=Limit("app", 2, each=True))
    for n in range(3):
        outbox.release(f"r{n}", audience="rep")
        outbox.release(f"l{n}")
    assert outbox.send() == {"sent": 2}
    assert outbox.send() == {}


def test_what_was_not_sent_after_all_takes_no_room(outbox: Outbox) -> None:
    for n in range(8):
        outbox.release(f"k{n}", audience="rep")
    outbox.email.scripts = [Script(refuses_rcpt=True, receipt=Receipt(Outcome.WITHDRAWN))] * 8
    assert outbox.send() == {"postponed": 8}
    passes(outbox, 1)
    assert outbox.send() == {"sent": 8}


def test_who_is_refused_takes_room_and_who_waits_holds_up_no_other_channel(outbox: Outbox) -> None:
    outbox.sms = outbox.channels["sms"] = FarSide()
    for n in range(9):
        outbox.release(f"k{n}", audience="rep")
    ident = outbox.release("other", audience="rep", via=("sms",))
    outbox.email.scripts = [Script(Receipt(Outcome.PERMANENT, "93000")), *[Script(OK)] * 8]
    assert outbox.send() == {"failed": 1, "sent": 8}
    assert outbox.touch(ident).state == "delivered"
    assert [outbox.delivery(1 + n).claims for n in range(9)] == [1] * 8 + [0]
