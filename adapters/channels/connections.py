"""Connections to far sides: each to the one address that was looked at, and shut when its time is up."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import urllib3

from adapters.channels.hooks import Target

_LEAST = 0.01
"""Seconds that are left at least: none at all would mean to wait for ever."""


def pool_to(target: Target, deadline: float, tls: ssl.SSLContext | None = None) -> urllib3.HTTPConnectionPool:
    """A connection of its own, to the address that was looked at and to no other. `deadline` by time.monotonic()."""
    timeout = urllib3.Timeout(total=max(deadline - time.monotonic(), _LEAST))
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(target.address, target.port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        target.address, target.port, timeout=timeout, ssl_context=tls or ssl.create_default_context(),
        server_hostname=target.host, assert_hostname=target.host,
    )  # fmt: skip


@contextmanager
def cut_off(pool: urllib3.HTTPConnectionPool, deadline: float) -> Iterator[None]:
    """Shut the pool's connections at the deadline, for urllib3 bounds each wait and not their sum.

    A far side that drips keeps every single wait short: of the handshake, of the headers, of the body.
    """
    watched: list[socket.socket] = []

    def shut() -> None:
        for one in watched:
            with suppress(OSError):  # it is closed already
                one.shutdown(socket.SHUT_RDWR)

    class Watched(pool.ConnectionCls):  # type: ignore[name-defined, misc]
        def _new_conn(self) -> socket.socket:
            """urllib3's own hook. What it gives is wrapped for TLS next; the copy remains a hold on it."""
            found: socket.socket = super()._new_conn()
            watched.append(found.dup())
            if time.monotonic() >= deadline:
                shut()
            return found

    pool.ConnectionCls = Watched
    watch = threading.Timer(max(deadline - time.monotonic(), _LEAST), shut)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        for one in watched:
            one.close()
