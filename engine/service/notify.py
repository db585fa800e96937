"""systemd's notification protocol: datagrams to $NOTIFY_SOCKET, no library (sd_notify(3))."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_WAIT = 5.0
"""Seconds that a message waits for a manager who has too many of them. Ours; sd_notify's own waits for ever."""
_EXTEND_EVERY, _EXTEND_BY = 10.0, 60.0
"""Seconds between two wishes for more time, and how much each asks for: five may be lost. Ours."""


def sd_notify(message: str) -> bool:
    """Tell systemd, e.g. `READY=1`; False where no systemd listens, or none that takes it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.settimeout(_WAIT)
        try:
            out.connect(address)
            out.sendall(message.encode())
        except OSError:  # nothing that is done here may hang on who looks on
            return False
    return True


def microseconds(seconds: float) -> int:
    """As systemd counts."""
    return int(seconds * 1_000_000)


@contextmanager
def unhurried(what: str) -> Iterator[None]:
    """Ask for more time again and again until the block ends: what is long, and must not be killed half-way."""
    done = threading.Event()
    more = f"EXTEND_TIMEOUT_USEC={microseconds(_EXTEND_BY)}"

    def ask() -> None:
        while not done.wait(_EXTEND_EVERY):
            sd_notify(more)

    asking = threading.Thread(target=ask, name="unhurried", daemon=True)
    sd_notify(f"{more}\nSTATUS={what}")
    asking.start()
    try:
        yield
    finally:
        done.set()
        asking.join()


@contextmanager
def reloading() -> Iterator[None]:
    """RELOADING with the instant, then READY again, however it ends: what `Type=notify-reload` waits for."""
    sd_notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
    try:
        yield
    finally:
        sd_notify("READY=1")
