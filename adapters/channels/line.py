"""One HTTP exchange with one far side, on a connection of its own, and what can be known of it.

What can be known about a message hangs on one point: `begin()`, called once the connection stands and the head is
sent, before the first byte of the body. Until then a failure means "not delivered"; from then on, only an answer
that was received tells.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from adapters.base import Begin, Outcome, Receipt
from adapters.channels.connections import cut_off, pool_to
from adapters.channels.hooks import Target, resolved

_MOST_SECONDS = 86_400  # that a far side may ask us to wait


class Answer(NamedTuple):
    """What the far side said. `wait`: seconds until we may come again, if it said so in seconds; `tag`: its ETag."""

    status: int
    wait: int | None
    body: bytes
    tag: str = ""


class Withdrawn(Exception):
    """begin() said no."""


class Line:
    """Exchanges with far sides; it follows nobody anywhere else. `networks` are those that may be private."""

    def __init__(self, networks: tuple[str, ...] = ()) -> None:
        self._networks = networks
        self._tls = ssl.create_default_context()

    def fetch(
        self, url: str, most: int, deadline: float, head: Mapping[str, str] = MappingProxyType({})
    ) -> Answer | Receipt:
        """The answer to a GET, with up to `most` bytes of its body; a receipt if there was none."""
        return self._exchange("GET", url, head, None, most, deadline)

    def post(
        self, url: str, head: Mapping[str, str], content: bytes, begin: Begin, deadline: float, most: int = 0
    ) -> Answer | Receipt:
        """The answer to a POST before `deadline` (time.monotonic seconds); a receipt if there was none.

        What `begin` raises is passed on, with no body sent.
        """
        return self._told("POST", url, head, _Body(content, begin, deadline), most, deadline)

    def put(
        self, url: str, head: Mapping[str, str], content: bytes, begin: Begin, deadline: float, most: int = 0
    ) -> Answer | Receipt:
        """The answer to a PUT; otherwise as `post`."""
        return self._told("PUT", url, head, _Body(content, begin, deadline), most, deadline)

    def _told(
        self, method: str, url: str, head: Mapping[str, str], body: _Body, most: int, deadline: float
    ) -> Answer | Receipt:
        return self._exchange(method, url, {**head, "Content-Length": str(body.length)}, body, most, deadline)

    def _exchange(
        self, method: str, url: str, head: Mapping[str, str], body: _Body | None, most: int, deadline: float
    ) -> Answer | Receipt:
        try:
            target = resolved(url, self._networks)
        except OSError as error:
            return Receipt(Outcome.RETRY, "lookup", f"the host's name is not known: {error.strerror}")
        except ValueError as error:
            return Receipt(Outcome.PERMANENT, "forbidden", str(error))
        if time.monotonic() >= deadline:
            return Receipt(Outcome.RETRY, "late", "the deadline passed before anything was sent")
        pool = pool_to(target, deadline, self._tls)
        try:
            return _asked(pool, method, target, head, body, most, deadline)
        except Withdrawn:
            return Receipt(Outcome.WITHDRAWN, "withdrawn", "begin() said no; no body was sent")
        except (HTTPError, OSError) as error:
            if body is not None and body.raised is not None:
                raise body.raised from None
            outcome = Outcome.UNKNOWN if body is not None and body.begun else Outcome.RETRY
            return Receipt(outcome, "lost", f"no answer: {type(error).__name__}")
        finally:
            pool.close()


class _Body:
    """The body, which asks for leave before its first byte."""

    def __init__(self, content: bytes, begin: Begin, deadline: float) -> None:
        self._content, self._begin, self._deadline = content, begin, deadline
        self.length = len(content)
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
            raise Withdrawn
        if time.monotonic() >= self._deadline:  # begin() waited for the database
            raise TimeoutError("the deadline passed before the body")
        self.begun = True
        yield self._content


def _asked(
    pool: HTTPConnectionPool, method: str, target: Target, head: Mapping[str, str], body: _Body | None,
    most: int, deadline: float,
) -> Answer:  # fmt: skip
    with cut_off(pool, deadline):
        response = pool.urlopen(
            method, target.path, body=body.chunks() if body else None,
            headers={"User-Agent": "followup", **head, "Host": target.authority},
            retries=False, redirect=False, assert_same_host=False, preload_content=False,
        )  # fmt: skip
        wait = _seconds(response.headers.get("Retry-After"))
        content = response.read(most) if most else b""
        response.close()
        return Answer(response.status, wait, content, response.headers.get("ETag", ""))


def _seconds(wait: str | None) -> int | None:
    """Retry-After in seconds. A date instead is left to our own backoff."""
    return min(int(wait), _MOST_SECONDS) if wait is not None and wait.isascii() and wait.isdigit() else None
