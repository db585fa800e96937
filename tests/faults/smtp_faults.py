"""An SMTP server that fails on demand, and keeps what it accepted: the far side of delivery tests.

In a test: `with FaultySmtp([Fault("dot", "lose", every=5)]) as server:`; see `port`, `accepted`, `seen`.
As a process: `python tests/faults/smtp_faults.py --port 0 --spool DIR [--script FILE] [--latency SECONDS]`
prints `listening on PORT` and runs until SIGTERM. The script is a JSON list of objects with Fault's fields.

Its own small code on sockets and threads, so that a bug of smtplib or aiosmtpd cannot hide behind itself.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

VERBS = ("connect", "ehlo", "auth", "mail", "rcpt", "data", "dot", "rset", "quit")
ACTIONS = ("421", "450", "451", "452", "535", "550", "554", "reset", "close", "hang", "drip", "garbage", "lose")


@dataclass(frozen=True)
class Fault:
    """What goes wrong, where, and for whom. Without a condition it happens every time.

    `verb` is the step that is answered wrongly; "dot" is the end of the content. `action` is a reply code, or
    reset (RST), close (FIN), hang (no answer), drip (the right answer, a byte every 0.2 s), garbage (no SMTP
    answer), lose (only at "dot": the message is stored, then the connection closes unanswered).
    `nth`, `first` and `every` count messages from 1 (at connect, ehlo, auth and quit: connections).
    """

    verb: str
    action: str
    nth: int | None = None
    first: int | None = None
    every: int | None = None
    receiver: str | None = None

    def __post_init__(self) -> None:
        known = self.verb in VERBS and self.action in ACTIONS
        if not known or (self.action == "lose" and self.verb != "dot"):
            raise ValueError(f"no such fault: {self.action} at {self.verb}")

    def applies(self, verb: str, number: int, receivers: Sequence[str]) -> bool:
        return (
            verb == self.verb
            and (self.nth is None or number == self.nth)
            and (self.first is None or number <= self.first)
            and (self.every is None or number % self.every == 0)
            and (self.receiver is None or self.receiver in receivers)
        )


@dataclass(frozen=True)
class Accepted:
    """A message the server took responsibility for, whether or not the client got to know."""

    number: int
    sender: str
    receivers: tuple[str, ...]
    content: bytes

    @property
    def message_id(self) -> str:
        return str(BytesHeaderParser().parsebytes(self.content)["Message-ID"])


def read_spool(spool: Path) -> list[Accepted]:
    """Everything a server (also one in another process) has accepted so far, in order."""
    return [_from_spool(path) for path in sorted(spool.glob("*.eml"))]


class FaultySmtp:
    """The server. `seen` lists every verb in the order it came, `connections` counts them."""

    def __init__(
        self, rules: Iterable[Fault] = (), spool: Path | None = None, port: int = 0, latency: float = 0.0,
        login: tuple[str, str] | None = None, pipelining: bool = False, offers: Sequence[str] = (),
    ) -> None:
        self.rules = list(rules)
        self.accepted: list[Accepted] = []
        self.seen: list[str] = []
        self.connections = 0
        self.latency = latency
        self.login = login
        self.pipelining = pipelining
        self.offers = offers
        self.stopping = threading.Event()
        self._messages = 0
        self._spool = spool
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._accept_connections)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    @property
    def greeting(self) -> str:
        """The reply to EHLO: what it offers."""
        offers = ["faulty.test", *["AUTH PLAIN"] * bool(self.login), *["PIPELINING"] * self.pipelining, *self.offers]
        return "".join(f"250-{one}\r\n" for one in offers) + "250 SIZE 10000000"

    def fault_at(self, verb: str, number: int, receivers: Sequence[str]) -> str | None:
        """The action of the first rule that applies."""
        with self._lock:
            self.seen.append(verb)
            matching = (rule.action for rule in self.rules if rule.applies(verb, number, receivers))
            return next(matching, None)

    def next_message(self) -> int:
        with self._lock:
            self._messages += 1
            return self._messages

    def store(self, message: Accepted) -> None:
        """Keep a message; on disk it appears whole or not at all."""
        with self._lock:
            self.accepted.append(message)
        if self._spool is not None:
            _to_spool(self._spool, message)

    def _accept_connections(self) -> None:
        while not self.stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:  # the listener was shut down
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._sockets.add(sock)
                number = self.connections
            self._start(partial(self._serve, sock, number))

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            _Conversation(self, sock, number).run()
        except (OSError, _Ended):  # the client went away, or a fault ended the conversation
            pass
        finally:
            with self._lock:
                self._sockets.discard(sock)
            sock.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()


class _Ended(Exception):
    """The conversation is over."""


class _Conversation:
    """One connection, from the greeting to its end."""

    def __init__(self, server: FaultySmtp, sock: socket.socket, number: int) -> None:
        self._server = server
        self._sock = sock
        self._lines = sock.makefile("rb")
        self._connection = number
        self._message = 0
        self._open = False  # whether MAIL was accepted
        self._sender = ""
        self._receivers: list[str] = []

    def run(self) -> None:
        with self._lines:
            self._answer("connect", "220 faulty.test ESMTP")
            while line := self._lines.readline():
                self._command(line.decode("utf-8", "replace").strip())

    def _command(self, line: str) -> None:
        verb = line.partition(" ")[0].upper()
        if verb in ("EHLO", "HELO"):
            self._answer("ehlo", self._server.greeting)
        elif verb == "AUTH":
            self._auth(line)
        elif verb == "MAIL":
            self._mail(line)
        elif verb == "RCPT":
            self._rcpt(line)
        elif verb == "DATA":
            self._data()
        elif verb in ("RSET", "NOOP"):
            self._receivers = []
            self._answer("rset", "250 2.0.0 Ok")
        elif verb == "QUIT":
            self._answer("quit", "221 2.0.0 Bye")
            raise _Ended
        else:
            self._say("502 5.5.2 What?")

    def _auth(self, line: str) -> None:
        user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")[1:]
        right = (user, password) == self._server.login
        self._answer("auth", "235 2.7.0 Welcome" if right else "535 5.7.8 Wrong user name or password")

    def _mail(self, line: str) -> None:
        self._message = self._server.next_message()
        self._sender, self._receivers = _path(line), []
        self._open = self._answer("mail", "250 2.1.0 Ok")

    def _rcpt(self, line: str) -> None:
        if not self._open:
            self._say("503 5.5.1 MAIL first")
            return
        self._receivers.append(_path(line))
        if not self._answer("rcpt", "250 2.1.5 Ok"):
            self._receivers.pop()

    def _data(self) -> None:
        if not self._receivers:
            self._say("503 5.5.1 No receiver")
            return
        if not self._answer("data", "354 Go on"):
            return
        message = Accepted(self._message, self._sender, tuple(self._receivers), self._content())
        action = self._server.fault_at("dot", self._message, message.receivers)
        if action in (None, "lose", "drip"):
            self._server.store(message)
        self._receivers = []
        self._act(action, f"250 2.0.0 Ok: queued as F{self._message:05d}")

    def _content(self) -> bytes:
        lines = []
        while (line := self._lines.readline()) != b".\r\n":
            if not line:
                raise _Ended
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _answer(self, verb: str, reply: str) -> bool:
        """Give the reply, or what the rules say instead; whether it was the right reply."""
        numbered_by_connection = verb in ("connect", "ehlo", "auth", "quit")
        number = self._connection if numbered_by_connection else self._message
        return self._act(self._server.fault_at(verb, number, self._receivers), reply)

    def _act(self, action: str | None, reply: str) -> bool:
        if action is None or action == "drip":
            self._say(reply, drip=action == "drip")
            return True
        if action in ("close", "lose"):
            raise _Ended
        if action == "reset":
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _Ended
        if action == "hang":
            self._server.stopping.wait()
            raise _Ended
        self._say("what was that?" if action == "garbage" else f"{action} {_why(action, self._receivers)}")
        if action == "421":
            raise _Ended
        return False

    def _say(self, reply: str, drip: bool = False) -> None:
        time.sleep(self._server.latency)
        data = reply.encode() + b"\r\n"
        if not drip:
            self._sock.sendall(data)
            return
        for byte in data:
            self._sock.sendall(bytes([byte]))
            if self._server.stopping.wait(0.2):
                raise _Ended


def _why(action: str, receivers: Sequence[str]) -> str:
    """Refusals name the receiver, as real servers do; 452 says that it is enough for now."""
    if action == "452":
        return "4.5.3 Too many of yours"
    return f"{action[0]}.1.1 <{receivers[-1] if receivers else 'nobody'}>: refused by script"


def _path(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


def _to_spool(spool: Path, message: Accepted) -> None:
    spool.mkdir(parents=True, exist_ok=True)
    envelope = f"X-Envelope-From: {message.sender}\r\nX-Envelope-To: {' '.join(message.receivers)}\r\n"
    name = f"{time.time_ns():020d}-{message.number:06d}.eml"
    writing = spool / f".{name}"
    writing.write_bytes(envelope.encode() + message.content)
    writing.rename(spool / name)


def _from_spool(path: Path) -> Accepted:
    sender, receivers, content = path.read_bytes().split(b"\r\n", 2)
    return Accepted(
        number=int(path.stem.rpartition("-")[2]),
        sender=sender.partition(b": ")[2].decode(),
        receivers=tuple(receivers.partition(b": ")[2].decode().split()),
        content=content,
    )


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="SMTP server that fails on demand")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--spool", type=Path, required=True)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each reply")
    parser.add_argument("--pipelining", action="store_true")
    args = parser.parse_args()
    rules = [Fault(**rule) for rule in json.loads(args.script.read_text("utf-8"))] if args.script else []
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    told = {"latency": args.latency, "pipelining": args.pipelining}
    with FaultySmtp(rules, spool=args.spool, port=args.port, **told) as server:
        print(f"listening on {server.port}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
