"""A Feishu or Lark group bot (open.feishu.cn, "custom bot"): a card of markdown, signed in its body.

Its signature has key and message swapped against DingTalk's: the HMAC of nothing, with "TIME\\nSECRET" as its key.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from typing import Any

from adapters.base import Capabilities, Message
from adapters.channels.chat import Codes, Room, later, never, number
from adapters.channels.chat_text import fitted
from adapters.channels.group_bot import GroupBot, Posted
from adapters.channels.webhook import Now

MOST = 20_000 - 4_000
"""Bytes of the text; Feishu takes 20 KB for the whole request."""

_MEMBER = re.compile(r"ou_[0-9a-f]{8,64}")
_TOO_FAST = later("called too often", 60)
_TOO_OFTEN, _TWO_THINGS = 11232, 9499

CODES: Codes = {
    _TOO_OFTEN: _TOO_FAST,
    99991400: _TOO_FAST,
    19021: never("the signature is wrong, or our clock is an hour off"),
    19022: never("our network address is not on the bot's list"),
    19024: never("the text has none of the bot's key words"),
    19001: never("the webhook's address is wrong, or the bot was removed"),
    19002: never("a part of the message is missing"),
    19007: never("the bot was switched off"),
    _TWO_THINGS: never("the request was not understood"),
}


def signature(secret: str, seconds: int) -> str:
    """As it stands in the body."""
    signed = hmac.new(f"{seconds}\n{secret}".encode(), b"", "sha256").digest()
    return base64.b64encode(signed).decode()


class FeishuBot(GroupBot):
    """Posts into the bot's group and mentions the receiver, if his address is an open_id."""

    capabilities = Capabilities(markdown=True, max_bytes=MOST, receivers=frozenset({"rep"}))
    codes = CODES

    def __init__(self, room: Room, now: Now) -> None:
        super().__init__(room)
        self._now = now

    def posted(self, message: Message) -> Posted:
        """See GroupBot.posted. The time is signed, in the body."""
        return Posted(self._room.url, {**self._signed(), **_card(message)})

    def code_of(self, found: Mapping[str, Any]) -> int | None:
        """See GroupBot.code_of. 9499 says two things, and only its words tell which."""
        code = number(found, "code")
        code = number(found, "StatusCode") if code is None else code  # in older answers
        return _TOO_OFTEN if code == _TWO_THINGS and "too many" in str(found.get("msg", "")).lower() else code

    def _signed(self) -> dict[str, str]:
        if not self._room.secret:
            return {}
        seconds = self._now()
        return {"timestamp": str(seconds), "sign": signature(self._room.secret, seconds)}


def _card(message: Message) -> dict[str, Any]:
    mention = f"<at id={message.address}></at>\n" if _MEMBER.fullmatch(message.address) else ""
    text = fitted(f"{mention}{message.text}", MOST)
    return {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {"title": {"tag": "plain_text", "content": message.subject}},
            "elements": [{"tag": "markdown", "content": text}],
        },
    }
