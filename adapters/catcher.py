"""The embedded mail catcher: a real SMTP server on loopback that keeps what it gets and shows it on a page.

For the demo and for trying rules out: nothing that comes in here ever leaves the machine.
"""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from asyncio import AbstractServer
from collections.abc import Awaitable
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as ParsedMail
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.catcher_page import PageServer

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class CaughtMail:
    """One mail as it arrived. `to` is the envelope's receiver; `received_at` is seconds since the epoch."""

    message_id: str
    to: str
    sender: str
    subject: str
    text: str
    html: str
    received_at: int


class Catcher:
    """Catches mail between `start()` and `stop()`. Port 0 takes a free one; afterwards the ports are known.

    Each mail is a file of its own in `spool`; what an earlier run left there is shown again. OSError means
    that a port is taken or the folder cannot be written.
    """

    def __init__(self, spool: Path, smtp_port: int = 0, http_port: int = 0) -> None:
        spool.mkdir(parents=True, exist_ok=True)
        self._spool = spool
        self._lock = threading.Lock()
        self._mails = [_read(path) for path in sorted(spool.glob("*.eml"))]
        self._smtp = _LoopbackSmtp(self, smtp_port)
        self._pages = PageServer((_LOOPBACK, http_port), self.messages)
        self._page_thread = threading.Thread(
            target=self._pages.serve_forever, args=(0.1,), name="catcher-pages", daemon=True
        )
        self.smtp_port: int = self._smtp.port
        self.http_port: int = self._pages.server_address[1]
        self.url = f"http://{_LOOPBACK}:{self.http_port}/"

    def start(self) -> None:
        """Take mail and serve the page, both in threads of their own. Once only."""
        self._smtp.start()
        self._page_thread.start()

    def stop(self) -> None:
        """Stop both servers; the mails stay in the spool folder and in `messages()`."""
        if self._page_thread.is_alive():
            self._smtp.stop()
            self._pages.shutdown()
            self._page_thread.join()
        self._smtp.listener.close()
        self._pages.server_close()

    def messages(self) -> list[CaughtMail]:
        """Every mail so far, in the order of arrival."""
        with self._lock:
            return list(self._mails)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        """aiosmtpd's hook for a complete message: keep it, then accept it."""
        try:
            self._keep(envelope)
        except OSError as error:
            return f"452 4.3.1 Cannot keep it: {error.strerror}"
        return "250 2.0.0 Ok: kept"

    def _keep(self, envelope: Envelope) -> None:
        trace = "".join(f"Delivered-To: {receiver}\r\n" for receiver in envelope.rcpt_tos)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        with self._lock:
            path = self._spool / f"{len(self._mails) + 1:06d}.eml"
            writing = path.with_suffix(".writing")
            writing.write_bytes(trace.encode("utf-8", "replace") + content)
            writing.replace(path)
            self._mails.append(_read(path))


class _LoopbackSmtp(Controller):
    """aiosmtpd on a listener that is bound at once: the port is known, and no race can lose it."""

    def __init__(self, catcher: Catcher, port: int) -> None:
        self.listener = socket.create_server((_LOOPBACK, port))
        port = self.listener.getsockname()[1]
        # server_hostname: otherwise aiosmtpd asks the name service for ours, which may take seconds.
        super().__init__(catcher, hostname=_LOOPBACK, port=port, server_hostname="catcher.localhost")

    def _create_server(self) -> Awaitable[AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self.listener)


def _read(path: Path) -> CaughtMail:
    """A spooled mail. Its time of arrival is the file's, so that it outlives a restart."""
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
    return CaughtMail(
        message_id=_field(mail, "Message-ID"),
        to=", ".join(str(value) for value in mail.get_all("Delivered-To", [])),
        sender=_field(mail, "From"),
        subject=_field(mail, "Subject"),
        text=_body(mail, "text/plain"),
        html=_body(mail, "text/html"),
        received_at=int(path.stat().st_mtime),
    )


def _field(mail: ParsedMail, name: str) -> str:
    """A header field in one line; as it stands where its encoded words are broken."""
    raw = mail.get(name, "")
    try:
        value = str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, ValueError):
        value = str(raw)
    return "".join(value.splitlines())


def _body(mail: ParsedMail, content_type: str) -> str:
    """The first part of that type as text; bytes that its character set does not know become marks."""
    for part in mail.walk():
        if part.get_content_type() == content_type:
            payload: Any = part.get_payload(decode=True)
            return bytes(payload).decode("utf-8", "replace").replace("\r\n", "\n")
    return ""
