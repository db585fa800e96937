"""systemd's notification protocol: a datagram to $NOTIFY_SOCKET, ten lines, no library."""

from __future__ import annotations

import os
import socket


def sd_notify(message: str) -> bool:
    """Tell systemd, e.g. `READY=1`; False where no systemd listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect(address)
        out.sendall(message.encode())
    return True
