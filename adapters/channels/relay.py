"""One SMTP relay: its open connections, the way of a message past RCPT, and whether it is let alone for a while."""

from __future__ import annotations

import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from adapters.base import Outcome, Receipt
from adapters.channels.replies import malformed, receipt_for, scrub
from adapters.channels.rest import Rest
from adapters.channels.smtp_session import SmtpServer, SmtpSession

_IDLE_SECONDS = 30.0       # below the 60 s and more after which servers close idle connections
_MESSAGES_PER_CONNECTION = 100  # servers have limits of their own; leaving first saves a refused transaction
_PATIENCE, _FIRST_REST, _LONGEST_REST = 3, 10, 300

_BUSY = Receipt(Outcome.WITHDRAWN, "busy", "every connection to the relay is in use", retry_after=1)

NO_LETTERS = "smtputf8"
_NO_LETTERS = Receipt(Outcome.PERMANENT, NO_LETTERS, "the relay takes no address in other letters than a-z")

Now = Callable[[], float]


class Envelope(NamedTuple):
    """Who sends to whom, and how many bytes. `letters`: its headers are not all ASCII (RFC 6531)."""

    sender: str
    receiver: str
    size: int
    letters: bool = False


class Standing(NamedTuple):
    """A relay that is let alone until then, in seconds of the channel's clock, and what it did."""

    relay: str
    until: int
    why: str


