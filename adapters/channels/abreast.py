"""Several mails abreast, in one thread: one on each of the connections that are open already.

A thread for each mail waits for the server four times, and each time the interpreter goes from thread to thread. Here
whatever has been answered goes on. It is for the plain way only: a mail for which something is out of the ordinary
before `begin()` is left to single sending, which knows what to do about it. From `begin()` on both say the same.
"""

from __future__ import annotations

import select
import smtplib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from adapters.base import HandOver, Message, Outcome, Receipt
from adapters.channels.domains import Domains, Place, Queues
from adapters.channels.relay import Envelope, Relay, is_spent
from adapters.channels.replies import malformed, receipt_for, scrub
from adapters.channels.smtp_session import SmtpSession, ended

WITHDRAWN = Receipt(Outcome.WITHDRAWN, "withdrawn", "begin() said no; the transaction was reset")
LATE = Receipt(Outcome.RETRY, "late", "the deadline passed before DATA; nothing was sent")

_COMPANY = 0.003
"""Seconds that a mail whose address was accepted waits for others, so that one commit marks them all."""
_EACH = 8  # messages that one connection more is worth being opened for
_QUICK = 0.1  # seconds from content to reply, up to which `begin` is called soon after an envelope that went with it


class Mail(NamedTuple):
    """A message as it goes over the wire."""

    envelope: Envelope
    content: bytes


Build = Callable[[Message], Mail | Receipt]


@dataclass
class _Flight:
    """One mail on its connection. The session's `verb` is what is to be answered next, or `mark`, `rset` or `void`."""

    session: SmtpSession
    place: int
    mail: Mail
    domain: Place | None  # None: left, or not yet entered
    behind: _Flight | None = None  # whose receiver was asked for together with the dot
    data_sent: bool = False  # together with its envelope; its content waits for `begin` all the same
    put_at: float = 0.0  # time.monotonic() of its content


