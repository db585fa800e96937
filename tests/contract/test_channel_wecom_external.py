"""WeCom messages to customers: what is handed to a member, what he did with it, and what WeCom lets nobody send."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.base import Answerable, Message, Outcome, Receipt
from adapters.channels.chat import Room
from adapters.channels.wecom_external import WecomExternal
from adapters.testing.http_stub import Fault, drip, garbage, reset, silence, status
from tests.faults.chat_servers import WecomContacts

HANDED, RETRY, PERMANENT, UNKNOWN = Outcome.HANDED, Outcome.RETRY, Outcome.PERMANENT, Outcome.UNKNOWN
TEXT = "王芳，生日快乐！\n李敏"
MESSAGE = Message("<k1@followup.example>", "li/wmA", "生日快乐", f"{TEXT}\n", html="<p>never</p>")


def channel(server: WecomContacts, secret: str = "s3cret") -> WecomExternal:
    return WecomExternal("ww1", Room(server.base, secret, timeout=0.5, networks=("127.0.0.0/8",)))


def send(to: WecomExternal, message: Message = MESSAGE) -> Receipt:
    return to.send(message, lambda: True, time.monotonic() + 5)


def look_up(to: WecomExternal, number: str = "msg1") -> Receipt | None:
    return to.look_up(number, MESSAGE.address, time.monotonic() + 5)


@pytest.fixture
def server() -> Iterator[WecomContacts]:
    with WecomContacts() as server:
        yield server


def test_a_message_lies_before_its_member_alone_and_is_not_sent_yet(server: WecomContacts) -> None:
    receipt = send(channel(server))
    assert (receipt.outcome, receipt.remote_id) == (HANDED, "msg1")
    assert server.taken == [
        {"chat_type": "single", "external_userid": ["wmA"], "sender": "li", "text": {"content": TEXT}}
    ]


@pytest.mark.parametrize(("result", "outcome", "why"), [
    (1, Outcome.ACCEPTED, ""), (2, PERMANENT, "the customer is no contact of the sender's"),
    (3, PERMANENT, "the customer may get no more such messages at present"), (0, None, ""), (9, None, ""),
])  # fmt: skip
def test_what_the_member_did_is_learned_by_asking(
    server: WecomContacts, result: int, outcome: Outcome | None, why: str
) -> None:
    contacts = channel(server)
    assert isinstance(contacts, Answerable)
    send(contacts)
    server.results["msg1"].insert(0, {"external_userid": "wmOther", "userid": "li", "status": 2})
    server.results["msg1"][1]["status"] = result
    found = look_up(contacts)
    assert (found and (found.outcome, found.code, found.detail, found.remote_id)) == (
        outcome and (outcome, str(result), why, "msg1")
    )


@pytest.mark.parametrize(
    "fault", [status(500), status(200, "<html>"), status(200, '{"errcode": 0, "send_list": 3}'), silence, reset],
    ids=["500", "html", "no_list", "silence", "reset"],
)
def test_without_an_answer_it_is_asked_again(server: WecomContacts, fault: Fault) -> None:
    contacts = channel(server)
    send(contacts)
    server.results["msg1"][0]["status"] = 1
    server.faults = [fault]
    assert look_up(contacts) is None
    assert look_up(contacts, "msg9") is None
    assert look_up(channel(server, "stale")) is None
    server.given = 7  # somebody else got a token: ours is not taken any more
    found = look_up(contacts)
    assert found is not None
    assert found.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("code", "outcome", "wait"), [
    (41048, PERMANENT, None), (84061, PERMANENT, None), (48002, PERMANENT, None), (40001, PERMANENT, None),
    (777777, PERMANENT, None), (45009, RETRY, 60), (-1, RETRY, 30),
])  # fmt: skip
def test_a_code_of_wecom_is_an_outcome(server: WecomContacts, code: int, outcome: Outcome, wait: int | None) -> None:
    server.codes = [(code, "words that may name people")]
    receipt = send(channel(server))
    assert (receipt.outcome, receipt.retry_after, server.taken) == (outcome, wait, [])
    assert "words" not in receipt.detail


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [(status(502), RETRY), (status(429, Retry_After="7"), RETRY), (status(404), PERMANENT),
     (status(200, "[0]"), UNKNOWN), (status(200, '{"errcode": 0}'), UNKNOWN), (silence, UNKNOWN), (reset, UNKNOWN),
     (drip, UNKNOWN), (garbage, UNKNOWN)],
    ids=["502", "429", "404", "no_code", "no_number", "silence", "reset", "drip", "garbage"],
)  # fmt: skip
def test_what_is_no_answer_of_wecoms(server: WecomContacts, fault: Fault, outcome: Outcome) -> None:
    server.faults = [fault]
    begun = time.monotonic()
    assert send(channel(server)).outcome is outcome
    assert time.monotonic() - begun < 1.1


@pytest.mark.parametrize(("address", "code"), [
    ("li/wmNobody", "41048"), ("li/wmFull", "fail_list"), ("wang/wmA", "40003"), ("li", "address"), ("/wmA", "address"),
    ("li/wmA,wmB", "address"), ("li/", "address"),
])  # fmt: skip
def test_who_is_nobodys_contact_is_refused_for_good(server: WecomContacts, address: str, code: str) -> None:
    receipt = send(channel(server), replace(MESSAGE, address=address))
    assert (receipt.outcome, receipt.code) == (PERMANENT, code)


def test_words_are_never_cut_and_what_is_too_long_does_not_begin(server: WecomContacts) -> None:
    assert send(channel(server), replace(MESSAGE, text="长" * 1_333)).outcome is HANDED
    assert send(channel(server), replace(MESSAGE, text="长" * 1_334)).code == "too_large"
    assert len(server.began) == 1


def test_a_stale_token_is_got_anew_and_begin_is_asked_once(server: WecomContacts) -> None:
    contacts = channel(server)
    send(contacts)
    server.given = 5
    begun: list[str] = []
    receipt = contacts.send(MESSAGE, lambda: not begun.append("begin"), time.monotonic() + 5)
    assert (receipt.outcome, begun, server.given) == (HANDED, ["begin"], 6)
    assert send(channel(server, "stale")).outcome is PERMANENT
