"""One SMTP connection whose every step ends before a deadline, on top of the standard library's smtplib.

smtplib's own timeout starts anew with each packet: a server that drips a byte a second holds a sender for
ever. Here each read and write gets only what is left until the deadline.
"""

from __future__ import annotations

import contextlib
import io
import re
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

from adapters.channels.headers import one_address

SECURITY = ("none", "starttls", "tls")
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63}){0,20}|[0-9a-fA-F:]{2,45}")


@dataclass(frozen=True)
class SmtpServer:
    """Where and how to hand mail over. `timeout` is in seconds and bounds every single send as a whole."""

    host: str
    port: int
    from_address: str
    from_name: str = ""
    security: str = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host) or not 0 < self.port < 65536:
            raise ValueError(f"{self.host!r} port {self.port} is no place to connect to; write a host name")
        if self.security not in SECURITY:
            raise ValueError(f"security is {self.security!r}; write one of {', '.join(SECURITY)}")
        if not (self.username + self.password).isascii():
            raise ValueError("user name and password must be ASCII; not every server takes anything else")
        one_address(self.from_address)


class SmtpSession(smtplib.SMTP):
    """A greeted, secured and authenticated connection. Raises smtplib's errors and OSError."""

    def __init__(self, server: SmtpServer, deadline: float, tls: ssl.SSLContext | None) -> None:
        self.deadline = deadline  # time.monotonic seconds; moved forward by whoever uses the session again
        self.sent = 0             # messages handed over on this connection
        self.used_at = time.monotonic()
        self._tls = tls
        self._wrap_at_once = server.security == "tls"
        # The sender's domain, not socket.getfqdn(): that asks the name service and may take seconds.
        super().__init__(
            server.host, server.port, local_hostname=server.from_address.rpartition("@")[2],
            timeout=self.seconds_left(),
        )
        try:
            self._introduce(server)
        except BaseException:
            self.close()
            raise

    def seconds_left(self) -> float:
        """Seconds until the deadline; TimeoutError when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def leave(self) -> None:
        """Say goodbye if the server still listens, and close. Nothing hangs on the answer."""
        self.deadline = time.monotonic() + 1
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self.quit()
        self.close()

    def send(self, s: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.seconds_left())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_ReadsUntilDeadline(self, self.sock))
        return super().getreply()

    def _introduce(self, server: SmtpServer) -> None:
        self.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            code, _ = self.starttls(context=self._tls)
            if code != 220:
                raise smtplib.SMTPNotSupportedError(f"STARTTLS refused: {code}")
            self.ehlo_or_helo_if_needed()
        if server.username:
            self.login(server.username, server.password)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """smtplib's hook for opening the connection; smtplib.SMTP_SSL overrides the same one."""
        plain = socket.create_connection((host, port), timeout)
        if self._tls is None or not self._wrap_at_once:
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


class _ReadsUntilDeadline(io.RawIOBase):
    def __init__(self, session: SmtpSession, sock: socket.socket) -> None:
        super().__init__()
        self._session = session
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._sock.settimeout(self._session.seconds_left())
        return self._sock.recv_into(buffer)
