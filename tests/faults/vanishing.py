"""A way to a server that can be cut: shut at once, as by a restart, or silent, as when a machine has gone."""

from __future__ import annotations

import ctypes
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ATTACH_FILTER = 26  # SO_ATTACH_FILTER of Linux, which Python does not name
_NOTHING = struct.pack("HBBI", 6, 0, 0, 0)  # one instruction of the kernel's filters: take no byte of any packet


class Way:
    """From a port of this machine to a server there: a port, or the path of a socket."""

    def __init__(self, server: tuple[str, int] | str) -> None:
        self._server = server
        self._ends: list[socket.socket] = []
        self._kept = ctypes.create_string_buffer(_NOTHING)
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    def shut(self) -> None:
        """Every connection is closed, and there are no new ones."""
        self._close(self._listener, *self._ends)
        self._ends.clear()

    def open(self) -> None:
        """The way is there again."""
        self._listener = self._listen(self.port)

    def vanish(self) -> None:
        """Not a packet of those who are connected arrives any more, not even so far as to be acknowledged."""
        program = struct.pack("HP", 1, ctypes.addressof(self._kept))
        for end in self._ends:
            if end.family == socket.AF_INET and end.getsockname()[1] == self.port:
                end.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._take, args=(listener,), daemon=True).start()
        return listener

    def _take(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = self._connect()
                self._ends += [here, there]
                for source, target in ((here, there), (there, here)):
                    threading.Thread(target=_carry, args=(source, target), daemon=True).start()

    def _connect(self) -> socket.socket:
        if not isinstance(self._server, str):
            return socket.create_connection(self._server)
        there = socket.socket(socket.AF_UNIX)
        there.connect(self._server)
        return there

    @staticmethod
    def _close(*ends: socket.socket) -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while taken := source.recv(65_536):
            target.sendall(taken)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def way_to(server: tuple[str, int] | str) -> Iterator[Way]:
    """One that is shut at the end."""
    way = Way(server)
    try:
        yield way
    finally:
        way.shut()
