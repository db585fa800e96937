"""A calendar server on this machine: it takes what is PUT and not yet there, or does as `faults` say."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

from adapters.testing.http_stub import HttpStub, Reply, Request

USERNAME, PASSWORD = "followup", "open-sesame"


class CalendarServer(HttpStub):
    """Keeps entries by path. Only USERNAME may write. `after_reading` is called with what was read just now."""

    path = "/calendars/{user}/customers/"

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, bytes] = {}
        self.after_reading: Callable[[str], object] = lambda _path: None

    def reply(self, request: Request) -> Reply:
        return self._read(request.path) if request.method == "GET" else self._taken(request)

    def _read(self, path: str) -> Reply:
        found = self.entries.get(path, b"")
        reply = Reply(200 if found else 404, found.decode(), {"ETag": self._tag(path)})
        self.after_reading(path)
        return reply

    def _taken(self, request: Request) -> Reply:
        known = b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        if request.head.get("Authorization") != f"Basic {known}":
            return Reply(401)
        if request.head.get("If-None-Match") == "*" and request.path in self.entries:
            return Reply(412)
        if request.head.get("If-Match") not in (None, self._tag(request.path)):
            return Reply(412)
        self.entries[request.path] = request.body
        return Reply(201)

    def _tag(self, path: str) -> str:
        return f'"{hash(self.entries.get(path))}"'
