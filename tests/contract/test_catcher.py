"""The mail catcher: a real SMTP server on loopback that keeps what it gets and shows it harmlessly."""

from __future__ import annotations

import smtplib
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.base import Message, Outcome
from adapters.catcher import Catcher
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer

MESSAGE = Message(
    message_id="<k1@followup.example>", address="li.na@example.com", subject="生日快乐 🎂",
    text="祝您生日快乐!\n<script>alert(1)</script>\n", html="<p>祝您生日快乐!</p><script>alert(1)</script>",
    date=1_900_000_000,
)


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    catcher = Catcher(tmp_path / "spool")
    catcher.start()
    yield catcher
    catcher.stop()


def deliver(catcher: Catcher, *messages: Message) -> None:
    channel = EmailChannel(SmtpServer("127.0.0.1", catcher.smtp_port, "care@example.com", "客户关怀"))
    for message in messages:
        assert channel.send(message, lambda: True, time.monotonic() + 10).outcome is Outcome.ACCEPTED
    channel.close()


def page(catcher: Catcher, path: str = "", host: str | None = None) -> tuple[str, str]:
    """The body and the content security policy of a page."""
    request = urllib.request.Request(catcher.url + path, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode(), answer.headers["Content-Security-Policy"]


def test_a_mail_is_kept_as_it_was_sent(catcher: Catcher) -> None:
    deliver(catcher, MESSAGE)
    [mail] = catcher.messages()
    assert (mail.message_id, mail.to, mail.subject) == (MESSAGE.message_id, MESSAGE.address, MESSAGE.subject)
    assert (mail.text, mail.html) == (MESSAGE.text, MESSAGE.html)
    assert mail.sender == "客户关怀 <care@example.com>"


def test_what_was_caught_is_there_again_after_a_restart(catcher: Catcher, tmp_path: Path) -> None:
    deliver(catcher, MESSAGE, replace(MESSAGE, message_id="<k2@followup.example>"))
    again = Catcher(tmp_path / "spool")
    again.start()
    assert again.messages() == catcher.messages()
    deliver(again, replace(MESSAGE, message_id="<k3@followup.example>"))
    assert [mail.message_id[1:3] for mail in again.messages()] == ["k1", "k2", "k3"]
    again.stop()


def test_the_list_shows_the_newest_first_and_reloads(catcher: Catcher) -> None:
    deliver(catcher, *(replace(MESSAGE, subject=f"mail no {n}") for n in (1, 2, 3)))
    body, _ = page(catcher)
    assert body.index("mail no 3") < body.index("mail no 2") < body.index("mail no 1")
    assert 'http-equiv="refresh"' in body


def test_a_mail_is_escaped_and_its_html_locked_into_a_frame(catcher: Catcher) -> None:
    deliver(catcher, replace(MESSAGE, subject="<script>alert(1)</script>"))
    listed, _ = page(catcher)
    viewed, policy = page(catcher, "mail/1")
    assert "<script" not in listed + viewed
    assert '<iframe sandbox src="/mail/1/html"' in viewed
    assert "default-src 'none'" in policy
    framed, frame_policy = page(catcher, "mail/1/html")
    assert framed == MESSAGE.html
    assert frame_policy.startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("path", ["mail/0", "mail/2", "mail/-1", "mail/1/text", "mail/9999999999", "../etc"])
def test_there_is_nothing_else_to_see(catcher: Catcher, path: str) -> None:
    deliver(catcher, MESSAGE)
    with pytest.raises(urllib.error.HTTPError, match="404") as refusal:
        page(catcher, path)
    refusal.value.close()


def test_a_foreign_name_for_loopback_is_turned_away(catcher: Catcher) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403") as refusal:
        page(catcher, host="attacker.example:80")
    refusal.value.close()


def test_both_servers_listen_on_loopback_only(catcher: Catcher) -> None:
    outside = "127.0.0.2"  # also this machine, but not the address that was bound
    for port in (catcher.smtp_port, catcher.http_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((outside, port), timeout=5)


RUBBISH = [
    b"Subject: =?utf-8?B?a?=\r\n\r\nbroken base64", b"Subject: =?no-such?Q?x?=\r\n\r\nunknown charset",
    b"Subject: =?utf-7?Q?+?=\r\nContent-Type: text/html; charset=none\r\n\r\n\xff\xfe<p>",
    b"Subject: \xff\xfe\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff", b"no header at all", b"",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain",
]


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_a_mail_of_rubbish_is_kept_too(catcher: Catcher, rubbish: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port, local_hostname="localhost", timeout=10) as client:
        client.sendmail("a@example.com", "b@example.com", rubbish)
    assert catcher.messages()[0].to == "b@example.com"
    assert "b@example.com" in page(catcher)[0]
