"""Which program is asking: a Bearer token of role `api`, and how often it may ask."""

from __future__ import annotations

import threading
from collections import deque

from starlette.requests import Request

from engine.web import sessions
from engine.web.api.problems import Trouble
from engine.web.attempts import Attempts
from engine.web.site import Site

MOST, SECONDS = 300, 60
"""Requests of one token in that span. Ours: with a thousand items each, more than a database wants."""


class Pace:
    """Requests by token, counted in this process only. Used from many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._asked: dict[str, deque[int]] = {}
        self._lock = threading.Lock()

    def wait_for(self, name: str, now: int) -> int:
        """Count one more; how many seconds it has to wait, 0 if it may go on."""
        with self._lock:
            asked = self._asked.setdefault(name, deque())
            while asked and asked[0] <= now - SECONDS:
                asked.popleft()
            if len(asked) >= self._most:
                return asked[0] + SECONDS - now
            asked.append(now)
            return 0


def caller_of(request: Request) -> str:
    """The name of the caller's token. Trouble: it has none, a wrong one, one for people, or it asks too often."""
    site: Site = request.app.state.site
    attempts: Attempts = request.app.state.attempts
    now, client = site.clock.now(), request.client.host if request.client else ""
    if attempts.exhausted(client, now):
        raise Trouble(429, "too many wrong tokens from this address; wait a quarter of an hour")
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise _who_are_you("send the header Authorization: Bearer TOKEN")
    known = sessions.token_of(secret.strip(), site.tokens)
    if known is None:
        attempts.failed(client, now)
        raise _who_are_you("this token is not known")
    if known.told.role != "api":
        raise Trouble(403, "this token is not for the API; programs that send have one of role api")
    wait = request.app.state.pace.wait_for(known.told.name, now)
    if wait:
        raise Trouble(429, f"more than {MOST} requests a minute", headers={"Retry-After": str(wait)})
    return known.told.name


def _who_are_you(detail: str) -> Trouble:
    return Trouble(401, detail, headers={"WWW-Authenticate": 'Bearer realm="followup"'})
