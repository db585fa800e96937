"""WeCom messages to customers, as WeCom prescribes: made ready for a member, who confirms each in his own client.

`add_msg_template` (path/92135) only lays the message before the member; `get_groupmsg_send_result` (path/93338) tells
whether he sent it, and whether WeCom let it through: a customer gets one such message a day from a member, and four a
month from the company. WeCom drops no copies of it, so that an answer that was lost stays in doubt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.chat import MOST_ANSWER, ChatLine, Codes, Room, never, said, unfit
from adapters.channels.line import Answer
from adapters.channels.wecom import CODES, USER, code_of
from adapters.channels.wecom_token import AccessToken

MOST = 4_000
"""Bytes of a message's text."""

_CONTACT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_CONTACT = "the customer is no contact of the sender's"
_ENOUGH = "the customer may get no more such messages at present"

EXTERNAL_CODES: Codes = {
    **CODES,
    41048: never("the customer is no contact of the sender's, or may get no more such messages at present"),
    41054: never("the sender's account is not active"),
    84061: never(_NO_CONTACT),
}
_SENT, _NEVER = 1, {2: _NO_CONTACT, 3: _ENOUGH}
"""The statuses of a result; 0 is not sent yet."""


class WecomExternal:
    """Hands a message to a member; the address is `MEMBER/CUSTOMER`, a userid and an external_userid."""

    capabilities = Capabilities(max_bytes=MOST, receivers=frozenset({"lead"}))

    def __init__(self, corp_id: str, room: Room) -> None:
        self._room = room
        self._chat = ChatLine(room, code_of)
        self._token = AccessToken(corp_id, room, self._chat)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """See Channel.send. HANDED: it lies before the member, under the number `remote_id`."""
        member, _, customer = message.address.partition("/")
        if not USER.fullmatch(member) or not _CONTACT.fullmatch(customer):
            return unfit(message) or Receipt(Outcome.PERMANENT, "address", "no userid with an external_userid")
        size = len(message.text.strip().encode())
        if size > MOST:
            return Receipt(Outcome.PERMANENT, "too_large", f"{size} bytes are more than {MOST}")
        body = {
            "chat_type": "single", "external_userid": [customer], "sender": member,
            "text": {"content": message.text.strip()},
        }  # fmt: skip
        deadline = self._chat.until(deadline)

        def attempt(token: str, first: bool) -> Receipt:
            answer = self._asked("add_msg_template", token, body, begin if first else _yes, deadline)
            return answer if isinstance(answer, Receipt) else self._handed(answer, customer)

        return self._token.used(attempt, deadline)

    def look_up(self, remote_id: str, address: str, deadline: float) -> Receipt | None:
        """See Answerable.look_up."""
        member, _, customer = address.partition("/")
        body = {"msgid": remote_id, "userid": member}
        deadline = self._chat.until(deadline)

        def attempt(token: str, _first: bool) -> Receipt:
            answer = self._asked("get_groupmsg_send_result", token, body, _yes, deadline)
            return answer if isinstance(answer, Receipt) else self._result(answer, customer, remote_id)

        receipt = self._token.used(attempt, deadline)
        return receipt if receipt.remote_id else None

    def close(self) -> None:
        """Nothing is held open."""

    def _asked(
        self, what: str, token: str, body: Mapping[str, Any], begin: Begin, deadline: float
    ) -> Answer | Receipt:
        url = f"{self._room.url}/cgi-bin/externalcontact/{what}?{urlencode({'access_token': token})}"
        head = {"Content-Type": "application/json; charset=utf-8"}
        content = json.dumps(body, ensure_ascii=False).encode()
        return self._chat.line.post(url, head, content, begin, deadline, MOST_ANSWER)

    def _handed(self, answer: Answer, customer: str) -> Receipt:
        receipt = self._chat.judged(answer, EXTERNAL_CODES)
        if receipt.outcome is not Outcome.ACCEPTED:
            return receipt
        found = said(answer)
        if customer in (found.get("fail_list") or ()):
            return Receipt(Outcome.PERMANENT, "fail_list", EXTERNAL_CODES[41048].why)
        number = found.get("msgid")
        if not isinstance(number, str) or not number:
            return Receipt(Outcome.UNKNOWN, receipt.code, "there is no msgid in the answer")
        return Receipt(Outcome.HANDED, receipt.code, remote_id=number)

    def _result(self, answer: Answer, customer: str, remote_id: str) -> Receipt:
        """With `remote_id` if it is known what became of the message, and without it if not."""
        receipt = self._chat.judged(answer, EXTERNAL_CODES)
        results = said(answer).get("send_list") if receipt.outcome is Outcome.ACCEPTED else None
        for one in results if isinstance(results, list) else ():
            if not isinstance(one, dict) or one.get("external_userid") != customer:
                continue
            status = one.get("status")
            if status == _SENT:
                return Receipt(Outcome.ACCEPTED, str(status), remote_id=remote_id)
            if status in _NEVER:
                return Receipt(Outcome.PERMANENT, str(status), _NEVER[status], remote_id)
        return Receipt(Outcome.RETRY, receipt.code, "not known yet")


def _yes() -> bool:
    return True
