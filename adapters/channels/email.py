"""Mail over SMTP, one receiver a message, on connections that stay open.

What can be known about a message hangs on one point: `begin()`, called after RCPT and before DATA. Until then
a lost connection means "not delivered"; from then on, only a reply that was received tells.
"""

from __future__ import annotations

import smtplib
import ssl
import threading
import time

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.mime import build
from adapters.channels.replies import receipt_for, scrub
from adapters.channels.smtp_session import SmtpServer, SmtpSession

_IDLE_SECONDS = 30.0       # below the 60 s and more after which servers close idle connections
_MESSAGES_PER_CONNECTION = 100  # servers have limits of their own; leaving first saves a refused transaction

_WITHDRAWN = Receipt(Outcome.WITHDRAWN, "withdrawn", "begin() said no; the transaction was reset")


class EmailChannel:
    """Sends through one SMTP server. Each thread that calls `send` keeps a connection of its own."""

    capabilities = Capabilities(html=True, max_bytes=10_000_000)

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._tls = ssl.create_default_context() if server.security != "none" else None
        self._mine = threading.local()
        self._open: set[SmtpSession] = set()
        self._lock = threading.Lock()

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """Hand one message over; see Channel.send. What `begin` raises is passed on, with nothing sent."""
        try:
            content = build(message, self._server.from_address, self._server.from_name)
        except ValueError as error:
            return Receipt(Outcome.PERMANENT, "message", str(error))
        deadline = min(deadline, time.monotonic() + self._server.timeout)
        refusal = self._address_accepted(message.address, len(content), deadline)
        return refusal or self._content_sent(message.address, content, begin)

    def close(self) -> None:
        """Say goodbye on every thread's connection."""
        with self._lock:
            sessions, self._open = self._open, set()
        for session in sessions:
            session.leave()

    def _address_accepted(self, address: str, size: int, deadline: float) -> Receipt | None:
        """Bring a session past RCPT; a receipt if that fails.

        A connection kept from the last message may have been closed meanwhile: then a fresh one is tried.
        """
        kept = self._kept(deadline)
        if kept is not None:
            receipt = self._envelope(kept, address, size)
            if receipt is None or receipt.code not in ("lost", "421"):
                return receipt
        session = self._connect(deadline)
        return session if isinstance(session, Receipt) else self._envelope(session, address, size)

    def _envelope(self, session: SmtpSession, address: str, size: int) -> Receipt | None:
        """MAIL and RCPT. No content is sent, so whatever fails here was certainly not delivered."""
        size_option = f" SIZE={size}" if session.has_extn("size") else ""
        verb = "mail"
        try:
            # docmd, not mail() and rcpt(): those parse what build() has validated, at a sixth of the CPU.
            code, reply = session.docmd("MAIL", f"FROM:<{self._server.from_address}>{size_option}")
            if code == 250:
                verb = "rcpt"
                code, reply = session.docmd("RCPT", f"TO:<{address}>")
        except (smtplib.SMTPException, OSError) as error:
            self._drop(session)
            return Receipt(Outcome.RETRY, "lost", scrub(f"{verb}: {error}", address))
        if verb == "rcpt" and code in (250, 251):
            return None
        self._after_refusal(session, code)
        return receipt_for(verb, code, reply, address) or _malformed(Outcome.RETRY, verb)

    def _content_sent(self, address: str, content: bytes, begin: Begin) -> Receipt:
        session: SmtpSession = self._mine.session
        if time.monotonic() >= session.deadline:
            return self._too_late(session)
        try:
            may_send = begin()
        except BaseException:
            self._drop(session)
            raise
        if not may_send:
            self._reset(session)
            return _WITHDRAWN
        if time.monotonic() >= session.deadline:  # begin() waited for the database
            return self._too_late(session)
        return self._data(session, address, content)

    def _data(self, session: SmtpSession, address: str, content: bytes) -> Receipt:
        """DATA, the content and the dot. From here on only a reply that was received tells what happened."""
        verb = "dot"
        try:
            code, reply = session.data(content)
        except smtplib.SMTPDataError as error:
            verb, code, reply = "data", error.smtp_code, _as_bytes(error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            self._drop(session)
            return Receipt(Outcome.UNKNOWN, "lost", scrub(f"data: {error}", address))
        receipt = receipt_for(verb, code, reply, address) or _malformed(Outcome.UNKNOWN, verb)
        if receipt.outcome is Outcome.ACCEPTED:
            session.sent += 1
            session.used_at = time.monotonic()
        else:
            self._after_refusal(session, code)
        return receipt

    def _too_late(self, session: SmtpSession) -> Receipt:
        self._drop(session)
        return Receipt(Outcome.RETRY, "late", "the deadline passed before DATA; nothing was sent")

    def _connect(self, deadline: float) -> SmtpSession | Receipt:
        """A new session of this thread, or why there is none: no message's fault, so worth another try."""
        try:
            session = SmtpSession(self._server, deadline, self._tls)
        except smtplib.SMTPAuthenticationError as error:
            return Receipt(Outcome.RETRY, "auth", f"user name or password refused: {error.smtp_code}")
        except smtplib.SMTPNotSupportedError as error:
            return Receipt(Outcome.RETRY, "unsupported", scrub(str(error)))
        except smtplib.SMTPResponseException as error:
            reply = _as_bytes(error.smtp_error).decode("utf-8", "replace")
            return Receipt(Outcome.RETRY, str(error.smtp_code), scrub(f"connect: {error.smtp_code} {reply}"))
        except (smtplib.SMTPException, OSError) as error:
            return Receipt(Outcome.RETRY, "connect", scrub(f"connect: {error}"))
        self._mine.session = session
        with self._lock:
            self._open.add(session)
        return session

    def _kept(self, deadline: float) -> SmtpSession | None:
        """This thread's open session, unless it idled long or carried much: servers close such soon."""
        session: SmtpSession | None = getattr(self._mine, "session", None)
        if session is None or session.sock is None:
            return None
        idle = time.monotonic() - session.used_at
        if idle > _IDLE_SECONDS or session.sent >= _MESSAGES_PER_CONNECTION:
            session.leave()
            self._drop(session)
            return None
        session.deadline = deadline
        return session

    def _after_refusal(self, session: SmtpSession, code: int) -> None:
        """Make the session ready for the next message; after 421, or no number at all, there is none."""
        if code == 421 or not 400 <= code <= 599:
            self._drop(session)
        else:
            self._reset(session)

    def _reset(self, session: SmtpSession) -> None:
        try:
            code, _ = session.rset()
        except (smtplib.SMTPException, OSError):
            code = -1
        if code == 250:
            session.used_at = time.monotonic()
        else:
            self._drop(session)

    def _drop(self, session: SmtpSession) -> None:
        session.close()
        self._mine.session = None
        with self._lock:
            self._open.discard(session)


def _malformed(outcome: Outcome, verb: str) -> Receipt:
    return Receipt(outcome, "malformed", f"{verb}: the server's answer is not an SMTP reply to it")


def _as_bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode("utf-8", "replace")
