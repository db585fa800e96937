"""An HTTP server on this machine that stands in for a vendor: it keeps what arrives, and fails as it is told."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

Fault = Callable[[BaseHTTPRequestHandler], None]
"""Answers a request in place of the vendor."""


class Request(NamedTuple):
    """A request that arrived whole. The case of a header's name is all one."""

    method: str
    path: str
    head: Message
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """The first value of each key behind the question mark."""
        found = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return {key: values[0] for key, values in found.items()}

    def json(self) -> Any:
        return json.loads(self.body)


class Reply(NamedTuple):
    """What is answered."""

    status: int
    body: str = ""
    head: Mapping[str, str] = {}


class HttpStub:
    """Override `reply` to answer as the vendor does. `faults` come first, one for each request with a body."""

    path = "/"

    def __init__(self, certificate: Path | None = None) -> None:
        self.requests: list[Request] = []
        self.began: list[bool] = []  # for each request with a body: whether a byte of it came
        self.faults: list[Fault] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._mute = socket.create_server(("127.0.0.1", 0))
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self._open = True

    def reply(self, request: Request) -> Reply:
        """The vendor's answer to a whole request."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return self.base + self.path

    @property
    def mute(self) -> str:
        """An https address that takes connections and says nothing: nobody gets as far as sending."""
        return f"https://127.0.0.1:{self._mute.getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """From now on nobody listens."""
        if self._open:
            self._open = False
            self._server.shutdown()
            self._server.server_close()
            self._mute.close()


def status(code: int, body: str = "", **head: str) -> Fault:
    """That HTTP status, whatever came; `Retry_After="7"` is a header."""
    return lambda handler: _answer(handler, Reply(code, body, {key.replace("_", "-"): head[key] for key in head}))


def silence(_handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.2)


def reset(handler: BaseHTTPRequestHandler) -> None:
    """The connection breaks as if the cable had been pulled."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def drip(handler: BaseHTTPRequestHandler) -> None:
    """An answer, byte by byte, each in time for itself, that does not get as far as its status."""
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
        try:
            handler.wfile.write(bytes([byte]))
        except OSError:
            return
        time.sleep(0.1)


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")


def _handler(stub: HttpStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if length:
                stub.began.append(bool(body))
            if len(body) < length:
                return
            if length and stub.faults:
                stub.faults.pop(0)(self)
                return
            request = Request(self.command, self.path, self.headers, body)
            stub.requests.append(request)
            _answer(self, stub.reply(request))

        do_GET = do_POST = do_PUT = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    return Handler


def _answer(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    content = reply.body.encode()
    handler.send_response(reply.status)
    for name, value in reply.head.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
