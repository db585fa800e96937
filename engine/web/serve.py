"""The server: uvicorn on the address of config.yaml, until it is told to end."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from anyio.to_thread import current_default_thread_limiter
from starlette.types import ASGIApp

from engine.ground.errors import FollowupError

LINGER = 10
"""Seconds that requests under way get when the server ends. Ours."""


AT_ONCE = 8
"""Pages that are made at the same time; whoever comes next waits his turn. Each thread has its connection to the
database, a megabyte or a session of the server, and more of them make no page sooner: Python runs one at a time. Ours.
"""


class CannotListen(FollowupError):
    """The address under `web.bind` cannot be had: another program has it, or it is none of this machine's."""


def listen(bind: str, home: Path) -> socket.socket:
    """The socket of HOST:PORT, or of unix:PATH relative to `home`. CannotListen says why not."""
    try:
        if bind.startswith("unix:"):
            return _unix_socket(home / bind.removeprefix("unix:"))
        host, _, port = bind.rpartition(":")
        family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        return socket.create_server((host.strip("[]"), int(port)), family=family)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise CannotListen(f"cannot listen on {bind}: {why}; web.bind in config.yaml names another") from error


def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Answer until SIGTERM or SIGINT.

    Nothing is logged of requests: paths hold tokens. Behind a proxy on this machine its X-Forwarded-For is believed.
    """
    _server(app, listening).run([listening])


@contextmanager
def serving(app: ASGIApp, listening: socket.socket) -> Iterator[None]:
    """The same in a thread of this process, until the block ends; signals are left to the process."""
    server = _server(app, listening)
    thread = threading.Thread(target=server.run, args=([listening],), name="pages")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _unix_socket(path: Path) -> socket.socket:
    if path.is_socket():  # of a process that was killed
        path.unlink()
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(path))
        path.chmod(0o666)  # a proxy runs as a user of its own; who comes in is asked by the pages
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


class _Server(uvicorn.Server):
    """uvicorn, with so many threads for pages."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        current_default_thread_limiter().total_tokens = AT_ONCE
        await super().serve(sockets)


def _server(app: ASGIApp, listening: socket.socket) -> uvicorn.Server:
    trusted = "*" if listening.family == socket.AF_UNIX else "127.0.0.1"
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", ws="none",
        timeout_graceful_shutdown=LINGER, forwarded_allow_ips=trusted,
    )  # fmt: skip
    return _Server(config)
