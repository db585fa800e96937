"""Mail: each fault at each verb, and what the channel may say of it. Unknown only between mark and reply."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from adapters.base import Message, Outcome, Receipt
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer
from tests.faults.dripping import dripping
from tests.faults.smtp_faults import Fault, FaultySmtp

MESSAGE = Message(
    message_id="<k1@followup.example>", address="li.na@example.com", subject="Hello",
    text=".dots\n.\n..and more\n", date=1_900_000_000,
)
PATIENCE = 0.4  # seconds until the deadline; every fault must be over by then

LOST = ("reset", "close", "hang", "drip", "garbage")
REFUSED_FOR_NOW = ("421", "450", "451")
REFUSED_FOR_GOOD = ("550", "554")


def table() -> Iterator[tuple[str, str, Outcome, bool]]:
    """(verb, fault, outcome, whether begin was reached)."""
    for verb in ("connect", "ehlo"):
        for fault in (*REFUSED_FOR_NOW, *REFUSED_FOR_GOOD, *LOST):
            yield verb, fault, Outcome.RETRY, False
    for verb, marked in (("mail", False), ("rcpt", False), ("data", True), ("dot", True)):
        for fault in (*REFUSED_FOR_NOW, "535"):
            yield verb, fault, Outcome.RETRY, marked
        for fault in REFUSED_FOR_GOOD:
            yield verb, fault, Outcome.PERMANENT, marked
        for fault in LOST:
            yield verb, fault, Outcome.UNKNOWN if marked else Outcome.RETRY, marked
    yield "dot", "lose", Outcome.UNKNOWN, True
    for fault in ("421", "554", "reset", "garbage"):
        yield "quit", fault, Outcome.ACCEPTED, True


@contextmanager
def channel_to(server: FaultySmtp, **settings: str) -> Iterator[EmailChannel]:
    channel = EmailChannel(SmtpServer("127.0.0.1", server.port, "care@example.com", **settings))
    try:
        yield channel
    finally:
        channel.close()


def send(channel: EmailChannel, message: Message = MESSAGE, patience: float = 10.0) -> Receipt:
    return channel.send(message, lambda: True, time.monotonic() + patience)


PIPELINED = [(*row, True) for row in table() if row[0] in ("mail", "rcpt")]


@pytest.mark.parametrize(
    ("verb", "fault", "outcome", "marked", "pipelining"), [*((*row, False) for row in table()), *PIPELINED]
)
def test_each_fault_at_each_verb(verb: str, fault: str, outcome: Outcome, marked: bool, pipelining: bool) -> None:
    began: list[bool] = []
    started = time.monotonic()
    with FaultySmtp([Fault(verb, fault)], pipelining=pipelining) as server:
        with channel_to(server) as channel:
            receipt = channel.send(MESSAGE, lambda: not began.append(True), started + PATIENCE)
            assert time.monotonic() - started < PATIENCE + 0.5
        assert receipt.outcome is outcome
        assert len(began) == marked
        assert len(server.accepted) == (fault == "lose" or verb == "quit" or (verb, fault) == ("dot", "drip"))
        assert "example.com" not in receipt.detail
        assert "li.na" not in receipt.detail


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("verb", ["mail", "rcpt", "data", "dot"])
def test_after_a_refusal_the_next_message_goes_over_the_same_connection(verb: str, pipelining: bool) -> None:
    with FaultySmtp([Fault(verb, "450", nth=1)], pipelining=pipelining) as server, channel_to(server) as channel:
        assert [send(channel).outcome, send(channel).outcome] == [Outcome.RETRY, Outcome.ACCEPTED]
        assert server.connections == 1


@pytest.mark.parametrize("fault", ["421", "reset", "garbage"])
@pytest.mark.parametrize("verb", ["rcpt", "data", "dot"])
def test_after_a_lost_session_the_next_message_gets_a_new_connection(verb: str, fault: str) -> None:
    with FaultySmtp([Fault(verb, fault, nth=1)]) as server, channel_to(server) as channel:
        send(channel)
        assert send(channel).outcome is Outcome.ACCEPTED
        assert server.connections == 2


@pytest.mark.parametrize("fault", ["421", "close", "reset"])
def test_a_kept_connection_that_the_server_gave_up_costs_no_attempt(fault: str) -> None:
    with FaultySmtp([Fault("mail", fault, nth=2)]) as server, channel_to(server) as channel:
        assert [send(channel).outcome, send(channel).outcome] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
        assert (server.connections, len(server.accepted)) == (2, 2)


def test_one_connection_carries_many_messages_and_is_renewed_after_a_hundred() -> None:
    with FaultySmtp() as server, channel_to(server) as channel:
        assert {send(channel).outcome for _ in range(101)} == {Outcome.ACCEPTED}
        assert (server.connections, len(server.accepted)) == (2, 101)


def test_a_connection_that_idled_long_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.channels.relay._IDLE_SECONDS", 0.0)
    with FaultySmtp() as server, channel_to(server) as channel:
        assert [send(channel).outcome, send(channel).outcome] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
        assert (server.connections, server.seen.count("quit")) == (2, 1)


def test_a_deadline_that_has_passed_never_reaches_begin() -> None:
    with FaultySmtp() as server, channel_to(server) as channel:
        send(channel)
        receipt = channel.send(MESSAGE, lambda: pytest.fail("begin was called"), time.monotonic() - 1)
        assert receipt.outcome is Outcome.RETRY
        assert len(server.accepted) == 1


def test_a_begin_that_outlasts_the_deadline_leaves_nothing_in_doubt() -> None:
    def slow_begin() -> bool:
        time.sleep(0.3)
        return True

    with FaultySmtp() as server, channel_to(server) as channel:
        receipt = channel.send(MESSAGE, slow_begin, time.monotonic() + 0.2)
        assert (receipt.outcome, receipt.code) == (Outcome.RETRY, "late")
        assert "data" not in server.seen


def test_content_arrives_byte_for_byte_for_exactly_one_receiver() -> None:
    with FaultySmtp() as server, channel_to(server) as channel:
        receipt = send(channel)
        assert (receipt.outcome, receipt.code, receipt.remote_id) == (Outcome.ACCEPTED, "250", "F00001")
        [mail] = server.accepted
        assert (mail.sender, mail.receivers) == ("care@example.com", ("li.na@example.com",))
        assert mail.message_id == MESSAGE.message_id
        assert mail.content.endswith(b"\r\n\r\n.dots\r\n.\r\n..and more\r\n")


def test_what_is_larger_than_mail_can_be_is_refused_without_a_connection() -> None:
    with FaultySmtp() as server, channel_to(server) as channel:
        receipt = send(channel, replace(MESSAGE, text="x" * 70 + "\n" * 14_000_000))
        assert (receipt.outcome, receipt.code, server.connections) == (Outcome.PERMANENT, "oversize", 0)


@pytest.mark.parametrize(("first", "drop"), [(b"220-", b"x" * 4096), (b"", b"220-and more\r\n"), (b"220", b" ")])
def test_an_answer_without_an_end_ends_with_the_deadline(first: bytes, drop: bytes) -> None:
    started = time.monotonic()
    with dripping(first, drop) as port:
        channel = EmailChannel(SmtpServer("127.0.0.1", port, "care@example.com"))
        receipt = channel.send(MESSAGE, lambda: pytest.fail("begin was called"), started + PATIENCE)
    assert (receipt.outcome, receipt.code) == (Outcome.RETRY, "connect")
    assert time.monotonic() - started < PATIENCE + 0.5


def test_a_refusal_keeps_its_code_and_loses_the_address() -> None:
    with FaultySmtp([Fault("rcpt", "550")]) as server, channel_to(server) as channel:
        receipt = send(channel)
        assert receipt.code == "550"
        assert receipt.detail == "rcpt: 550 5.1.1 <<address>>: refused by script"


def test_login_is_used_and_a_wrong_password_is_ours_to_mend() -> None:
    with FaultySmtp(login=("care", "right")) as server:
        with channel_to(server, username="care", password="right") as channel:
            assert send(channel).outcome is Outcome.ACCEPTED
        with channel_to(server, username="care", password="wrong") as channel:
            receipt = send(channel)
    assert (receipt.outcome, receipt.code) == (Outcome.RETRY, "auth")
    assert "wrong" not in receipt.detail


def test_a_server_without_starttls_gets_no_mail_when_starttls_is_asked_for() -> None:
    with FaultySmtp(login=("care", "right")) as server:
        with channel_to(server, username="care", password="right", security="starttls") as channel:
            receipt = send(channel)
        assert (receipt.outcome, receipt.code) == (Outcome.RETRY, "unsupported")
        assert "auth" not in server.seen
        assert "mail" not in server.seen


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [({"host": "no host"}, "host name"), ({"port": 0}, "host name"), ({"security": "ssl"}, "starttls, tls"),
     ({"from_address": "care"}, "no @"), ({"password": "密码"}, "ASCII")],
)
def test_settings_that_cannot_work_are_refused_at_once(setting: dict[str, str | int], complaint: str) -> None:
    fine: dict[str, str | int] = {"host": "mail.example.com", "port": 25, "from_address": "care@example.com"}
    with pytest.raises(ValueError, match=complaint):
        SmtpServer(**(fine | setting))  # type: ignore[arg-type]


def test_the_password_is_not_in_the_settings_repr() -> None:
    assert "hunter2" not in repr(SmtpServer("mail.example.com", 25, "care@example.com", password="hunter2"))
