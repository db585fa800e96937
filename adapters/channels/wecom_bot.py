"""A WeCom group robot (path/91770): markdown of at most 4096 bytes, 20 messages a minute, into one group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.base import Capabilities, Message
from adapters.channels.chat import Room
from adapters.channels.chat_text import fitted, plain
from adapters.channels.group_bot import GroupBot, Posted
from adapters.channels.wecom import CODES, USER, code_of

MOST, MOST_PLAIN = 4_096, 2_048
"""Bytes of a message as markdown, and as text."""


class WecomBot(GroupBot):
    """Posts into the robot's group and mentions the receiver, if his address is a userid."""

    capabilities = Capabilities(markdown=True, max_bytes=MOST, receivers=frozenset({"rep"}))
    codes = CODES

    def __init__(self, room: Room, *, markdown: bool = True) -> None:
        super().__init__(room)
        self._markdown = markdown

    def posted(self, message: Message) -> Posted:
        """See GroupBot.posted."""
        return Posted(self._room.url, self._body(message))

    def code_of(self, found: Mapping[str, Any]) -> int | None:
        """See GroupBot.code_of."""
        return code_of(found)

    def _body(self, message: Message) -> dict[str, Any]:
        named = [message.address] if USER.fullmatch(message.address) else []
        if not self._markdown:
            text = plain(fitted(f"{message.subject}\n{message.text}", MOST_PLAIN))
            return {"msgtype": "text", "text": {"content": text, "mentioned_list": named}}
        mention = "".join(f"<@{one}>" for one in named)
        title = f"**{message.subject}** {mention}".strip()
        return {"msgtype": "markdown", "markdown": {"content": fitted(f"{title}\n{message.text}", MOST)}}
