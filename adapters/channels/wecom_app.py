"""Messages of a WeCom app to its members (path/90236): an access token of two hours, and copies that WeCom drops.

What is beyond 30 messages a minute to one member WeCom drops without a word: nobody may hand over more than that.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.chat import MOST_ANSWER, ChatLine, Room, number, said, unfit
from adapters.channels.chat_text import fitted, plain
from adapters.channels.line import Answer
from adapters.channels.wecom import CODES, STALE_TOKEN, USER, code_of

MOST = 2_048
"""Bytes of a message, as markdown and as text."""

COPIES = 1_800
"""Seconds in which WeCom drops a message with the same content."""

_EARLY = 300  # seconds before its end that a token is no longer used


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
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """See Channel.send. A token that is not taken is got anew once; what was refused with it was not delivered."""
        if not USER.fullmatch(message.address):
            return unfit(message) or Receipt(Outcome.PERMANENT, "address", "no userid of a member")
        deadline = self._chat.until(deadline)
        token = self._current(deadline)
        if isinstance(token, Receipt):
            return token
        receipt = self._post(token, message, begin, deadline)
        if receipt.code not in map(str, STALE_TOKEN):
            return receipt
        token = self._renewed(token, deadline)
        return token if isinstance(token, Receipt) else self._post(token, message, lambda: True, deadline)

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

    def _current(self, deadline: float) -> str | Receipt:
        with self._lock:
            if self._token and time.monotonic() < self._good_until:
                return self._token
            return self._fetched(deadline)

    def _renewed(self, stale: str, deadline: float) -> str | Receipt:
        """Another token than this one; another thread may have got it already."""
        with self._lock:
            return self._fetched(deadline) if self._token == stale else self._token

    def _fetched(self, deadline: float) -> str | Receipt:
        """A new token. The receipt if there is none says that nothing was sent."""
        wanted = urlencode({"corpid": self._app.corp_id, "corpsecret": self._room.secret})
        answer = self._chat.line.fetch(f"{self._room.url}/cgi-bin/gettoken?{wanted}", MOST_ANSWER, deadline)
        if isinstance(answer, Receipt):
            return answer
        found = said(answer)
        token, lasts = found.get("access_token"), number(found, "expires_in")
        if not isinstance(token, str) or not token or lasts is None:
            return self._no_token(answer)
        self._token, self._good_until = token, time.monotonic() + max(lasts - _EARLY, lasts // 2)
        return token

    def _no_token(self, answer: Answer) -> Receipt:
        receipt = self._chat.judged(answer, CODES)
        if receipt.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN):  # of the token; of the message nothing was sent
            return Receipt(Outcome.RETRY, receipt.code, "there is no access token in the answer")
        return receipt
