"""A DingTalk group robot (open.dingtalk.com, "custom robot"): signed address, markdown, 20 messages a minute.

The signature is the HMAC of "TIME\\nSECRET" with SECRET as its key, in base64, percent-encoded once.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from adapters.base import Capabilities, Message
from adapters.channels.chat import Codes, Room, later, never, number
from adapters.channels.chat_text import fitted
from adapters.channels.group_bot import GroupBot, Posted
from adapters.channels.webhook import Now

MOST = 20_000 - 2_000
"""Bytes of the text; DingTalk takes 20000 in all."""

_MOBILE = re.compile(r"(?:\+86)?(1\d{10})|(\+\d{6,18})")
_TOO_FAST = later("more than 20 messages a minute", 600)  # DingTalk then takes none for ten minutes
_NO_ROBOT = never("the webhook's token is wrong, or the robot was removed")

CODES: Codes = {
    -1: later("DingTalk is busy", 30),
    130101: _TOO_FAST,
    410100: _TOO_FAST,
    310000: never("the robot's security setting refused it: signature, key word or network address"),
    300001: _NO_ROBOT,
    300005: _NO_ROBOT,
    400101: _NO_ROBOT,
    400106: _NO_ROBOT,
    400013: never("the robot's group was dissolved"),
    400102: never("the robot was switched off"),
    40035: never("a part of the message is missing"),
    400105: never("the robot does not take this kind of message"),
    430101: never("DingTalk did not like a link in it"),
    430102: never("DingTalk did not like a word in it"),
    430103: never("DingTalk did not like a picture in it"),
    430104: never("DingTalk did not like a part of it"),
}


def signature(secret: str, millis: int) -> str:
    """As it stands in the address."""
    signed = hmac.new(secret.encode(), f"{millis}\n{secret}".encode(), "sha256").digest()
    return quote_plus(base64.b64encode(signed))


class DingtalkBot(GroupBot):
    """Posts into the robot's group and mentions the receiver, if his address is a telephone number."""

    capabilities = Capabilities(markdown=True, max_bytes=MOST, receivers=frozenset({"rep"}))
    codes = CODES

    def __init__(self, room: Room, now: Now) -> None:
        super().__init__(room)
        self._now = now

    def posted(self, message: Message) -> Posted:
        """See GroupBot.posted. The time is signed, in the address."""
        url = self._room.url
        if self._room.secret:
            millis = self._now() * 1_000
            url = f"{url}&timestamp={millis}&sign={signature(self._room.secret, millis)}"
        return Posted(url, _body(message))

    def code_of(self, found: Mapping[str, Any]) -> int | None:
        """See GroupBot.code_of."""
        return number(found, "errcode")


def _body(message: Message) -> dict[str, Any]:
    found = _MOBILE.fullmatch(message.address)
    mobiles = [found[1] or found[2]] if found else []
    title = " ".join((f"**{message.subject}**", *(f"@{mobile}" for mobile in mobiles)))
    text = fitted(f"{title}\n{message.text}", MOST).replace("\n", "  \n")  # a line break needs two spaces before it
    return {
        "msgtype": "markdown",
        "markdown": {"title": message.subject, "text": text},
        "at": {"atMobiles": mobiles, "isAtAll": False},
    }
