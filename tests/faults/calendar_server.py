"""A calendar server on this machine: it takes what is PUT and not yet there, or does as `faults` say."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from tests.faults.chat_servers import Fault

USERNAME, PASSWORD = "followup", "open-sesame"


class CalendarServer:
    """Keeps entries by path. Only USERNAME may write; `faults` come first, one a request."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.began: list[bool] = []
        self.faults: list[Fault] = []
        self.after_reading: Callable[[str], object] = lambda _path: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self._open = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/calendars/{{user}}/customers/"

    def __enter__(self) -> CalendarServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._server.shutdown()
            self._server.server_close()

    def tag(self, path: str) -> str:
        return f'"{hash(self.entries.get(path))}"'

    def taken(self, handler: BaseHTTPRequestHandler, content: bytes) -> int:
        """The status of a PUT."""
        known = b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        if handler.headers["Authorization"] != f"Basic {known}":
            return 401
        if handler.headers["If-None-Match"] == "*" and handler.path in self.entries:
            return 412
        if handler.headers["If-Match"] not in (None, self.tag(handler.path)):
            return 412
        self.entries[handler.path] = content
        return 201

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = server.entries.get(self.path, b"")
                self.send_response(200 if content else 404)
                self.send_header("ETag", server.tag(self.path))
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                server.after_reading(self.path)

            def do_PUT(self) -> None:
                length = int(self.headers["Content-Length"])
                content = self.rfile.read(length)
                server.began.append(bool(content))
                if len(content) < length:
                    return
                if server.faults:
                    server.faults.pop(0)(self)
                    return
                self.send_response(server.taken(self, content))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Tests are quiet."""

        return Handler