class Relay:
    """For many threads. `connections` is the most at once; `now` the clock that rests are counted in."""

    def __init__(self, server: SmtpServer, connections: int, now: Now) -> None:
        self.server = server
        self._now = now
        self._tls = ssl.create_default_context() if server.security != "none" else None
        self._most, self._busy = connections, 0
        self._idle: list[SmtpSession] = []
        self._freed = threading.Condition(threading.Lock())
        self._rest = Rest(_PATIENCE, _FIRST_REST, _LONGEST_REST)
        self._why = ""

    def wait(self) -> int:
        """Whole seconds for which it wants no message; 0: try it, now."""
        if self._rest.until is None:  # read without the lock: as good as having asked a moment earlier
            return 0
        with self._freed:
            return self._rest.wait(self._now())

    def standing(self) -> Standing | None:
        """What people should know; None if it works, as far as is known."""
        with self._freed:
            until = self._rest.until
            return None if until is None else Standing(self.server.name, int(until), self._why)

    def past_rcpt(self, envelope: Envelope, deadline: float) -> SmtpSession | Receipt:
        """A session that has accepted the receiver, to be given to `release`; or why there is none.

        No content is sent here, so whatever fails was certainly not delivered.
        """
        found: SmtpSession | Receipt | None = None
        with self._freed:
            if not self._freed.wait_for(self._is_free, max(deadline - time.monotonic(), 0)):
                return _BUSY
            self._busy += 1
            kept = self._idle.pop() if self._idle else None
            turn = self._rest.turn
        try:
            found = self._asked(kept, turn, envelope, deadline)
            return found
        finally:
            if not isinstance(found, SmtpSession):
                self.let_go(None)

    def open_ones(self, most: int) -> list[SmtpSession]:
        """Up to so many connections that are open and idle, to be given to `let_go`; none while it is in trouble."""
        if self._rest.troubled:
            return []
        with self._freed:
            count = min(most, self._most - self._busy, len(self._idle))
            taken = [self._idle.pop() for _ in range(count)]
            good = [session for session in taken if not _is_worn(session)]
            self._busy += len(good)
            for session in good:
                session.turn = self._rest.turn
        for session in taken:
            if session not in good:
                session.leave()
        return good

    def release(self, session: SmtpSession, receipt: Receipt | None) -> None:
        """Take a session back, after what became of its message; None: nobody knows, for something was raised."""
        if receipt is not None:
            self.learn(session, receipt)
        self.let_go(session)

    def learn(self, session: SmtpSession, receipt: Receipt) -> None:
        """What became of a message says of the relay whether it works."""
        if receipt.outcome is Outcome.UNKNOWN or receipt.code == "lost":
            self._failed(session.turn, receipt)
        else:
            self._worked()

    def let_go(self, session: SmtpSession | None) -> None:
        """Let the next one have the place, and the session if it is still open."""
        with self._freed:
            self._busy -= 1
            if session is not None and session.sock is not None:
                self._idle.append(session)
            self._freed.notify()

    def close(self) -> None:
        """Say goodbye on every connection that is not in use."""
        with self._freed:
            sessions, self._idle = self._idle, []
        for session in sessions:
            session.leave()

    def _asked(
        self, kept: SmtpSession | None, turn: int, envelope: Envelope, deadline: float
    ) -> SmtpSession | Receipt:
        """By a connection kept from an earlier message; if it was closed meanwhile, by a fresh one."""
        if kept is not None and _still_good(kept):
            kept.deadline, kept.turn = deadline, turn
            receipt = self._envelope(kept, envelope)
            if receipt is None or receipt.code not in ("lost", "421"):
                return self._judged(kept, receipt)
        session = self._connect(turn, deadline)
        return session if isinstance(session, Receipt) else self._judged(session, self._envelope(session, envelope))

    def _judged(self, session: SmtpSession, receipt: Receipt | None) -> SmtpSession | Receipt:
        """What an answer says of the relay: at MAIL it is about us, at RCPT about the receiver."""
        if receipt is None:
            return session
        if session.verb == "mail" and receipt.outcome is Outcome.RETRY:
            self._failed(session.turn, receipt)
        elif receipt.code != "lost":
            self._worked()
        return receipt

    def _envelope(self, session: SmtpSession, envelope: Envelope) -> Receipt | None:
        """MAIL and RCPT; None if both were accepted."""
        most = session.most_bytes
        if most and envelope.size > most:
            self._keep(session)
            return Receipt(Outcome.PERMANENT, "oversize", f"{envelope.size} bytes; the relay takes {most}")
        if envelope.letters and not session.has_extn("smtputf8"):
            self._keep(session)
            return _NO_LETTERS
        size = f" SIZE={envelope.size}" if most is not None else ""
        form = " BODY=8BITMIME SMTPUTF8" if envelope.letters else ""
        try:
            code, reply = session.transaction(f"FROM:<{envelope.sender}>{size}{form}", f"TO:<{envelope.receiver}>")
        except (smtplib.SMTPException, OSError) as error:
            session.close()
            return Receipt(Outcome.RETRY, "lost", scrub(f"{session.verb}: {error}", envelope.receiver))
        if session.verb == "rcpt" and code in (250, 251):
            return None
        session.recover(code)
        self._keep(session)
        return receipt_for(session.verb, code, reply, envelope.receiver) or malformed(Outcome.RETRY, session.verb)

    def _connect(self, turn: int, deadline: float) -> SmtpSession | Receipt:
        """A new session, or why there is none: no message's fault, so worth another try."""
        try:
            return SmtpSession(self.server, deadline, self._tls, turn)
        except smtplib.SMTPAuthenticationError as error:
            receipt = Receipt(Outcome.RETRY, "auth", f"user name or password refused: {error.smtp_code}")
        except smtplib.SMTPNotSupportedError as error:
            receipt = Receipt(Outcome.RETRY, "unsupported", scrub(str(error)))
        except smtplib.SMTPResponseException as error:
            reply = error.smtp_error
            text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
            receipt = Receipt(Outcome.RETRY, str(error.smtp_code), scrub(f"connect: {error.smtp_code} {text}"))
        except (smtplib.SMTPException, OSError) as error:
            receipt = Receipt(Outcome.RETRY, "connect", scrub(f"connect: {error}"))
        self._failed(turn, receipt)
        return receipt

    def _is_free(self) -> bool:
        return self._busy < self._most

    def _keep(self, session: SmtpSession) -> None:
        if session.sock is not None:
            with self._freed:
                self._idle.append(session)

    def _failed(self, turn: int, receipt: Receipt) -> None:
        with self._freed:
            self._rest.failed(turn, self._now(), at_once=receipt.code == "auth")
            self._why = receipt.detail

    def _worked(self) -> None:
        if self._rest.troubled:
            with self._freed:
                self._rest.worked()


def _still_good(session: SmtpSession) -> bool:
    """Whether it neither idled long nor carried much: servers close such soon, so it is left."""
    if not _is_worn(session):
        return True
    session.leave()
    return False


def _is_worn(session: SmtpSession) -> bool:
    return is_spent(session) or time.monotonic() - session.used_at > _IDLE_SECONDS


def is_spent(session: SmtpSession, more: int = 0) -> bool:
    """Whether it has carried as much as a connection may, or will have with so many more."""
    return session.sent + more >= _MESSAGES_PER_CONNECTION
