"""A web server for feeds on loopback, and a set-up that may fetch from it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from engine.ground.clock import FrozenClock
from engine.service.app import App
from engine.settings.model import Settings
from engine.stages.books import Books
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database

NOW = 1_782_900_000
HERE = ("127.0.0.0/8",)


class Site:
    """Answers each path with a status, headers and a body; keeps what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, self.headers["If-None-Match"]))
                status, head, body = site.pages.get(self.path, (404, {}, b""))
                if head.get("ETag") and self.headers["If-None-Match"] == head["ETag"]:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in head.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        return Handler


def app_with(database: Database, folder: Path, **feed: Any) -> App:
    for name in ("rules", "templates"):
        (folder / name).mkdir()
    settings = Settings.model_validate({"feeds": {"met": {"networks": HERE, **feed}}})
    return App(settings, folder, database, FrozenClock(NOW), Books(settings), Clockwork.of(settings), True)
