"""A WeCom app's access token (path/91039): good for two hours, kept, and got anew once if it is not taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

from adapters.base import Outcome, Receipt
from adapters.channels.chat import MOST_ANSWER, ChatLine, Room, number, said
from adapters.channels.line import Answer
from adapters.channels.wecom import CODES, STALE_TOKEN

_EARLY = 300  # seconds before its end that a token is no longer used

Attempt = Callable[[str, bool], Receipt]
"""What is tried with a token; and whether it is the first time."""


class AccessToken:
    """That of one app, for several threads. The room's url is the API's beginning, its secret the app's."""

    def __init__(self, corp_id: str, room: Room, chat: ChatLine) -> None:
        self._corp_id, self._room, self._chat = corp_id, room, chat
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0

    def used(self, attempt: Attempt, deadline: float) -> Receipt:
        """What became of the attempt. With a token that is not taken nothing was done: once more with another one."""
        token = self._current(deadline)
        if isinstance(token, Receipt):
            return token
        receipt = attempt(token, True)
        if receipt.code not in map(str, STALE_TOKEN):
            return receipt
        token = self._renewed(token, deadline)
        return token if isinstance(token, Receipt) else attempt(token, False)

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
        wanted = urlencode({"corpid": self._corp_id, "corpsecret": self._room.secret})
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
