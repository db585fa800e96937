"""Messages of a WeCom app to its members (path/90236): an access token of two hours, and copies that WeCom drops.

What is beyond 30 messages a minute to one member WeCom drops without a word: nobody may hand over more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.chat import ChatLine, Room, unfit
from adapters.channels.chat_text import fitted, plain
from adapters.channels.wecom import CODES, USER, code_of
from adapters.channels.wecom_token import AccessToken

MOST = 2_048
"""Bytes of a message, as markdown and as text."""

COPIES = 1_800
"""Seconds in which WeCom drops a message with the same content."""


@dataclass(frozen=True)
class App:
    """Which app it is. The room's url is the API's beginning, its secret the app's."""

    corp_id: str
    agent_id: int


class WecomApp:
    """Writes to one member; his address is his userid."""

    capabilities = Capabilities(markdown=True, max_bytes=MOST, dedupe=True, receivers=frozenset({"rep"}))

    def __init__(self, app: App, room: Room, *, markdown: bool = True) -> None:
        self._app, self._room, self._markdown = app, room, markdown
        self._chat = ChatLine(room, code_of)
        self._token = AccessToken(app.corp_id, room, self._chat)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """See Channel.send. A token that is not taken is got anew once; what was refused with it was not delivered."""
        if not USER.fullmatch(message.address):
            return unfit(message) or Receipt(Outcome.PERMANENT, "address", "no userid of a member")
        deadline = self._chat.until(deadline)

        def attempt(token: str, first: bool) -> Receipt:
            return self._post(token, message, begin if first else lambda: True, deadline)

        return self._token.used(attempt, deadline)

    def close(self) -> None:
        """Nothing is held open."""

    def _post(self, token: str, message: Message, begin: Begin, deadline: float) -> Receipt:
        url = f"{self._room.url}/cgi-bin/message/send?{urlencode({'access_token': token})}"
        return self._chat.post(url, self._body(message), begin, deadline, CODES)

    def _body(self, message: Message) -> dict[str, Any]:
        head: dict[str, Any] = {
            "touser": message.address, "agentid": self._app.agent_id,
            "enable_duplicate_check": 1, "duplicate_check_interval": COPIES,
        }  # fmt: skip
        text = fitted(f"**{message.subject}**\n{message.text}", MOST)
        if self._markdown:
            return {**head, "msgtype": "markdown", "markdown": {"content": text}}
        return {**head, "msgtype": "text", "text": {"content": plain(text)}}
