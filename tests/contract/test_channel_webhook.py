"""What a webhook's far side sees, and what its answers mean; the rest is in test_channel_contract."""

from __future__ import annotations

import hmac
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.base import Message, Outcome, Receipt
from adapters.channels.hooks import resolved
from adapters.channels.webhook import LARGEST, Hook, WebhookChannel
from adapters.testing.http_stub import Fault, garbage, reset, silence
from tests.faults.chat_servers import ChatServer
from tests.faults.dripping import dripping
from tests.faults.hook_server import HookServer

LOCAL = ("127.0.0.0/8",)
MESSAGE = Message("<k1@followup.example>", "system#crm", "won tell", '{"lead": "王"}')


@pytest.fixture
def server() -> Iterator[HookServer]:
    with HookServer() as server:
        yield server


def send(server: HookServer, message: Message = MESSAGE, timeout: float = 5.0) -> Receipt:
    channel = WebhookChannel(Hook(server.url, "secret", "k7", timeout, LOCAL), lambda: 1_900_000_000)
    return channel.send(message, lambda: True, time.monotonic() + 10)


def test_the_far_side_can_tell_that_it_was_us_and_that_it_was_now(server: HookServer) -> None:
    assert send(server).outcome is Outcome.ACCEPTED
    [head], [body] = server.heads, server.bodies
    signed = hmac.new(b"secret", b"1900000000." + body, "sha256").hexdigest()
    assert head["Followup-Signature"] == f"sha256={signed}"
    assert (head["Followup-Timestamp"], head["Followup-Key-Id"]) == ("1900000000", "k7")
    assert (head["Idempotency-Key"], head["path"]) == ("k1@followup.example", "/hook?from=followup")
    assert body.decode() == MESSAGE.text


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, Outcome.ACCEPTED), (202, Outcome.ACCEPTED), (400, Outcome.PERMANENT), (401, Outcome.PERMANENT),
     (410, Outcome.PERMANENT), (408, Outcome.RETRY), (429, Outcome.RETRY), (500, Outcome.RETRY), (503, Outcome.RETRY)],
)  # fmt: skip
def test_a_status_is_an_outcome(server: HookServer, status: int, outcome: Outcome) -> None:
    server.answers = [(status, {})]
    assert send(server).outcome is outcome


@pytest.mark.parametrize(("said", "heard"), [("120", 120), ("999999999", 86_400), ("Wed, 21 Oct 2026", None)])
def test_the_far_side_says_when_to_come_back(server: HookServer, said: str, heard: int | None) -> None:
    server.answers = [(503, {"Retry-After": said})]
    assert send(server).retry_after == heard


def test_nobody_is_followed_to_another_address(server: HookServer) -> None:
    server.answers = [(307, {"Location": server.url})]
    assert send(server).outcome is Outcome.PERMANENT
    assert len(server.bodies) == 1


def test_silence_after_the_body_is_unknown(server: HookServer) -> None:
    server.faults = [silence]
    assert send(server, timeout=0.3).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("fault", [reset, garbage])
def test_an_answer_that_breaks_or_is_none_is_unknown(fault: Fault) -> None:
    with ChatServer() as far_side:
        far_side.faults = [fault]
        channel = WebhookChannel(Hook(far_side.url, "secret", "k", 0.5, LOCAL), lambda: 0)
        assert channel.send(MESSAGE, lambda: True, time.monotonic() + 5).outcome is Outcome.UNKNOWN


def test_where_nobody_listens_it_does_not_begin(server: HookServer) -> None:
    server.close()
    begun: list[str] = []
    channel = WebhookChannel(Hook(server.url, "secret", "k", 0.5, LOCAL), lambda: 0)
    receipt = channel.send(MESSAGE, lambda: bool(begun.append("begin")), time.monotonic() + 5)
    assert (receipt.outcome, begun) == (Outcome.RETRY, [])


@pytest.mark.parametrize(
    ("scheme", "first", "drop", "outcome"),
    [("http", b"", b"H", Outcome.UNKNOWN), ("http", b"HTTP/1.1 204 No Content\r\n", b"A: b\r\n", Outcome.ACCEPTED),
     ("http", b"HTTP/1.1 204 No Content\r\n", b"X", Outcome.ACCEPTED),
     ("https", b"\x16\x03\x03\x3f\xff", b"\x02", Outcome.RETRY)],
    ids=["status", "many headers", "one header", "handshake"],
)  # fmt: skip
def test_who_drips_holds_no_sender_past_its_deadline(scheme: str, first: bytes, drop: bytes, outcome: Outcome) -> None:
    began = time.monotonic()
    with dripping(first, drop) as port:
        channel = WebhookChannel(Hook(f"{scheme}://127.0.0.1:{port}/", "s", "k", 0.4, LOCAL), lambda: 0)
        assert channel.send(MESSAGE, lambda: True, began + 10).outcome is outcome
    assert time.monotonic() - began < 3


def test_a_body_that_is_too_large_is_refused_before_it_leaves(server: HookServer) -> None:
    large = Message("<k2@x>", "system#crm", "", "x" * (LARGEST + 1))
    assert send(server, large).code == "too_large"
    assert server.began == []


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/latest", "https://[::1]/", "https://0.0.0.0/",
     "https://[::ffff:10.0.0.1]/", "http://93.184.215.14/", "https://100.64.0.1/", "https://224.0.0.1/"],
)  # fmt: skip
def test_no_private_address_and_no_plain_http(url: str) -> None:
    with pytest.raises(ValueError, match=r"private network|plain http"):
        resolved(url)
    channel = WebhookChannel(Hook(url, "secret"), lambda: 0)
    assert channel.send(MESSAGE, lambda: True, time.monotonic() + 5).outcome is Outcome.PERMANENT


@pytest.mark.parametrize("url", ["https://h:1a/send?key=k3y", "https://[h/send?key=k3y", "ftp://h/send?key=k3y"])
def test_what_is_no_address_is_not_quoted_for_its_key_is_a_secret(url: str) -> None:
    receipt = WebhookChannel(Hook(url, "secret"), lambda: 0).send(MESSAGE, lambda: True, time.monotonic() + 5)
    assert receipt.detail == "not an address of the form https://HOST/PATH"


def test_a_name_that_leads_inside_is_refused_if_only_one_address_does(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.215.14", "192.168.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: both)
    with pytest.raises(ValueError, match="private network"):
        resolved("https://crm.example.com/")


PEM = Path(__file__).parents[1] / "faults" / "localhost.pem"


@pytest.mark.parametrize(("trusted", "outcome", "arrived"), [(True, Outcome.ACCEPTED, 1), (False, Outcome.RETRY, 0)])
def test_the_certificate_must_be_that_of_the_name(
    monkeypatch: pytest.MonkeyPatch, trusted: bool, outcome: Outcome, arrived: int
) -> None:
    """The connection goes to an address that was looked at; the certificate speaks of the name."""
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: look_up(
        "127.0.0.1" if host == "localhost" else host, *rest, **more))
    with HookServer(PEM) as server:
        hook = Hook(f"https://localhost:{server.port}/", "secret", networks=LOCAL)
        receipt = WebhookChannel(hook, lambda: 0).send(MESSAGE, lambda: True, time.monotonic() + 5)
    assert (receipt.outcome, len(server.bodies)) == (outcome, arrived)
