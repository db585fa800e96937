"""A far side that never ends: every single wait for it is short, and their sum has no bound."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def dripping(first: bytes, drop: bytes) -> Iterator[int]:
    """The port of a server that says `first`, and then goes on and on, a drop every twentieth of a second."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(first)
                while not over.wait(0.05):
                    connection.sendall(drop)

        threading.Thread(target=serve, daemon=True).start()
        yield int(server.getsockname()[1])
        over.set()
