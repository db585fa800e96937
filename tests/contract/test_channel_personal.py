"""What a colleague sends himself: a task until he says what came of it, and never two messages to the customer."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import select

from adapters.base import Message, Outcome, Receipt
from adapters.channels.personal import PersonalChannel
from engine.domain.civil import DAY
from engine.ground.errors import UsageError
from engine.settings.local_model import FileChannel
from engine.settings.personal_model import Personal
from engine.stages.digest.collect import Asked, collect
from engine.stages.dispatch.ask import WAITS, ask
from engine.stages.dispatch.rescue import rescue
from engine.stages.dispatch.resolve import resolve
from engine.stages.dispatch.ways import ways_of
from engine.store.database import Database
from engine.store.tables import interaction
from tests.contract.outbox import NOON, Outbox, Script

FILE = FileChannel(kind="file", folder="sms")
KINDS = {
    "wechat": Personal(kind="personal", by="wechat"), "phone": Personal(kind="personal", by="phone"), "sms": FILE,
}  # fmt: skip
SENT = ["pending", "claimed", "sending", "handed"]


@pytest.fixture
def outbox(database: Database) -> Outbox:
    box = Outbox(database, channels=KINDS)
    box.channels |= {"wechat": PersonalChannel(), "phone": PersonalChannel()}
    return box


def say(outbox: Outbox, touch: int, decision: Any, channel: str = "wechat") -> None:
    resolve(outbox.db, outbox.delivery(touch, channel).id, decision, "li", NOON, ways_of(outbox.settings))


def talks(outbox: Outbox) -> list[tuple[Any, ...]]:
    with outbox.db.reading() as connection:
        columns = (interaction.c.outcome, interaction.c.channel, interaction.c.effective, interaction.c.rep)
        return [tuple(row) for row in connection.execute(select(*columns))]


def test_it_keeps_the_ports_promises() -> None:
    channel, begun = PersonalChannel(), []
    message = Message("<k1@example.com>", "lead#wang", "Hello", "Hello.")

    def send(address: str = "lead#wang", begin: Any = lambda: not begun.append("begin")) -> Outcome:
        to = Message(message.message_id, address, message.subject, message.text)
        return channel.send(to, begin, time.monotonic() + 1).outcome

    assert [send(address) for address in ("", "a\r\nb", "\x1b[2J")] == [Outcome.PERMANENT] * 3
    assert (send(begin=lambda: False), begun) == (Outcome.WITHDRAWN, [])
    assert (send(), send(), begun) == (Outcome.HANDED, Outcome.HANDED, ["begin"] * 2)


def test_done_is_delivered_and_a_contact(outbox: Outbox) -> None:
    touch = outbox.release(via=["wechat", "sms"])
    assert outbox.send() == {"handed": 1}
    assert (outbox.history(touch, "wechat"), outbox.touch(touch).state) == (SENT, "released")
    assert outbox.send() == {}
    say(outbox, touch, "sent")
    assert (outbox.delivery(touch, "wechat").state, outbox.touch(touch).state) == ("sent", "delivered")
    assert talks(outbox) == [("messaged", "wechat", True, "li")]
    assert outbox.sms.arrived == []
    with pytest.raises(UsageError, match="is sent, not in_doubt"):
        say(outbox, touch, "unreached")


def test_what_is_handed_to_him_stands_in_his_digest_until_he_says_what_came_of_it(outbox: Outbox) -> None:
    touch = outbox.release(via=["wechat", "sms"])
    outbox.send()

    def told(receiver: str, due_at: int) -> list[tuple[str, str]]:
        with outbox.db.reading() as connection:
            day = collect(connection, [Asked(1, receiver, "Asia/Shanghai", due_at, by_rep=False)])[1]
        return [(line.id, line.name) for line in day.handed]

    assert told("li", NOON + DAY) == told("li", NOON - 3600) == [(str(touch), "Wang Fang")]
    assert (told("li", NOON - DAY), told("zhao", NOON)) == ([], [])
    say(outbox, touch, "sent")
    assert told("li", NOON + DAY) == []


def test_not_reached_is_an_attempt_and_the_next_channel_takes_over(outbox: Outbox) -> None:
    touch = outbox.release(via=["phone", "sms"])
    outbox.send()
    say(outbox, touch, "unreached", "phone")
    assert talks(outbox) == [("no_answer", "phone", False, "li")]
    assert (outbox.touch(touch).state, outbox.touch(touch).via_index) == ("planned", 1)  # judged anew for that channel
    outbox.judge_again(touch)
    outbox.send()
    assert [one.address for one in outbox.sms.arrived] == ["wang@example.com"]
    assert outbox.touch(touch).state == "delivered"


def test_not_wanted_any_more_ends_it_on_all_channels(outbox: Outbox) -> None:
    touch = outbox.release(via=["wechat", "sms"])
    outbox.send()
    with pytest.raises(UsageError, match="say sent, unreached or drop"):
        say(outbox, touch, "resend")
    say(outbox, touch, "drop")
    assert (outbox.touch(touch).state, outbox.touch(touch).reason, talks(outbox)) == ("dead", "dropped", [])


def test_a_task_on_facts_that_changed_is_taken_back_and_judged_again(outbox: Outbox) -> None:
    touch = outbox.release(via=["wechat"])
    outbox.send()
    assert rescue(outbox.db, NOON) == {}
    outbox.bereave()
    assert rescue(outbox.db, NOON) == {"judged_again": 1}
    assert (outbox.delivery(touch, "wechat").state, outbox.touch(touch).state) == ("cancelled", "planned")
    outbox.judge_again(touch)
    assert outbox.send() == {"handed": 1}


def test_a_task_that_nobody_did_in_time_expires_and_nothing_else_goes_out(outbox: Outbox) -> None:
    touch = outbox.release(via=["wechat", "sms"], expires_at=NOON + 60)
    outbox.send()
    assert rescue(outbox.db, NOON + 60) == {"expired": 1}
    assert (outbox.touch(touch).state, outbox.sms.arrived) == ("expired", [])


class Client:
    """A vendor's client, in which a colleague confirms, or not yet."""

    def __init__(self, box: Outbox) -> None:
        self.far, self.known = box.sms, None
        self.far.scripts = [Script(Receipt(Outcome.HANDED, "0", remote_id="m1"))]
        self.capabilities, self.send, self.close = self.far.capabilities, self.far.send, self.far.close
        self.asked: list[tuple[str, str]] = []

    known: Receipt | None

    def look_up(self, remote_id: str, address: str, deadline: float) -> Receipt | None:
        assert deadline > time.monotonic()
        self.asked.append((remote_id, address))
        return self.known


