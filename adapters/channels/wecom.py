"""WeCom's error codes (developer.work.weixin.qq.com/document/path/90313), as far as messages meet them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.channels.chat import Codes, later, never, number

USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
"""A member's userid (path/90195)."""

STALE_TOKEN = frozenset({40014, 41001, 42001})
"""The access token is none, or too old: get another one, once."""

CODES: Codes = {
    -1: later("WeCom is busy", 30),
    45009: later("called too often", 60),
    45033: later("called too often at once", 10),
    40014: later("the access token was not taken"),
    41001: later("the access token was not taken"),
    42001: later("the access token is too old"),
    40001: never("the app's secret is wrong"),
    40013: never("the corp_id is wrong"),
    40056: never("the agent_id is wrong"),
    301002: never("the app may not use this agent_id"),
    48002: never("the app may not send"),
    60011: never("the app may not see the receiver"),
    60020: never("our address is not among the app's trusted ones"),
    40003: never("the receiver is no member"),
    46004: never("the receiver is no member"),
    60111: never("the receiver is no member"),
    81013: never("no receiver is a member whom the app may write to"),
    82001: never("no receiver is a member whom the app may write to"),
    40058: never("a part of the message is too long or missing"),
    45002: never("the message is too long"),
    93000: never("the webhook's key is wrong, or the bot was removed from its group"),
    93004: never("the bot was switched off"),
    93008: never("the bot is not in the group"),
    93017: never("the bot's group was dissolved"),
}


def code_of(found: Mapping[str, Any]) -> int | None:
    """The code of an answer."""
    return number(found, "errcode")
