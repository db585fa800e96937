"""Apprise as a channel: content or unknown, never more; and what it hides that our own channels tell."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import apprise
import pytest
from apprise.plugins import dingtalk, feishu, wecombot

from adapters.base import Message, Outcome, Receipt
from adapters.channels.apprise import MOST_HUNG, AppriseChannel
from adapters.testing.http_stub import drip, garbage, reset, silence, status
from engine.ground.errors import UsageError
from engine.service.channels.build import build_channel
from engine.settings.model import Settings
from tests.contract.chats import SERVERS, chat
from tests.faults.chat_servers import ChatServer

ACCEPTED, RETRY, PERMANENT, UNKNOWN = Outcome.ACCEPTED, Outcome.RETRY, Outcome.PERMANENT, Outcome.UNKNOWN
MESSAGE = Message("<k1@followup.example>", "rep#li", "该联系王芳了", "上次联系是 2026-02-13。\n\n[打开](https://f.example/a)")


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


def apprised(server: ChatServer, **more: Any) -> AppriseChannel:
    return AppriseChannel(server.base.replace("http", "json"), **{"timeout": 0.5, **more})


def send(channel: Any, message: Message = MESSAGE) -> Receipt:
    receipt: Receipt = channel.send(message, lambda: True, time.monotonic() + 5)
    return receipt


def test_the_words_arrive_with_their_title(server: ChatServer) -> None:
    assert int(version("apprise").split(".")[0]) in (1, 2)
    assert send(apprised(server)).outcome is ACCEPTED
    [body] = server.taken
    assert (body["title"], "上次联系是 2026-02-13。" in body["message"]) == ("该联系王芳了", True)


@pytest.mark.parametrize(
    "fault", [status(500), status(429), status(404), silence, reset, drip, garbage],
    ids=["500", "429", "404", "silence", "reset", "drip", "garbage"],
)  # fmt: skip
def test_whatever_goes_wrong_once_it_began_is_unknown(server: ChatServer, fault: Any) -> None:
    server.faults = [fault]
    begun = time.monotonic()
    assert send(apprised(server)).outcome is UNKNOWN
    assert time.monotonic() - begun < 1.1


def test_nobody_listening_is_unknown_too_for_apprise_does_not_say_why(server: ChatServer) -> None:
    server.close()
    assert send(apprised(server)).outcome is UNKNOWN


def test_a_service_that_hangs_holds_no_sender_and_gets_no_more(server: ChatServer) -> None:
    server.faults = [silence] * MOST_HUNG
    channel = apprised(server, timeout=0.05)
    begun = time.monotonic()
    assert [send(channel).outcome for _ in range(MOST_HUNG + 1)] == [UNKNOWN] * MOST_HUNG + [RETRY]
    assert time.monotonic() - begun < 1.1
    time.sleep(1.3)
    assert send(channel).outcome is not RETRY, "they came back"


@pytest.mark.parametrize(
    ("kind", "code", "plugin", "address", "ours"),
    [("wecom_bot", 45009, wecombot.NotifyWeComBot, "wecombot://k1", RETRY),
     ("wecom_bot", 93000, wecombot.NotifyWeComBot, "wecombot://k1", PERMANENT),
     ("dingtalk_bot", 310000, dingtalk.NotifyDingTalk, "dingtalk://SEC1@t1", PERMANENT),
     ("dingtalk_bot", 130101, dingtalk.NotifyDingTalk, "dingtalk://SEC1@t1", RETRY),
     ("feishu_bot", 19021, feishu.NotifyFeishu, "feishu://h1", PERMANENT),
     ("feishu_bot", 11232, feishu.NotifyFeishu, "feishu://h1", RETRY)],
)  # fmt: skip
def test_what_apprise_calls_sent_our_own_channel_calls_by_its_name(
    monkeypatch: pytest.MonkeyPatch, kind: str, code: int, plugin: Any, address: str, ours: Outcome
) -> None:
    with SERVERS[kind]() as server:
        monkeypatch.setattr(plugin, "notify_url", f"{server.base}{server.path}")
        server.codes = [(code, "refused")] * 2
        service = apprise.Apprise()
        assert service.add(address)
        assert service.notify(body="x", title="y"), "Apprise calls it sent"
        assert send(chat(kind, server)).outcome is ours
        assert server.taken == []


@pytest.mark.parametrize(
    ("address", "told"),
    [("nonsense", "is not the address of one service"), ("json://a.example, json://b.example", "of one service"),
     ("wecombot://k1", "use kind: wecom_bot"), ("dingtalk://t1", "use kind: dingtalk_bot"),
     ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k1", "use kind: wecom_bot")],
)  # fmt: skip
def test_an_address_that_cannot_be_trusted_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str, told: str
) -> None:
    monkeypatch.setenv("TAIL", address)
    with pytest.raises(UsageError, match=told):
        built()


def test_without_the_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAIL", "json://a.example")
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.setattr("engine.service.channels.long_tail.find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"channel tail needs Apprise.*pip install 'followup\[apprise\]'"):
        built()


def built() -> Any:
    settings = Settings.model_validate({"channels": {"tail": {"kind": "apprise", "service": "env:TAIL"}}})
    return build_channel("tail", settings, None, lambda: 0, rehearsal=False)  # type: ignore[arg-type]
