"""What every channel keeps, told once and held by each: accepted, withdrawn, refused, never raising."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from adapters.base import Channel, Message, Outcome
from adapters.channels.caldav import CaldavChannel, Calendars
from adapters.channels.chat import Room
from adapters.channels.console import ConsoleChannel
from adapters.channels.email import EmailChannel
from adapters.channels.file import FileChannel
from adapters.channels.smtp_session import SmtpServer
from adapters.channels.webhook import Hook, WebhookChannel
from adapters.channels.wecom_external import WecomExternal
from tests.contract.chats import SERVERS, chat
from tests.contract.texts import GATEWAYS, texts
from tests.faults.calendar_server import PASSWORD, USERNAME, CalendarServer
from tests.faults.chat_servers import ChatServer, WecomContacts
from tests.faults.hook_server import HookServer
from tests.faults.sms_servers import SmsServer
from tests.faults.smtp_faults import FaultySmtp

MESSAGE = Message(
    message_id="<k1@followup.example>", address="li.na@example.com", receiver_name="李娜",
    subject="Happy birthday", text="Happy birthday!\n", html="<p>Happy birthday!</p>", date=1_900_000_000,
)


@dataclass
class Rig:
    """A channel with its far side: how much arrived, whether content began to flow, and how to break it."""

    channel: Channel
    arrived: Callable[[], int]
    content_began: Callable[[], bool]
    break_far_side: Callable[[], object]
    message: Message = field(default=MESSAGE)
    taken: Outcome = Outcome.ACCEPTED

    def send(self, begin: Callable[[], bool] = lambda: True, message: Message | None = None) -> Outcome:
        message = self.message if message is None else message
        return self.channel.send(message, begin, time.monotonic() + 10).outcome


def email_rig(server: FaultySmtp) -> Rig:
    return Rig(
        EmailChannel(SmtpServer("127.0.0.1", server.port, "care@example.com", "Care")),
        arrived=lambda: len(server.accepted),
        content_began=lambda: "data" in server.seen,
        break_far_side=lambda: server.__exit__(None, None, None),
    )


def file_rig(folder: Path) -> Rig:
    def replace_folder_by_file() -> None:
        for path in folder.glob("*"):
            path.unlink()
        if folder.exists():
            folder.rmdir()
        folder.write_text("in the way")

    return Rig(
        FileChannel(folder, "care@example.com"),
        arrived=lambda: len(list(folder.glob("*.eml"))),
        content_began=lambda: folder.exists() and any(folder.iterdir()),
        break_far_side=replace_folder_by_file,
    )


def console_rig(stream: io.StringIO) -> Rig:
    return Rig(
        ConsoleChannel(stream),
        arrived=lambda: stream.getvalue().count("Subject: Happy birthday"),
        content_began=lambda: bool(stream.getvalue()),
        break_far_side=stream.close,
    )


def webhook_rig(server: HookServer) -> Rig:
    return Rig(
        WebhookChannel(Hook(server.url, "secret", networks=("127.0.0.0/8",)), lambda: 1_900_000_000),
        arrived=lambda: len(server.bodies),
        content_began=lambda: any(server.began),
        break_far_side=server.close,
    )


def caldav_rig(server: CalendarServer) -> Rig:
    return Rig(
        CaldavChannel(Calendars(server.url, USERNAME, PASSWORD, networks=("127.0.0.0/8",))),
        arrived=lambda: len(server.entries),
        content_began=lambda: any(server.began),
        break_far_side=server.close,
    )


def chat_rig(kind: str, server: ChatServer) -> Rig:
    return vendor_rig(chat(kind, server), server)


def vendor_rig(channel: Channel, server: ChatServer) -> Rig:
    return Rig(
        channel,
        arrived=lambda: len(server.taken),
        content_began=lambda: any(server.began),
        break_far_side=server.close,
    )


def sms_rig(kind: str, server: SmsServer) -> Rig:
    return replace(vendor_rig(texts(kind, server), server), message=replace(MESSAGE, address="+8613800000000"))


def external_rig(server: WecomContacts) -> Rig:
    return Rig(
        WecomExternal("ww1", Room(server.base, "s3cret", timeout=0.5, networks=("127.0.0.0/8",))),
        arrived=lambda: len(server.taken),
        content_began=lambda: any(server.began),
        break_far_side=server.close,
        message=replace(MESSAGE, address="li/wmA"),
        taken=Outcome.HANDED,
    )


ALONE = ("email", "file", "console", "webhook", "caldav", "wecom_external", "apprise")


@pytest.fixture(params=[*ALONE, *sorted(SERVERS), *sorted(GATEWAYS)])
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    kind = request.param
    if kind == "apprise":
        from adapters.channels.apprise import AppriseChannel  # loads a hundred services

        with ChatServer() as server:
            yield vendor_rig(AppriseChannel(server.base.replace("http", "json")), server)
        return
    if kind in GATEWAYS:
        monkeypatch.setenv("SMS_SECRET", "testSecret")
        with GATEWAYS[kind]() as gateway:
            yield sms_rig(kind, gateway)
        return
    if kind == "wecom_external":
        with WecomContacts() as contacts:
            yield external_rig(contacts)
        return
    if kind in SERVERS:
        with SERVERS[kind]() as chats:
            yield chat_rig(kind, chats)
        return
    with FaultySmtp() as server, HookServer() as hooks, CalendarServer() as calendars:
        made = {
            "email": lambda: email_rig(server),
            "file": lambda: file_rig(tmp_path / "mail"),
            "console": lambda: console_rig(io.StringIO()),
            "webhook": lambda: webhook_rig(hooks),
            "caldav": lambda: caldav_rig(calendars),
        }[kind]()
        yield made
        made.channel.close()


def test_a_message_is_accepted_and_arrives_once(rig: Rig) -> None:
    assert rig.send() is rig.taken
    assert rig.arrived() == 1


def test_when_begin_says_no_nothing_is_sent(rig: Rig) -> None:
    assert rig.send(begin=lambda: False) is Outcome.WITHDRAWN
    assert not rig.content_began()


def test_after_a_withdrawn_message_the_next_one_goes_out(rig: Rig) -> None:
    rig.send(begin=lambda: False)
    assert rig.send() is rig.taken
    assert rig.arrived() == 1


def test_begin_is_called_exactly_once_and_before_any_content(rig: Rig) -> None:
    calls = []

    def begin() -> bool:
        calls.append(rig.content_began())
        return True

    rig.send(begin)
    assert calls == [False]


@pytest.mark.parametrize("address", ["", "a@example.com\r\nRCPT TO:<b@example.com>", "\x1b[2J"])
def test_an_address_that_is_none_is_refused_for_good_before_begin(rig: Rig, address: str) -> None:
    calls: list[str] = []
    outcome = rig.send(lambda: bool(calls.append("begin")), replace(rig.message, address=address))
    assert outcome is Outcome.PERMANENT
    assert calls == []
    assert not rig.content_began()


def test_a_broken_far_side_is_an_outcome_and_no_exception(rig: Rig) -> None:
    rig.break_far_side()
    assert rig.send() in (Outcome.RETRY, Outcome.UNKNOWN)


def test_what_begin_raises_comes_through_and_nothing_is_sent(rig: Rig) -> None:
    def begin() -> bool:
        raise LookupError("the database is gone")

    with pytest.raises(LookupError, match="database is gone"):
        rig.send(begin)
    assert not rig.content_began()
    assert rig.send() is rig.taken


def test_several_threads_send_at_once(rig: Rig) -> None:
    outcomes: list[Outcome] = []

    def send_five(thread: int) -> None:
        for n in range(5):
            message = replace(rig.message, message_id=f"<k{thread}-{n}@followup.example>", text=f"{thread} {n}")
            outcomes.append(rig.send(message=message))

    threads = [threading.Thread(target=send_five, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [rig.taken] * 20
    assert rig.arrived() == 20


def test_a_channel_that_promises_to_drop_copies_does(rig: Rig) -> None:
    assert [rig.send(), rig.send()] == [rig.taken, rig.taken]
    assert rig.arrived() == (1 if rig.channel.capabilities.dedupe else 2)
