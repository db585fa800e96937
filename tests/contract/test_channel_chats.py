"""What the answers of chat vendors mean, vendor by vendor; the rest is in test_channel_contract."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

import pytest

from adapters.base import Channel, Message, Outcome, Receipt
from adapters.channels import dingtalk_bot, feishu_bot
from adapters.testing.http_stub import drip, garbage, reset, silence, status
from tests.contract.chats import SERVERS, chat
from tests.faults.chat_servers import ChatServer, WecomMembers

ACCEPTED, RETRY, PERMANENT, UNKNOWN = Outcome.ACCEPTED, Outcome.RETRY, Outcome.PERMANENT, Outcome.UNKNOWN
LINKS = "[已联系上](https://f.example/a/1?do=reached)\n[更多](https://f.example/a/1)"
MESSAGE = Message("<k1@followup.example>", "li", "王芳明天过生日", f"李娜，您好：\n王芳的生日是明天。\n\n{LINKS}")

KINDS = sorted(SERVERS)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str) -> Iterator[ChatServer]:
    with SERVERS[kind]() as server:
        yield server


def send(channel: Channel, message: Message = MESSAGE) -> Receipt:
    return channel.send(message, lambda: True, time.monotonic() + 5)


def test_what_is_taken_carries_the_title_the_words_and_the_links(kind: str, server: ChatServer) -> None:
    assert send(chat(kind, server)).outcome is ACCEPTED
    [body] = server.taken
    for part in (MESSAGE.subject, "王芳的生日是明天。", "[已联系上](https://f.example/a/1?do=reached)"):
        assert part in str(body)


@pytest.mark.parametrize(
    ("kind", "code", "words", "outcome", "wait"),
    [("wecom_bot", 45009, "api freq out of limit", RETRY, 60),
     ("wecom_bot", 93000, "invalid webhook url", PERMANENT, None),
     ("wecom_bot", -1, "system busy", RETRY, 30), ("wecom_app", 45033, "too many at once", RETRY, 10),
     ("wecom_app", 60020, "not allow to access from your ip", PERMANENT, None),
     ("dingtalk_bot", 130101, "send too fast, exceed 20 times per minute", RETRY, 600),
     ("dingtalk_bot", 310000, "keywords not in content", PERMANENT, None),
     ("dingtalk_bot", 300001, "token is not exist", PERMANENT, None),
     ("feishu_bot", 11232, "frequency limited psm", RETRY, 60),
     ("feishu_bot", 99991400, "request trigger frequency limit", RETRY, 60),
     ("feishu_bot", 9499, "too many request", RETRY, 60), ("feishu_bot", 9499, "Bad Request", PERMANENT, None),
     ("feishu_bot", 19021, "sign match fail", PERMANENT, None),
     ("feishu_bot", 19024, "Key Words Not Found", PERMANENT, None),
     ("feishu_bot", 777777, "of next year", PERMANENT, None)],
)  # fmt: skip
def test_a_code_of_the_vendor_is_an_outcome(
    kind: str, server: ChatServer, code: int, words: str, outcome: Outcome, wait: int | None
) -> None:
    server.codes = [(code, words)]
    receipt = send(chat(kind, server))
    assert (receipt.outcome, receipt.retry_after, receipt.enough) == (outcome, wait, outcome is RETRY)
    assert words not in receipt.detail  # what a vendor says may name people and addresses
    assert server.taken == []


def test_a_wrong_credential_is_refused_for_good(kind: str, server: ChatServer) -> None:
    wrong = {"wecom_bot": {"url": f"{server.base}/cgi-bin/webhook/send?key=stale"}}.get(kind, {"secret": "stale"})
    assert send(chat(kind, server, **wrong)).outcome is PERMANENT
    assert server.taken == []


def test_what_is_too_long_is_cut_at_a_line_and_keeps_its_links(kind: str, server: ChatServer) -> None:
    lines = "\n".join(f"第{n}位客户住在受灾地区，请马上联系" for n in range(2_000))
    assert send(chat(kind, server), replace(MESSAGE, text=f"{lines}\n\n{LINKS}")).outcome is ACCEPTED
    told = str(server.taken[0])
    assert "[更多](https://f.example/a/1)" in told
    assert "已截短" in told


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [(status(500), RETRY), (status(502, "<html>"), RETRY), (status(429, Retry_After="7"), RETRY),
     (status(404, "gone"), PERMANENT), (status(301, Location="http://127.0.0.1:1/"), PERMANENT),
     (status(200, "<html>welcome</html>"), UNKNOWN), (status(200, '{"ok": true}'), UNKNOWN),
     (status(200, "[0]"), UNKNOWN),
     (silence, UNKNOWN), (reset, UNKNOWN), (drip, UNKNOWN), (garbage, UNKNOWN)],
    ids=["500", "502", "429", "404", "301", "html", "no_code", "list", "silence", "reset", "drip", "garbage"],
)  # fmt: skip
def test_what_is_no_answer_of_the_vendor(kind: str, server: ChatServer, fault: object, outcome: Outcome) -> None:
    server.faults = [fault]  # type: ignore[list-item]
    begun = time.monotonic()
    assert send(chat(kind, server)).outcome is outcome
    assert time.monotonic() - begun < 1.1  # the channel's own half second, however slowly it drips


def test_nothing_was_sent_where_nobody_listens(kind: str, server: ChatServer) -> None:
    server.close()
    called: list[str] = []
    receipt = chat(kind, server).send(MESSAGE, lambda: bool(called.append("begin")), time.monotonic() + 5)
    assert (receipt.outcome, called) == (RETRY, [])


def test_nothing_is_sent_when_the_time_is_over_before(kind: str, server: ChatServer) -> None:
    receipt = chat(kind, server).send(MESSAGE, lambda: True, time.monotonic() - 1)
    assert (receipt.outcome, server.began) == (RETRY, [])


@pytest.mark.parametrize("kind", ["wecom_app"])
def test_a_token_is_kept_and_got_anew_once_it_is_stale(server: WecomMembers) -> None:
    channel = chat("wecom_app", server)
    assert [send(channel, replace(MESSAGE, text=str(n))).outcome for n in range(3)] == [ACCEPTED] * 3
    assert server.given == 1
    server.given = 5  # somebody else got one: ours is not taken any more
    begun: list[str] = []
    receipt = channel.send(MESSAGE, lambda: not begun.append("begin"), time.monotonic() + 5)
    assert (receipt.outcome, begun, server.given) == (ACCEPTED, ["begin"], 6)


@pytest.mark.parametrize("kind", ["wecom_app"])
def test_a_token_that_is_never_taken_is_no_endless_loop(server: WecomMembers) -> None:
    server.codes = [(42001, "expired")] * 5
    assert send(chat("wecom_app", server)).outcome is RETRY
    assert (len(server.began), server.given) == (2, 2)


@pytest.mark.parametrize("kind", ["wecom_app"])
def test_who_is_no_member_is_refused_for_good(server: WecomMembers) -> None:
    channel = chat("wecom_app", server)
    assert send(channel, replace(MESSAGE, address="nobody")).code == "81013"
    assert send(channel, replace(MESSAGE, address="li|wang")).code == "address"  # two receivers
    assert len(server.began) == 1


@pytest.mark.parametrize(
    ("kind", "address", "mention"),
    [("wecom_bot", "li", "<@li>"), ("wecom_bot", "rep#li", None), ("dingtalk_bot", "+8613800138000", "@13800138000"),
     ("dingtalk_bot", "rep#li", None), ("feishu_bot", "ou_0123456789abcdef", "<at id=ou_0123456789abcdef></at>"),
     ("feishu_bot", "all", None)],
)  # fmt: skip
def test_in_a_group_the_receiver_is_mentioned(
    kind: str, server: ChatServer, address: str, mention: str | None
) -> None:
    assert send(chat(kind, server), replace(MESSAGE, address=address)).outcome is ACCEPTED
    told = str(server.taken[0])
    assert mention in told if mention else "@" not in told.replace("'at'", "")


def openssl(message: str, key: str) -> str:
    digest = ["openssl", "dgst", "-sha256", "-hmac", key, "-binary"]
    signed = subprocess.run(digest, input=message.encode(), capture_output=True, check=True)
    return subprocess.run(["base64"], input=signed.stdout, capture_output=True, check=True).stdout.decode().strip()


def test_signatures_are_those_of_another_implementation() -> None:
    """The vendors publish how, with the example secret "this is secret", and no result to compare with."""
    dingtalk = dingtalk_bot.signature("this is secret", 1_577_262_236_757)
    assert unquote(dingtalk) == openssl("1577262236757\nthis is secret", "this is secret")
    assert not set("+/=") & set(dingtalk)  # encoded, and once
    assert feishu_bot.signature("demo", 1_599_360_473) == openssl("", "1599360473\ndemo")
