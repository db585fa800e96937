"""The server: uvicorn on the address of config.yaml, until it is told to end."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from engine.ground.errors import FollowupError

LINGER = 10
"""Seconds that requests under way get when the server ends. Ours."""


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


def _server(app: ASGIApp, listening: socket.socket) -> uvicorn.Server:
    trusted = "*" if listening.family == socket.AF_UNIX else "127.0.0.1"
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", ws="none",
        timeout_graceful_shutdown=LINGER, forwarded_allow_ips=trusted,
    )  # fmt: skip
    return uvicorn.Server(config)
