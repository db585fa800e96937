"""Mail through a real server, Debian's postfix: what it takes arrives, what it refuses is told as what it is."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from adapters.base import Message, Outcome, Receipt
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer
from engine.ground.clock import FrozenClock
from tests.contract.imap_server import PASSWORD, USER, imap_server
from tests.contract.postfix_server import CERTIFICATE, Postfix, postfix

MESSAGE = Message(
    message_id="<k1@followup.example>", address="li.na@example.com", receiver_name="李娜", subject="生日快乐 🎂",
    text=".dots\nHappy birthday, 李娜!\n", html="<p>Happy birthday, 李娜!</p>", date=1_900_000_000,
)  # fmt: skip


@pytest.fixture(scope="module")
def relay() -> Iterator[Postfix]:
    with postfix() as server:
        yield server


@contextmanager
def channel_to(*relays: Postfix, **settings: str) -> Iterator[EmailChannel]:
    host = "127.0.0.1" if not settings else "localhost"
    servers = [SmtpServer(host, one.port, "care@example.com", "Care", **settings) for one in relays]
    channel = EmailChannel(*servers, now=FrozenClock(1_900_000_000).now)
    yield channel
    channel.close()


def send(channel: EmailChannel, message: Message = MESSAGE, began: list[int] | None = None) -> Receipt:
    def begin() -> bool:
        if began is not None:
            began.append(1)
        return True

    return channel.send(message, begin, time.monotonic() + 20)


def test_what_it_takes_lies_in_the_mailbox_as_it_was_written(relay: Postfix) -> None:
    with channel_to(relay) as channel:
        receipts = [send(channel, replace(MESSAGE, message_id=f"<k{n}@followup.example>")) for n in range(3)]
    assert {one.outcome for one in receipts} == {Outcome.ACCEPTED}
    assert all(f" {one.remote_id}: to=<li.na@example.com>" in _log(relay, one.remote_id) for one in receipts)
    mails = relay.delivered("li.na", 3)
    assert {mail["Message-ID"] for mail in mails} == {f"<k{n}@followup.example>" for n in range(3)}
    assert (mails[0]["Subject"], mails[0]["To"].addresses[0].display_name) == ("生日快乐 🎂", "李娜")
    body = mails[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == [".dots", "Happy birthday, 李娜!"]


def test_a_deferral_is_worth_another_try(relay: Postfix) -> None:
    began: list[int] = []
    with channel_to(relay) as channel:
        receipt = send(channel, replace(MESSAGE, address="later@example.com"), began)
        assert (receipt.outcome, receipt.code, receipt.retry_after) == (Outcome.RETRY, "450", None)
        assert "Greylisted, come again" in receipt.detail
        assert "later@" not in receipt.detail
        assert send(channel).outcome is Outcome.ACCEPTED
    assert began == []


def test_a_receiver_who_has_enough_leaves_his_domain_alone(relay: Postfix) -> None:
    with channel_to(relay) as channel:
        receipt = send(channel, replace(MESSAGE, address="crowd@example.com"))
        assert (receipt.outcome, receipt.code, receipt.retry_after) == (Outcome.RETRY, "452", 15)
        assert send(channel).outcome is Outcome.WITHDRAWN


@pytest.mark.parametrize(("address", "code"), [("nobody@example.com", "550"), ("li.na@elsewhere.example", "550")])
def test_an_unknown_receiver_is_refused_for_good(relay: Postfix, address: str, code: str) -> None:
    began: list[int] = []
    with channel_to(relay) as channel:
        receipt = send(channel, replace(MESSAGE, address=address), began)
        assert (receipt.outcome, receipt.code) == (Outcome.PERMANENT, code)
        assert address not in receipt.detail
        assert began == []
        assert send(channel).outcome is Outcome.ACCEPTED


def test_an_address_in_other_letters_arrives_at_its_mailbox(relay: Postfix) -> None:
    with channel_to(relay) as channel:
        receipt = send(channel, replace(MESSAGE, address="李娜@example.com"))
    assert receipt.outcome is Outcome.ACCEPTED
    [letter] = relay.letters("utf8", 1)
    mail = email.message_from_string(letter.decode(), policy=email.policy.default)
    [to] = mail["To"].addresses
    assert (to.display_name, to.username, to.domain) == ("李娜", "李娜", "example.com")
    assert mail["Subject"] == MESSAGE.subject


def test_what_is_too_large_is_refused_before_the_mark(relay: Postfix) -> None:
    began: list[int] = []
    with channel_to(relay) as channel:
        receipt = send(channel, replace(MESSAGE, text="x" * 70 + "\n" * 30_000), began)
        assert (receipt.outcome, receipt.code) == (Outcome.PERMANENT, "oversize")
        assert receipt.detail.endswith("the relay takes 20000")
        assert send(channel).outcome is Outcome.ACCEPTED
    assert began == []


def test_when_the_first_relay_is_down_the_second_delivers_and_neither_twice(relay: Postfix) -> None:
    with postfix() as first, channel_to(first, relay) as channel:
        messages = [replace(MESSAGE, message_id=f"<down{n}@followup.example>") for n in range(6)]
        receipts = [send(channel, one) for one in messages[:2]]
        first.stop()  # with our connection open: it is lost when the next mail begins
        receipts += [send(channel, one) for one in messages[2:4]]
        first.start()
        receipts += [send(channel, one) for one in messages[4:]]
        arrived = [str(mail["Message-ID"]) for mail in (*first.delivered("li.na", 4), *relay.delivered("li.na", 2))]
    assert {one.outcome for one in receipts} == {Outcome.ACCEPTED}
    assert sorted(one for one in arrived if "down" in one) == [one.message_id for one in messages]


def test_starttls_with_a_certificate_that_is_vouched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with postfix(tls="encrypt") as server:
        with channel_to(server, security="starttls") as channel:
            receipt = send(channel)
            assert (receipt.outcome, receipt.code) == (Outcome.RETRY, "connect")
            assert "certificate verify failed" in receipt.detail
        with channel_to(server) as channel:
            receipt = send(channel)
            assert (receipt.outcome, receipt.code) == (Outcome.RETRY, "auth")  # 530 Must issue a STARTTLS command first
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        with channel_to(server, security="starttls") as channel:
            assert send(channel).outcome is Outcome.ACCEPTED
            assert [mail["Subject"] for mail in server.delivered("li.na", 1)] == [MESSAGE.subject]


def test_who_logs_in_may_send_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with imap_server() as accounts, postfix(tls="encrypt", auth=accounts.auth_port) as server:
        with channel_to(server, security="starttls", username=USER, password=PASSWORD) as channel:
            assert {send(channel).outcome, send(channel).outcome} == {Outcome.ACCEPTED}
            assert len(server.delivered("li.na", 2)) == 2
        with channel_to(server, security="starttls", username=USER, password="old") as channel:
            receipt = send(channel)
            assert (receipt.outcome, receipt.code) == (Outcome.RETRY, "auth")
        with channel_to(server, security="starttls") as channel:
            receipt = send(channel)
            assert (receipt.outcome, receipt.code) == (Outcome.PERMANENT, "554")
        assert len(server.delivered("li.na", 2)) == 2


def _log(relay: Postfix, queue_id: str) -> str:
    """The log, once it tells what became of a mail."""
    for _ in range(200):
        if f"{queue_id}: removed" in (log := relay.log()):
            break
        time.sleep(0.05)
    return log
