"""A far side for webhooks on this machine: it keeps what arrives, and answers as it is told."""

from __future__ import annotations

import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType


class HookServer:
    """Answers 204, or what `answers` holds next: a status with headers, or None for silence."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.bodies: list[bytes] = []
        self.heads: list[dict[str, str]] = []
        self.began: list[bool] = []
        self.answers: list[tuple[int, dict[str, str]] | None] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self._open = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=followup"

    def __enter__(self) -> HookServer:
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

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                hooks.began.append(bool(body))
                if len(body) < length:
                    return
                hooks.bodies.append(body)
                hooks.heads.append({"path": self.path, **dict(self.headers.items())})
                answer = hooks.answers.pop(0) if hooks.answers else (204, {})
                if answer is None:
                    time.sleep(1)
                    return
                self.send_response(answer[0])
                for name, value in answer[1].items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Tests are quiet."""

        return Handler
