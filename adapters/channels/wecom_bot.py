"""A WeCom group robot (path/91770): markdown of at most 4096 bytes, 20 messages a minute, into one group."""

from __future__ import annotations

from typing import Any

from adapters.base import Begin, Capabilities, Message, Receipt
from adapters.channels.chat import ChatLine, Room, unfit
from adapters.channels.chat_text import fitted, plain
from adapters.channels.wecom import CODES, USER, code_of

MOST, MOST_PLAIN = 4_096, 2_048
"""Bytes of a message as markdown, and as text."""


class WecomBot:
    """Posts into the robot's group and mentions the receiver, if his address is a userid."""

    capabilities = Capabilities(markdown=True, max_bytes=MOST, receivers=frozenset({"rep"}))

    def __init__(self, room: Room, *, markdown: bool = True) -> None:
        self._room, self._markdown = room, markdown
        self._chat = ChatLine(room, code_of)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """See Channel.send."""
        refusal = unfit(message)
        if refusal is not None:
            return refusal
        body = self._body(message)
        return self._chat.post(self._room.url, body, begin, self._chat.until(deadline), CODES)

    def close(self) -> None:
        """Nothing is held open."""

    def _body(self, message: Message) -> dict[str, Any]:
        named = [message.address] if USER.fullmatch(message.address) else []
        if not self._markdown:
            text = plain(fitted(f"{message.subject}\n{message.text}", MOST_PLAIN))
            return {"msgtype": "text", "text": {"content": text, "mentioned_list": named}}
        mention = "".join(f"<@{one}>" for one in named)
        title = f"**{message.subject}** {mention}".strip()
        return {"msgtype": "markdown", "markdown": {"content": fitted(f"{title}\n{message.text}", MOST)}}