def test_a_vendor_is_asked_now_and_then_until_it_knows(outbox: Outbox) -> None:
    client = Client(outbox)
    outbox.channels["sms"] = client  # type: ignore[assignment]
    touch = outbox.release(via=["sms", "wechat"])
    outbox.send()
    outbox.bereave()  # what lies in another's client cannot be taken back
    assert (rescue(outbox.db, NOON), ask(outbox.db, outbox.channels, NOON), client.asked) == ({}, {}, [])
    assert ask(outbox.db, outbox.channels, NOON + 600) == {}
    assert ask(outbox.db, outbox.channels, NOON + 700) == {}
    assert client.asked == [("m1", "wang@example.com")]
    client.known = Receipt(Outcome.ACCEPTED, "1", remote_id="m1")
    assert ask(outbox.db, outbox.channels, NOON + 1200) == {"sent": 1}
    assert (outbox.delivery(touch, "sms").remote_id, outbox.touch(touch).state) == ("m1", "delivered")
    assert ask(outbox.db, outbox.channels, NOON + WAITS) == {}


@pytest.mark.parametrize(("known", "later", "state", "index"), [
    (Receipt(Outcome.PERMANENT, "2", "no contact of the sender's"), 600, "planned", 1), (None, WAITS, "dead", 0),
])  # fmt: skip
def test_what_a_vendor_did_not_send_goes_on_and_what_nobody_confirms_does_not(
    outbox: Outbox, known: Receipt | None, later: int, state: str, index: int
) -> None:
    client = Client(outbox)
    client.known = known
    outbox.channels["sms"] = client  # type: ignore[assignment]
    touch = outbox.release(via=["sms", "wechat"])
    outbox.send()
    assert ask(outbox.db, outbox.channels, NOON + later) == {"failed": 1}
    assert (outbox.touch(touch).state, outbox.touch(touch).via_index) == (state, index)
