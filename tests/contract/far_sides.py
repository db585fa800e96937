"""Every kind of channel with what stands in for its other end: one row a kind, for the contract."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from adapters.base import Begin, Channel, Message, Outcome, Receipt
from adapters.channels.caldav import CaldavChannel, Calendars
from adapters.channels.chat import Room
from adapters.channels.console import ConsoleChannel
from adapters.channels.email import EmailChannel
from adapters.channels.file import FileChannel
from adapters.channels.personal import PersonalChannel
from adapters.channels.smtp_session import SmtpServer
from adapters.channels.webhook import Hook, WebhookChannel
from adapters.channels.wecom_external import WecomExternal
from adapters.testing.contract import MESSAGE, Case, FarSide, Situation, http_cases, too_long
from adapters.testing.http_stub import status
from tests.contract.chats import SERVERS, chat
from tests.contract.texts import GATEWAYS, texts
from tests.faults.calendar_server import PASSWORD, USERNAME, CalendarServer
from tests.faults.chat_servers import ChatServer, WecomContacts
from tests.faults.hook_server import HookServer
from tests.faults.sms_servers import BARRED
from tests.faults.smtp_faults import Fault, FaultySmtp


@contextmanager
def email(_folder: Path) -> Iterator[FarSide]:
    def at(verb: str, action: str) -> Situation:
        return lambda: server.rules.append(Fault(verb, action))

    def with_a_wrong_password() -> Channel:
        server.login = ("care", "secret")
        return EmailChannel(replace(known, username="care", password="old"))

    with FaultySmtp() as server:
        known = SmtpServer("127.0.0.1", server.port, "care@example.com", "Care")
        channel = EmailChannel(known)
        yield FarSide(
            channel,
            arrived=lambda: len(server.accepted),
            began=lambda: "data" in server.seen,
            away=lambda: server.__exit__(None, None, None),
            cases={
                Case.ACCEPTED: lambda: None,
                Case.THROTTLED: at("mail", "450"),
                Case.BAD_CREDENTIAL: with_a_wrong_password,
                Case.BAD_RECEIVER: at("rcpt", "550"),
                Case.OVERSIZE: at("dot", "554"),
                Case.SERVER_ERROR: at("connect", "421"),
                Case.TIMEOUT_BEFORE: at("ehlo", "hang"),
                Case.TIMEOUT_AFTER: at("dot", "hang"),
                Case.MALFORMED: at("dot", "garbage"),
                Case.RESET: at("dot", "reset"),
                Case.DRIP: at("dot", "drip"),
            },
        )
        channel.close()


@contextmanager
def webhook(_folder: Path) -> Iterator[FarSide]:
    def to(address: str, secret: str = "secret") -> Channel:
        return WebhookChannel(Hook(address, secret, networks=("127.0.0.0/8",)), lambda: 1_900_000_000)

    with HookServer() as server:
        channel = to(server.url)
        yield FarSide(
            channel,
            arrived=lambda: len(server.bodies),
            began=lambda: any(server.began),
            away=server.close,
            cases=http_cases(server, to) | {
                Case.THROTTLED: lambda: server.faults.append(status(429, Retry_After="7")),
                Case.BAD_CREDENTIAL: lambda: server.faults.append(status(401)),
                Case.OVERSIZE: lambda: too_long(channel),
            },
            left_out={Case.BAD_RECEIVER: "its one receiver is its own address"},
        )  # fmt: skip


@contextmanager
def caldav(_folder: Path) -> Iterator[FarSide]:
    def to(address: str, password: str = PASSWORD) -> Channel:
        return CaldavChannel(Calendars(address + server.path, USERNAME, password, networks=("127.0.0.0/8",)))

    with CalendarServer() as server:
        channel = to(server.base)
        yield FarSide(
            channel,
            arrived=lambda: len(server.entries),
            began=lambda: any(server.began),
            away=server.close,
            cases=http_cases(server, to) | {
                Case.THROTTLED: lambda: server.faults.append(status(429, Retry_After="7")),
                Case.BAD_CREDENTIAL: lambda: to(server.base, "stale"),
                Case.BAD_RECEIVER: lambda: server.faults.append(status(404)),
                Case.OVERSIZE: lambda: too_long(channel),
            },
        )  # fmt: skip


def chats(kind: str) -> Row:
    """The row of a chat."""

    @contextmanager
    def opened(_folder: Path) -> Iterator[FarSide]:
        with SERVERS[kind]() as server:
            channel = chat(kind, server, timeout=10.0)
            known = kind == "wecom_app"
            stale = {"wecom_bot": {"url": f"{server.base}/cgi-bin/webhook/send?key=stale"}}.get(kind, {"secret": "x"})
            path = "" if known else server.path
            cases = http_cases(server, lambda address: chat(kind, server, url=address + path, timeout=10.0)) | {
                Case.THROTTLED: lambda: server.codes.append((int(_THROTTLES[kind]), "too fast")),
                Case.BAD_CREDENTIAL: lambda: chat(kind, server, **stale),
                Case.OVERSIZE: lambda: too_long(channel),
            }
            yield FarSide(
                channel,
                arrived=lambda: len(server.taken),
                began=lambda: any(server.began),
                away=server.close,
                cases=cases | ({Case.BAD_RECEIVER: lambda: replace(MESSAGE, address="nobody")} if known else {}),
                left_out={} if known else {Case.BAD_RECEIVER: "who is not in the group is not mentioned, no more"},
            )

    return opened


@contextmanager
def wecom_external(_folder: Path) -> Iterator[FarSide]:
    def to(address: str, secret: str = "s3cret") -> Channel:
        return WecomExternal("ww1", Room(address, secret, timeout=0.5, networks=("127.0.0.0/8",)))

    with WecomContacts() as server:
        channel, message = to(server.base), replace(MESSAGE, address="li/wmA")
        yield FarSide(
            channel,
            arrived=lambda: len(server.taken),
            began=lambda: any(server.began),
            away=server.close,
            cases=http_cases(server, to) | {
                Case.THROTTLED: lambda: server.codes.append((45009, "api freq out of limit")),
                Case.BAD_CREDENTIAL: lambda: to(server.base, "stale"),
                Case.BAD_RECEIVER: lambda: replace(message, address="li/wmStranger"),
                Case.OVERSIZE: lambda: too_long(channel, message),
            },
            message=message,
            taken=Outcome.HANDED,
        )  # fmt: skip


def short_messages(kind: str) -> Row:
    """The row of a gateway."""

    @contextmanager
    def opened(_folder: Path) -> Iterator[FarSide]:
        def to(address: str) -> Channel:
            where = {"url": f"{address}/v1/sms"} if kind == "sms" else {"base_url": address}
            return texts(kind, server, timeout=10.0, **where)

        def with_a_wrong_secret() -> Channel:
            with patch.dict(os.environ, SMS_SECRET="stale"):
                return texts(kind, server)

        with GATEWAYS[kind]() as server, patch.dict(os.environ, SMS_SECRET="testSecret"):
            channel, message = texts(kind, server, timeout=10.0), replace(MESSAGE, address="+8613800000000")
            yield FarSide(
                channel,
                arrived=lambda: len(server.taken),
                began=lambda: any(server.began),
                away=server.close,
                cases=http_cases(server, to) | {
                    Case.THROTTLED: lambda: server.said.append(server.error(str(_THROTTLES[kind]))),
                    Case.BAD_CREDENTIAL: with_a_wrong_secret,
                    Case.BAD_RECEIVER: lambda: replace(message, address=BARRED),
                    Case.OVERSIZE: lambda: too_long(channel, message),
                },
                message=message,
            )  # fmt: skip

    return opened


@contextmanager
def apprise(_folder: Path) -> Iterator[FarSide]:
    from adapters.channels.apprise import AppriseChannel  # loads a hundred services

    def to(address: str) -> Channel:
        return AppriseChannel(address.replace("http", "json"))

    def fails(code: int) -> Situation:
        return lambda: server.faults.append(status(code))

    with ChatServer() as server:
        channel, why = to(server.base), "Apprise says only that it failed"
        cases = http_cases(server, to)
        told = {Case.THROTTLED: fails(429), Case.BAD_CREDENTIAL: fails(401), Case.OVERSIZE: fails(413)}
        yield FarSide(
            channel,
            arrived=lambda: len(server.taken),
            began=lambda: any(server.began),
            away=server.close,
            cases=cases | told,
            left_out={Case.BAD_RECEIVER: "its one receiver stands in its address"},
            unsure=dict.fromkeys((*told, Case.SERVER_ERROR, Case.TIMEOUT_BEFORE), why),
        )


@contextmanager
def file(folder: Path) -> Iterator[FarSide]:
    letters = folder / "mail"

    def replace_folder_by_file() -> None:
        for path in letters.glob("*"):
            path.unlink()
        if letters.exists():
            letters.rmdir()
        letters.write_text("in the way")

    yield FarSide(
        FileChannel(letters, "care@example.com"),
        arrived=lambda: len(list(letters.glob("*.eml"))),
        began=lambda: letters.exists() and any(letters.iterdir()),
        away=replace_folder_by_file,
        cases={Case.ACCEPTED: lambda: None},
        left_out=_without("a folder is no far side: it neither refuses nor answers"),
    )


@contextmanager
def console(_folder: Path) -> Iterator[FarSide]:
    stream = io.StringIO()
    yield FarSide(
        ConsoleChannel(stream),
        arrived=lambda: stream.getvalue().count("Subject: Happy birthday"),
        began=lambda: bool(stream.getvalue()),
        away=stream.close,
        cases={Case.ACCEPTED: lambda: None},
        left_out=_without("a terminal is no far side: it neither refuses nor answers"),
    )


@contextmanager
def personal(_folder: Path) -> Iterator[FarSide]:
    class Tasks(PersonalChannel):
        def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
            receipt = super().send(message, begin, deadline)
            if receipt.outcome is Outcome.HANDED:
                given.add(message.message_id)
            return receipt

    given: set[str] = set()
    yield FarSide(
        Tasks(),
        arrived=lambda: len(given),
        began=lambda: bool(given),
        away=None,
        cases={Case.ACCEPTED: lambda: None},
        left_out=_without("the task is the delivery: a colleague's day page neither refuses nor answers"),
        taken=Outcome.HANDED,
    )


def _without(why: str) -> dict[Case, str]:
    return {case: why for case in Case if case is not Case.ACCEPTED}


_THROTTLES = {
    "wecom_bot": 45009, "wecom_app": 45009, "dingtalk_bot": 130101, "feishu_bot": 11232,
    "sms": "1001", "sms_aliyun": "Throttling.User", "sms_tencent": "LimitExceeded.PhoneNumberThirtySecondLimit",
}  # fmt: skip
"""The vendors' words for: too fast."""

Row = Callable[[Path], AbstractContextManager[FarSide]]

FAR_SIDES: Mapping[str, Row] = {
    "email": email,
    "webhook": webhook,
    "wecom_app": chats("wecom_app"),
    "wecom_bot": chats("wecom_bot"),
    "dingtalk_bot": chats("dingtalk_bot"),
    "feishu_bot": chats("feishu_bot"),
    "caldav": caldav,
    "sms": short_messages("sms"),
    "sms_aliyun": short_messages("sms_aliyun"),
    "sms_tencent": short_messages("sms_tencent"),
    "apprise": apprise,
    "wecom_external": wecom_external,
    "personal": personal,
    "file": file,
    "console": console,
}
