"""Short messages through an HTTP gateway. What differs between gateways is data: how a request is written and signed,
and how an answer is read.

Nothing personal stands in the address or the head of a request: those leave before begin().
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.chat import MOST_ANSWER
from adapters.channels.line import Line
from adapters.channels.sms_answers import Answers
from adapters.channels.webhook import Now
from adapters.sms_length import segments

_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
"""E.164, without an extension: what lies behind one has no short messages."""

_BYTES_OF_A_SEGMENT = 67 * 3
_CHINA = "+86"


class Sms(NamedTuple):
    """One short message as gateways speak of it. `id` is the same over all attempts."""

    phone: str
    text: str
    id: str
    name: str = ""

    @property
    def digits(self) -> str:
        """The number without its plus."""
        return self.phone[1:]

    @property
    def mobile(self) -> str:
        """As China's gateways write it: eleven digits at home, country and number elsewhere."""
        return self.phone.removeprefix(_CHINA) if self.phone.startswith(_CHINA) else self.digits


class Request(NamedTuple):
    """What is posted."""

    head: Mapping[str, str]
    content: bytes


Write = Callable[[Sms, int], Request]
"""The signed request for a message, at that time (seconds since the epoch)."""


@dataclass(frozen=True)
class Gateway:
    """One far side. `signature`: our name, which stands before every text in 【】.

    Vendors put it there themselves (`puts_signature`); it counts all the same.
    """

    url: str
    write: Write
    answers: Answers
    signature: str = ""
    max_segments: int = 3
    timeout: float = 10.0
    networks: tuple[str, ...] = ()
    puts_signature: bool = False


class SmsChannel:
    """Sends text and nothing else; subject and HTML stay behind."""

    def __init__(self, gateway: Gateway, now: Now) -> None:
        self._gateway, self._now = gateway, now
        self._line = Line(gateway.networks)
        self.capabilities = Capabilities(max_bytes=gateway.max_segments * _BYTES_OF_A_SEGMENT)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """See Channel.send."""
        text = signed(message.text, self._gateway.signature)
        refusal = self._refused(message.address, text)
        if refusal is not None:
            return refusal
        shown = message.text.strip() if self._gateway.puts_signature else text
        sms = Sms(message.address, shown, message.message_id.strip("<>"), message.receiver_name)
        return self._post(sms, begin, min(deadline, time.monotonic() + self._gateway.timeout))

    def close(self) -> None:
        """Nothing is held open: each message has a connection of its own."""

    def _post(self, sms: Sms, begin: Begin, deadline: float) -> Receipt:
        gateway = self._gateway
        request = gateway.write(sms, self._now())
        answer = self._line.post(gateway.url, request.head, request.content, begin, deadline, MOST_ANSWER)
        return answer if isinstance(answer, Receipt) else gateway.answers.judged(answer)

    def _refused(self, phone: str, text: str) -> Receipt | None:
        if not _NUMBER.fullmatch(phone):
            return Receipt(Outcome.PERMANENT, "address", "no telephone number that takes short messages")
        parts = segments(text)
        if parts > self._gateway.max_segments:
            why = f"{parts} short messages are more than {self._gateway.max_segments}"
            return Receipt(Outcome.PERMANENT, "oversize", why)
        return None


def signed(text: str, signature: str) -> str:
    """The text as it arrives, with the sender's name before it."""
    return (f"【{signature}】" if signature else "") + text.strip()
