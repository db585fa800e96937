"""Every chat with its vendor's stand-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adapters.base import Channel
from adapters.channels.chat import Room
from adapters.channels.dingtalk_bot import DingtalkBot
from adapters.channels.feishu_bot import FeishuBot
from adapters.channels.wecom_app import App, WecomApp
from adapters.channels.wecom_bot import WecomBot
from tests.faults.chat_servers import NOW, ChatServer, DingtalkGroup, FeishuGroup, WecomGroup, WecomMembers

Made = Callable[[Room], Channel]

SERVERS: dict[str, type[ChatServer]] = {
    "wecom_bot": WecomGroup, "wecom_app": WecomMembers, "dingtalk_bot": DingtalkGroup, "feishu_bot": FeishuGroup,
}  # fmt: skip
_CHANNELS: dict[str, Made] = {
    "wecom_bot": WecomBot,
    "wecom_app": lambda room: WecomApp(App("ww1", 7), room),
    "dingtalk_bot": lambda room: DingtalkBot(room, lambda: NOW),
    "feishu_bot": lambda room: FeishuBot(room, lambda: NOW),
}
_SECRETS = {"wecom_app": "s3cret", "dingtalk_bot": "SEC1", "feishu_bot": "f1"}


def chat(kind: str, server: ChatServer, **more: object) -> Channel:
    """A channel of that kind that speaks to the server; `more` differs from what is right."""
    url = server.base if kind == "wecom_app" else server.url
    room = Room(url, _SECRETS.get(kind, ""), timeout=0.5, networks=("127.0.0.0/8",))
    return _CHANNELS[kind](replace(room, **more))  # type: ignore[arg-type]
