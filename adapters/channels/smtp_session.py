"""One SMTP connection whose every step ends before a deadline, on top of the standard library's smtplib.

smtplib's own timeout starts anew with each packet: a server that drips a byte a second holds a sender for
ever. Here each read and write gets only what is left until the deadline.
"""

from __future__ import annotations

import contextlib
import math
import re
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

from adapters.channels.headers import one_address

_LONGEST_LINE, _MOST_LINES = 8192, 200
_AT_ONCE = 4096  # bytes of replies
_SLACK = 0.25  # seconds that a step may outlast the deadline
SECURITY = ("none", "starttls", "tls")
_LEADING_DOT = re.compile(rb"(?m)^\.")
_ONE_LINE = re.compile(rb"([0-9]{3}) ([!-~](?:[ -~]*[!-~])?)\r\n")
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

    @property
    def name(self) -> str:
        """How people know it."""
        return f"{self.host}:{self.port}"


class SmtpSession(smtplib.SMTP):
    """A greeted, secured and authenticated connection. Raises smtplib's errors and OSError."""

    def __init__(self, server: SmtpServer, deadline: float, tls: ssl.SSLContext | None, turn: int = 0) -> None:
        self.deadline = deadline  # time.monotonic seconds; moved forward by whoever uses the session again
        self.turn = turn          # of its relay's rest, when it was taken for a message
        self.sent = 0             # messages handed over on this connection
        self.took = math.inf      # seconds that the last of several took from its content to its reply
        self.verb = ""            # what was asked last: mail, rcpt, data or dot
        self.pipelines = False
        self.most_bytes: int | None = None  # of a message, 0: any number; None: the server does not say
        self.used_at = time.monotonic()
        self._allowed = 0.0       # seconds; the timeout that the socket has now
        self._heard = b""         # what the server has said and nobody has read yet
        self.unsent = b""         # what could not be sent without waiting
        self._tls = tls
        self._wrap_at_once = server.security == "tls"
        # The sender's domain, not socket.getfqdn(): that asks the name service and may take seconds.
        super().__init__(
            server.host, server.port, local_hostname=server.from_address.rpartition("@")[2],
            timeout=self.seconds_left(),
        )
        self.command_encoding = "utf-8"  # of addresses that were found valid, where the server takes them
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

    def transaction(self, sender: str, receiver: str) -> tuple[int, bytes]:
        """MAIL and RCPT, in one packet if the server allows; its reply to `verb`, RCPT unless MAIL was refused.

        Not smtplib's mail() and rcpt(): those parse what is known to be valid, at a sixth of the CPU.
        """
        mail, rcpt = f"MAIL {sender}\r\n", f"RCPT {receiver}\r\n"
        pipelined = self.pipelines
        self.verb = "mail"
        self.send(mail + rcpt if pipelined else mail)
        code, reply = self.getreply()
        if code != 250:
            if pipelined and 400 <= code <= 599 and code != 421:
                self.getreply()  # RCPT was refused with it
            return code, reply
        self.verb = "rcpt"
        if not pipelined:
            self.send(rcpt)
        return self.getreply()

    def hand_over(self, content: bytes) -> tuple[int, bytes]:
        """DATA, the content and the dot; the reply to `verb`, which is `data` if no content was wanted."""
        self.verb = "data"
        self.send("DATA\r\n")
        code, reply = self.getreply()
        if code != 354:
            return code, reply
        self.verb = "dot"
        self.send(ended(content))
        return self.getreply()

    def recover(self, code: int) -> None:
        """Make ready for the next message after a refusal; after 421, or no number at all, close."""
        if code == 421 or not 400 <= code <= 599:
            self.close()
        else:
            self.reset()

    def reset(self) -> None:
        """Forget the transaction; close if that does not work."""
        try:
            code, _ = self.rset()
        except (smtplib.SMTPException, OSError):
            code = -1
        if code == 250:
            self.used_at = time.monotonic()
        else:
            self.close()

    def leave(self) -> None:
        """Say goodbye if the server still listens, and close. Nothing hangs on the answer."""
        self.deadline = time.monotonic() + 1
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self.quit()
        self.close()

    def send(self, s: Any) -> None:
        """smtplib's, before the deadline."""
        sock = self._ready()
        try:
            sock.sendall(s if isinstance(s, bytes) else s.encode(self.command_encoding))
        except OSError:
            self.close()
            raise smtplib.SMTPServerDisconnected("Server not connected") from None

    def getreply(self) -> tuple[int, bytes]:
        """smtplib's, before the deadline, at a third of its CPU. What is no reply has the code -1."""
        while (reply := self.next_reply()) is None:
            self._hear()
        return reply

    def next_reply(self) -> tuple[int, bytes] | None:
        """The first reply of those that are here; None: none is here yet as a whole."""
        found = _first_reply(self._heard) if self._heard else None
        if found is None:
            return None
        code, text, self._heard = found
        return code, text

    def never_wait(self) -> int:
        """From now on `put` and `take` are used, until the next `send`. The number that `poll` knows it by."""
        sock = self._open()
        sock.settimeout(0)
        self._allowed = 0.0
        return sock.fileno()

    def put(self, data: bytes) -> None:
        """Send what goes without waiting; the rest is `unsent`, until the next `put`, perhaps of nothing."""
        data = self.unsent + data
        try:
            gone = self._open().send(data) if data else 0
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            gone = 0
        except OSError as error:
            raise self._lost(error) from None
        self.unsent = data[gone:]

    def take(self) -> None:
        """Hear what has come; `next_reply` tells what it says."""
        sock = self._open()
        while True:
            try:
                self._understand(sock.recv(_AT_ONCE))
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError as error:
                raise self._lost(error) from None
            if not (isinstance(sock, ssl.SSLSocket) and sock.pending()):
                return

    def _hear(self) -> None:
        sock = self._ready()
        try:
            more = sock.recv(_AT_ONCE)
        except OSError as error:
            raise self._lost(error) from None
        self._understand(more)

    def _understand(self, more: bytes) -> None:
        """What was heard goes behind what nobody has read yet; nothing, or a line without an end: it is over."""
        if not more:
            raise self._lost("it was closed")
        self._heard += more
        if len(self._heard) - self._heard.rfind(b"\n") > _LONGEST_LINE:
            raise self._lost("the server's line has no end")

    def _lost(self, why: object) -> smtplib.SMTPServerDisconnected:
        self.close()
        return smtplib.SMTPServerDisconnected(f"Connection unexpectedly closed: {why}")

    def _open(self) -> socket.socket:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("please run connect() first")
        return self.sock

    def _ready(self) -> socket.socket:
        """The socket, with leave to take what is left, within an eighth: each setting costs a system call."""
        sock = self._open()
        left = self.deadline - time.monotonic()
        if left <= 0:
            self.close()
            raise TimeoutError("the deadline has passed")
        if abs(left - self._allowed) > min(left / 8, _SLACK):
            sock.settimeout(left)
            self._allowed = left
        return sock

    def _introduce(self, server: SmtpServer) -> None:
        self.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            code, _ = self.starttls(context=self._tls)
            if code != 220:
                raise smtplib.SMTPNotSupportedError(f"STARTTLS refused: {code}")
            self._heard = b""  # said in the clear, perhaps by somebody in between
            self.ehlo_or_helo_if_needed()
        if server.username:
            self.login(server.username, server.password)
        self.pipelines = self.has_extn("pipelining")
        if self.has_extn("size"):
            most = self.esmtp_features["size"]
            self.most_bytes = int(most) if most.isascii() and most.isdigit() else 0

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


def ended(content: bytes) -> bytes:
    """The content with its dots doubled and the end that no content has: RFC 5321 section 4.5.2."""
    if content.startswith(b".") or b"\n." in content:
        content = _LEADING_DOT.sub(b"..", content)
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _first_reply(heard: bytes) -> tuple[int, bytes, bytes] | None:
    """Its code, its text, and what comes behind it; None if it is not complete."""
    plain = _ONE_LINE.match(heard)
    if plain:
        return int(plain[1]), plain[2], heard[plain.end() :]
    texts: list[bytes] = []
    start = 0
    while (end := heard.find(b"\n", start)) >= 0:
        code, more = heard[start : start + 3], heard[start + 3 : start + 4] == b"-"
        texts.append(heard[start + 4 : end].strip())
        start = end + 1
        if not (code.isdigit() and more and len(texts) < _MOST_LINES):
            whole = code.isdigit() and not more
            return int(code) if whole else -1, b"\n".join(texts), heard[start:]
    return None
