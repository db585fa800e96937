"""Signed JSON to one address of another program, over HTTPS.

What can be known about a message hangs on one point: `begin()`, called once the connection stands and the head is
sent, before the first byte of the body. Until then a failure means "not delivered"; from then on, only a status
that was received tells.
"""

from __future__ import annotations

import hmac
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from urllib3.exceptions import HTTPError

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.connections import cut_off, pool_to
from adapters.channels.hooks import Target, resolved

LARGEST = 256_000
"""Bytes of a body; a webhook tells, it does not carry files."""

_LABEL = 200
_AGAIN = frozenset({408, 425, 429})
_MOST_SECONDS = 86_400  # that a far side may ask us to wait

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


class _Withdrawn(Exception):
    """begin() said no."""


class WebhookChannel:
    """Posts to the one address it was made for, and follows nobody anywhere else."""

    capabilities = Capabilities(max_bytes=LARGEST, receivers=frozenset({"system"}))

    def __init__(self, hook: Hook, now: Now) -> None:
        self._hook, self._now = hook, now
        self._tls = ssl.create_default_context()

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """Post one message; see Channel.send. What `begin` raises is passed on, with no body sent."""
        body = message.text.encode()
        refusal = _unfit(message, body)
        if refusal is not None:
            return refusal
        deadline = min(deadline, time.monotonic() + self._hook.timeout)
        try:
            target = resolved(self._hook.url, self._hook.networks)
        except OSError as error:
            return Receipt(Outcome.RETRY, "lookup", f"the host's name is not known: {error.strerror}")
        except ValueError as error:
            return Receipt(Outcome.PERMANENT, "forbidden", str(error))
        if time.monotonic() >= deadline:
            return Receipt(Outcome.RETRY, "late", "the deadline passed before anything was sent")
        return self._post(target, self._head(message, body), _Body(body, begin, deadline), deadline)

    def close(self) -> None:
        """Nothing is held open: each message has a connection of its own."""

    def _head(self, message: Message, body: bytes) -> dict[str, str]:
        at = str(self._now())
        signature = hmac.new(self._hook.secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "User-Agent": "followup",
            "Idempotency-Key": message.message_id.strip("<>"),
            "Followup-Key-Id": self._hook.key_id,
            "Followup-Timestamp": at,
            "Followup-Signature": f"sha256={signature}",
        }

    def _post(self, target: Target, head: dict[str, str], body: _Body, deadline: float) -> Receipt:
        """One request on a connection of its own, to the address that was looked at and to no other."""
        pool = pool_to(target, deadline, self._tls)
        try:
            with cut_off(pool, deadline):
                response = pool.urlopen(
                    "POST", target.path, body=body.chunks(), headers={**head, "Host": target.authority},
                    retries=False, redirect=False, assert_same_host=False, preload_content=False,
                )  # fmt: skip
                status, wait = response.status, response.headers.get("Retry-After")
                response.close()
        except _Withdrawn:
            return Receipt(Outcome.WITHDRAWN, "withdrawn", "begin() said no; no body was sent")
        except (HTTPError, OSError) as error:
            if body.raised is not None:
                raise body.raised from None
            outcome = Outcome.UNKNOWN if body.begun else Outcome.RETRY
            return Receipt(outcome, "lost", f"no answer: {type(error).__name__}")
        finally:
            pool.close()
        return _answered(status, wait)


class _Body:
    """The body, which asks for leave before its first byte."""

    def __init__(self, content: bytes, begin: Begin, deadline: float) -> None:
        self._content, self._begin, self._deadline = content, begin, deadline
        self.begun = False
        self.raised: BaseException | None = None

    def chunks(self) -> Iterator[bytes]:
        """All of it at once, if `begin` lets it go and there is still time."""
        try:
            leave = self._begin()
        except BaseException as error:
            self.raised = error
            raise
        if not leave:
            raise _Withdrawn
        if time.monotonic() >= self._deadline:  # begin() waited for the database
            raise TimeoutError("the deadline passed before the body")
        self.begun = True
        yield self._content


def _unfit(message: Message, body: bytes) -> Receipt | None:
    address = message.address
    if not address or len(address) > _LABEL or not address.isprintable() or " " in address:
        return Receipt(Outcome.PERMANENT, "address", "no name of a receiver")
    if len(body) > LARGEST:
        return Receipt(Outcome.PERMANENT, "too_large", f"{len(body)} bytes are more than {LARGEST}")
    return None


def _answered(status: int, wait: str | None) -> Receipt:
    """2xx is accepted; what is told to come back later comes back; the rest, redirections too, is refused for good."""
    code = str(status)
    if 200 <= status < 300:
        return Receipt(Outcome.ACCEPTED, code)
    if status in _AGAIN or status >= 500:
        return Receipt(Outcome.RETRY, code, f"HTTP {code}", retry_after=_seconds(wait))
    return Receipt(Outcome.PERMANENT, code, f"HTTP {code}")


def _seconds(wait: str | None) -> int | None:
    """Retry-After in seconds. A date instead is left to our own backoff."""
    return min(int(wait), _MOST_SECONDS) if wait is not None and wait.isascii() and wait.isdigit() else None
