"""Signed JSON to one address of another program, over HTTPS."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.line import Answer, Line

LARGEST = 256_000
"""Bytes of a body; a webhook tells, it does not carry files."""

AGAIN = frozenset({408, 425, 429})
"""HTTP statuses below 500 that say: later."""

_LABEL = 200

Now = Callable[[], int]
"""Seconds since the epoch, for the signature's time."""


@dataclass(frozen=True)
class Hook:
    """One far side: where it is, what we sign with, how long we wait. `networks` may be private."""

    url: str
    secret: str
    key_id: str = "1"
    timeout: float = 10.0
    networks: tuple[str, ...] = ()


class WebhookChannel:
    """Posts to the one address it was made for, and follows nobody anywhere else."""

    capabilities = Capabilities(max_bytes=LARGEST, receivers=frozenset({"system"}))

    def __init__(self, hook: Hook, now: Now) -> None:
        self._hook, self._now = hook, now
        self._line = Line(hook.networks)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """Post one message; see Channel.send. What `begin` raises is passed on, with no body sent."""
        body = message.text.encode()
        refusal = _unfit(message, body)
        if refusal is not None:
            return refusal
        deadline = min(deadline, time.monotonic() + self._hook.timeout)
        answer = self._line.post(self._hook.url, self._head(message, body), body, begin, deadline)
        return answer if isinstance(answer, Receipt) else _answered(answer)

    def close(self) -> None:
        """Nothing is held open: each message has a connection of its own."""

    def _head(self, message: Message, body: bytes) -> dict[str, str]:
        at = str(self._now())
        signature = hmac.new(self._hook.secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": message.message_id.strip("<>"),
            "Followup-Key-Id": self._hook.key_id,
            "Followup-Timestamp": at,
            "Followup-Signature": f"sha256={signature}",
        }


def _unfit(message: Message, body: bytes) -> Receipt | None:
    address = message.address
    if not address or len(address) > _LABEL or not address.isprintable() or " " in address:
        return Receipt(Outcome.PERMANENT, "address", "no name of a receiver")
    if len(body) > LARGEST:
        return Receipt(Outcome.PERMANENT, "too_large", f"{len(body)} bytes are more than {LARGEST}")
    return None


def _answered(answer: Answer) -> Receipt:
    """2xx is accepted; what is told to come back later comes back; the rest, redirections too, is refused for good."""
    code = str(answer.status)
    if 200 <= answer.status < 300:
        return Receipt(Outcome.ACCEPTED, code)
    if answer.status in AGAIN or answer.status >= 500:
        return Receipt(Outcome.RETRY, code, f"HTTP {code}", retry_after=answer.wait, enough=True)
    return Receipt(Outcome.PERMANENT, code, f"HTTP {code}")
