"""Mail over TLS, from the start or by STARTTLS, to a server with a certificate for localhost."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as KeepingHandler

from adapters.base import Message, Outcome, Receipt
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer, SmtpSession
from tests.contract.test_channel_email_abreast import Hands

# A self-signed certificate for localhost with its key, made for these tests and used nowhere else.
CERTIFICATE = Path(__file__).parents[1] / "faults" / "localhost.pem"
MESSAGE = Message("<k1@followup.example>", "li.na@example.com", "Hello", "Hello.\n", date=1_900_000_000)


class Kept(KeepingHandler):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.subjects: list[str] = []

    def handle_message(self, message: object) -> None:
        self.subjects.append(message["Subject"])  # type: ignore[index]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(params=["starttls", "tls"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, int, Kept]]:
    """A server that takes mail over TLS only: (security, port, what it kept)."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)
    kept = Kept()
    at_once, on_demand = {"ssl_context": tls}, {"tls_context": tls, "require_starttls": True}
    options = at_once if request.param == "tls" else on_demand
    controller = Controller(kept, hostname="localhost", port=free_port(), data_size_limit=20_000_000, **options)
    controller.start()
    yield request.param, controller.port, kept
    controller.stop()


def send(security: str, port: int) -> Receipt:
    channel = EmailChannel(SmtpServer("localhost", port, "care@example.com", security=security))
    receipt = channel.send(MESSAGE, lambda: True, time.monotonic() + 10)
    channel.close()
    return receipt


def test_mail_goes_out_encrypted(server: tuple[str, int, Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    security, port, kept = server
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert send(security, port).outcome is Outcome.ACCEPTED
    assert kept.subjects == ["Hello"]


def test_several_mails_abreast_go_out_encrypted_large_ones_in_pieces(
    server: tuple[str, int, Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    security, port, kept = server
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    channel = EmailChannel(SmtpServer("localhost", port, "care@example.com", security=security))
    assert channel.send(MESSAGE, lambda: True, time.monotonic() + 10).outcome is Outcome.ACCEPTED
    waited: list[bytes] = []
    put = SmtpSession.put
    monkeypatch.setattr(SmtpSession, "put", lambda self, data: (put(self, data), waited.append(self.unsent)))
    large = "No socket takes as much at once.\n" * 250_000
    mails = [replace(MESSAGE, message_id=f"<m{n}@followup.example>", subject=f"m{n}") for n in range(2)]
    mails.append(replace(MESSAGE, message_id="<m2@followup.example>", subject="m2", text=large))
    hands = Hands()
    assert channel.send_several(mails, hands, 12, time.monotonic() + 30) == []
    channel.close()
    assert any(waited), "it went at once"
    assert set(hands.outcomes.items()) == {(n, Outcome.ACCEPTED) for n in range(3)}
    assert sorted(kept.subjects) == ["Hello", "m0", "m1", "m2"]


def test_a_certificate_nobody_vouches_for_gets_no_mail(server: tuple[str, int, Kept]) -> None:
    security, port, kept = server
    receipt = send(security, port)
    assert (receipt.outcome, receipt.code) == (Outcome.RETRY, "connect")
    assert "certificate verify failed" in receipt.detail
    assert kept.subjects == []
