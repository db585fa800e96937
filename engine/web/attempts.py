"""How often somebody may try a wrong token: counted by address, in this process only, gone when it ends."""

from __future__ import annotations

import threading

MOST, SECONDS, CLIENTS = 10, 900, 10_000
"""Wrong tokens from one address in that span, and addresses that are remembered. Ours."""


class Attempts:
    """Failed logins by client address. Used from many threads."""

    def __init__(self) -> None:
        self._failed: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def exhausted(self, client: str, now: int) -> bool:
        """Whether nothing more is looked at from there for now (seconds UTC)."""
        with self._lock:
            return len(self._recent(client, now)) >= MOST

    def failed(self, client: str, now: int) -> None:
        """Count one more."""
        with self._lock:
            recent = [*self._recent(client, now), now]
            self._failed.pop(client, None)
            self._failed[client] = recent[-MOST:]
            while len(self._failed) > CLIENTS:
                del self._failed[next(iter(self._failed))]

    def _recent(self, client: str, now: int) -> list[int]:
        return [at for at in self._failed.get(client, []) if at > now - SECONDS]