class Abreast:
    """One use of `send_several`. `alone`: there is no other relay, so that what this one refuses is refused."""

    def __init__(
        self, relay: Relay, domains: Domains, build: Build, hand_over: HandOver, deadline: float, *, alone: bool
    ) -> None:
        self._relay, self._domains, self._build, self._hand_over = relay, domains, build, hand_over
        self._deadline, self._alone = deadline, alone
        self._waiting: Queues
        self._left: list[int] = []
        self._free: dict[int, SmtpSession] = {}  # by the number of the socket, as `poll` tells it
        self._flights: dict[int, _Flight] = {}
        self._ready: list[int] = []              # those of them that wait for the mark
        self._ready_since = 0.0
        self._told: list[tuple[int, Receipt]] = []
        self._poll = select.poll()

    def run(self, messages: Sequence[Message], most: int) -> list[int]:
        """Send what can be sent; the places of those that were not taken up, or are for single sending."""
        waiting = self._waiting = Queues(messages, self._domains)
        sessions = self._relay.open_ones(most)
        try:
            if sessions and 2 * len(sessions) >= min(most, waiting.abreast, len(messages) // _EACH):
                self._send_by(sessions)
        finally:
            for session in sessions:
                self._relay.let_go(session)
        return sorted([*self._left, *waiting.left()])

    def _send_by(self, sessions: Sequence[SmtpSession]) -> None:
        for session in sessions:
            number = session.never_wait()
            self._free[number] = session
            self._poll.register(number, select.POLLIN)
        try:
            while self._take_up() or self._flights:
                self._mark()
                self._listen()
                self._tell()
            self._tell()
        finally:
            for number in list(self._flights):  # something was raised: what they did, nobody knows
                self._drop(number)

    def _take_up(self) -> bool:
        """Have each free connection ask for the receiver of another mail; whether any does."""
        taken = False
        while self._free and self._hand_over.goes_on() and (found := self._waiting.next()):
            place, message, domain = found
            number, session = self._free.popitem()
            mail = self._plain(place, message, session)
            if mail is None:
                self._domains.leave(domain, None)
                self._free[number] = session
                continue
            taken = True
            self._flights[number] = _Flight(session, place, mail, domain)
            self._try(number, self._ask)
        return taken

    def _follow(self, flight: _Flight) -> bytes:
        """Take up one more, to the same domain, if the server takes its envelope together with the dot: the bytes."""
        session = flight.session
        if not session.pipelines or flight.domain is None or is_spent(session, 1) or not self._hand_over.goes_on():
            return b""
        while found := self._waiting.next_at(flight.domain):
            place, message = found
            if mail := self._plain(place, message, session):
                flight.behind = _Flight(session, place, mail, None)
                return self._opening(flight.behind)
        return b""

    def _opening(self, flight: _Flight) -> bytes:
        """Its envelope; and DATA along with it (RFC 2920) where nothing but its content will be left to ask for."""
        session = flight.session
        flight.data_sent = (
            session.pipelines and session.took < _QUICK and self._hand_over.will_say_yes(flight.place)
        )
        return _envelope(session, flight.mail.envelope) + (b"DATA\r\n" if flight.data_sent else b"")

    def _plain(self, place: int, message: Message, session: SmtpSession) -> Mail | None:
        """As it goes over the wire; None if it cannot be sent, or is for single sending."""
        mail = self._build(message)
        if isinstance(mail, Receipt):
            self._told.append((place, mail))
            return None
        if mail.envelope.letters or (session.most_bytes and mail.envelope.size > session.most_bytes):
            self._left.append(place)
            return None
        return mail

    def _ask(self, number: int) -> None:
        flight = self._flights[number]
        self._is_asked(flight)
        self._put(number, self._opening(flight))

    def _is_asked(self, flight: _Flight) -> None:
        flight.session.deadline = min(self._deadline, time.monotonic() + self._relay.server.timeout)
        flight.session.verb = "mail"

    def _answered(self, number: int) -> None:
        session = self._flights[number].session
        session.take()
        while number in self._flights and (reply := session.next_reply()):
            self._go_on(number, *reply)

    def _go_on(self, number: int, code: int, reply: bytes) -> None:
        """One step further, or to the end."""
        flight = self._flights[number]
        session = flight.session
        match session.verb, code:
            case "mail", 250:
                session.verb = "rcpt"
                if not session.pipelines:
                    self._put(number, _rcpt(flight.mail.envelope).encode())
            case "rcpt", 250 | 251 if flight.data_sent:
                self._begin_one(number)
            case "rcpt", 250 | 251:
                session.verb = "mark"
                self._ready_since = self._ready_since if self._ready else time.monotonic()
                self._ready.append(number)
            case "data", 354:
                session.verb, flight.put_at = "dot", time.monotonic()
                self._put(number, ended(flight.mail.content) + self._follow(flight))
            case ("data" | "dot"), _:
                unclear = malformed(Outcome.UNKNOWN, session.verb)
                self._finish(number, self._receipt(flight, code, reply) or unclear, code)
            case "rcpt", _ if self._alone and (refusal := self._receipt(flight, code, reply)):
                self._finish(number, refusal, code)
            case "void", _ if code != 421 and 400 <= code <= 599:
                self._reset(number)
            case "rset", 250:
                self._release(number)
            case _:
                self._leave_to_single(number)

    def _receipt(self, flight: _Flight, code: int, reply: bytes) -> Receipt | None:
        receipt = receipt_for(flight.session.verb, code, reply, flight.mail.envelope.receiver)
        if receipt is None or receipt.outcome is Outcome.ACCEPTED or self._alone:
            return receipt
        return replace(receipt, detail=f"{self._relay.server.name}: {receipt.detail}")

    def _mark(self) -> None:
        """Ask for the mark of all that wait for it, once nobody else is about to; and send what may be sent."""
        if not self._ready or self._patience() > 0:
            return
        places, self._ready = self._ready, []
        flights = [(number, self._flights[number]) for number in places]
        answers = self._hand_over.begin([flight.place for _, flight in flights])
        now = time.monotonic()  # begin() waited for the database
        for (number, flight), may_send in zip(flights, answers, strict=True):
            if not may_send:
                self._finish(number, WITHDRAWN)
            elif now >= flight.session.deadline:
                self._finish(number, LATE, -1)
            else:
                flight.session.verb = "data"
                self._try(number, self._put, b"DATA\r\n")

    def _begin_one(self, number: int) -> None:
        """Where DATA was sent already: its content goes once that is answered, or the connection ends without it."""
        flight = self._flights[number]
        flight.session.verb = "data"
        if not self._hand_over.begin([flight.place])[0]:
            self._finish(number, WITHDRAWN, -1)
        elif time.monotonic() >= flight.session.deadline:
            self._finish(number, LATE, -1)

    def _patience(self) -> float:
        """Seconds that those who wait for the mark may wait for company."""
        if all(one.session.verb not in ("mail", "rcpt") or one.data_sent for one in self._flights.values()):
            return 0
        return max(self._ready_since + _COMPANY - time.monotonic(), 0)

    def _listen(self) -> None:
        """Wait until something happens, and go on with what it happened to."""
        until = min((one.session.deadline for one in self._flights.values()), default=0.0)
        seconds = max(until - time.monotonic(), 0)
        if self._ready:
            seconds = min(seconds, self._patience())
        for number, events in self._poll.poll(seconds * 1000):
            if number in self._free:  # it said goodbye
                self._free.pop(number).close()
                self._poll.unregister(number)
                continue
            if events & select.POLLOUT:
                self._try(number, self._put, b"")
            if events & ~select.POLLOUT and number in self._flights:
                self._try(number, self._answered)
        now = time.monotonic()
        for number in [number for number, one in self._flights.items() if now >= one.session.deadline]:
            self._lost(number, TimeoutError("the deadline has passed"))

    def _put(self, number: int, data: bytes) -> None:
        session = self._flights[number].session
        waited = bool(session.unsent)
        session.put(data)
        if waited or session.unsent:
            self._poll.modify(number, select.POLLIN | (select.POLLOUT if session.unsent else 0))

    def _try(self, number: int, step: Callable[..., None], *given: bytes) -> None:
        try:
            step(number, *given)
        except (smtplib.SMTPException, OSError) as error:
            self._lost(number, error)

    def _lost(self, number: int, error: Exception) -> None:
        """Its connection is gone, or its time is up."""
        flight = self._flights[number]
        verb, address = flight.session.verb, flight.mail.envelope.receiver
        if verb in ("data", "dot"):
            self._finish(number, Receipt(Outcome.UNKNOWN, "lost", scrub(f"{verb}: {error}", address)), -1)
        elif isinstance(error, TimeoutError) and verb == "mark":
            self._finish(number, LATE, -1)
        elif isinstance(error, TimeoutError) and verb in ("mail", "rcpt"):
            self._finish(number, Receipt(Outcome.RETRY, "lost", scrub(f"{verb}: {error}", address)), -1)
        else:
            self._leave_to_single(number)

    def _finish(self, number: int, receipt: Receipt, code: int = 400) -> None:
        """Remember what became of it, and make the connection ready for another one; after 421 or worse, close it."""
        flight = self._flights[number]
        wait = self._domains.leave(flight.domain, receipt) if flight.domain else 0
        flight.domain = None
        if flight.session.verb != "rcpt" or receipt.code != "lost":  # a relay that asks somebody else may take its time
            self._relay.learn(flight.session, receipt)
        if wait and receipt.outcome is Outcome.RETRY:
            receipt = replace(receipt, retry_after=wait)
        self._told.append((flight.place, receipt))
        if receipt.outcome is Outcome.ACCEPTED:
            flight.session.sent += 1
            flight.session.took = time.monotonic() - flight.put_at
        if flight.behind and code != 421 and 200 <= code <= 599:
            self._promote(number, flight.behind)
        elif receipt.outcome is Outcome.ACCEPTED:
            self._release(number)
        elif code == 421 or not 400 <= code <= 599:
            self._drop(number)
        elif flight.session.verb == "rcpt" and flight.data_sent:
            flight.session.verb = "void"  # DATA is still to be answered, and not by yes
        else:
            self._reset(number)

    def _reset(self, number: int) -> None:
        self._flights[number].session.verb = "rset"
        self._try(number, self._put, b"RSET\r\n")

    def _promote(self, number: int, flight: _Flight) -> None:
        """The one behind is next: what comes now are the answers to its envelope, unless its domain wants no more."""
        self._flights[number].behind = None
        self._flights[number] = flight
        self._is_asked(flight)
        place = self._domains.enter_now(flight.mail.envelope.receiver)
        if place is None or place.wait:
            self._leave_to_single(number)
        else:
            flight.domain = place

    def _release(self, number: int) -> None:
        session = self._flights.pop(number).session
        session.used_at = time.monotonic()
        if is_spent(session):
            self._poll.unregister(number)
        else:
            self._free[number] = session

    def _leave_to_single(self, number: int) -> None:
        if self._flights[number].session.verb not in ("rset", "void"):  # else it was told of already
            self._left.append(self._flights[number].place)
        self._drop(number)

    def _drop(self, number: int) -> None:
        flight = self._flights.pop(number)
        if flight.domain:
            self._domains.leave(flight.domain, None)
        if flight.behind:
            self._left.append(flight.behind.place)
        if number in self._ready:
            self._ready.remove(number)
        self._poll.unregister(number)
        flight.session.close()

    def _tell(self) -> None:
        told, self._told = self._told, []
        if told:
            self._hand_over.tell(told)


def _envelope(session: SmtpSession, envelope: Envelope) -> bytes:
    """MAIL, and RCPT where the server takes both at once."""
    size = "" if session.most_bytes is None else f" SIZE={envelope.size}"
    mail = f"MAIL FROM:<{envelope.sender}>{size}\r\n"
    return (mail + _rcpt(envelope) if session.pipelines else mail).encode()


def _rcpt(envelope: Envelope) -> str:
    return f"RCPT TO:<{envelope.receiver}>\r\n"
