"""Mail over SMTP, one receiver a message, on connections that stay open, through the first relay that works.

What can be known about a message hangs on one point: `begin()`, called after RCPT and before DATA. Until then
a lost connection means "not delivered", and the next relay may be tried; from then on, only a reply that was
received tells.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from adapters.base import Begin, Capabilities, HandOver, Message, Outcome, Receipt
from adapters.channels.abreast import LATE, WITHDRAWN, Abreast, Mail
from adapters.channels.dkim import Signer
from adapters.channels.domains import Crowded, Domains, wants_rest
from adapters.channels.headers import one_address
from adapters.channels.mime import build
from adapters.channels.relay import NO_LETTERS, Envelope, Now, Relay, Standing
from adapters.channels.replies import malformed, receipt_for, scrub
from adapters.channels.smtp_session import SmtpServer, SmtpSession


class EmailChannel:
    """Sends through the first of several SMTP servers that takes the message, all in the name of the first's sender.

    `connections` is the most at once to each, `per_domain` the most mails at once to one domain of receivers;
    `now` the clock, in seconds, that the rests of both are counted in; `signer` signs every message, if there is one.
    """

    capabilities = Capabilities(html=True, attachments=True, max_bytes=10_000_000)

    def __init__(
        self, *servers: SmtpServer, connections: int = 32, per_domain: int = 32, now: Now = time.monotonic,
        signer: Signer | None = None,
    ) -> None:
        self._sender = servers[0]
        self._signer = signer
        self._relays = [Relay(server, connections, now) for server in servers]
        self._domains = Domains(per_domain, now)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """Hand one message over; see Channel.send. What `begin` raises is passed on, with nothing sent."""
        mail = self._mail_of(message)
        if isinstance(mail, Receipt):
            return mail
        envelope, content = mail
        deadline = min(deadline, time.monotonic() + self._sender.timeout)
        place = self._domains.enter(envelope.receiver, deadline)
        if place.wait:
            return wants_rest(place)
        asked: list[_Asked] = []
        receipt = None
        try:
            receipt = self._by_a_relay(envelope, content, begin, deadline, asked)
        finally:
            wait = self._domains.leave(place, receipt)
        if wait and receipt.outcome is Outcome.RETRY:
            receipt = replace(receipt, retry_after=wait)
        return _with_names(receipt, asked) if len(self._relays) > 1 else receipt

    def send_several(self, messages: Sequence[Message], hand_over: HandOver, most: int, deadline: float) -> list[int]:
        """See Several: on the open connections to the first relay, where it works."""
        alone = len(self._relays) == 1
        abreast = Abreast(self._relays[0], self._domains, self._mail_of, hand_over, deadline, alone=alone)
        return abreast.run(messages, most)

    def standing(self) -> list[Standing]:
        """The relays that are let alone at present."""
        return [standing for relay in self._relays if (standing := relay.standing())]

    def crowded(self) -> list[Crowded]:
        """The domains of receivers that are let alone at present."""
        return self._domains.at_rest()

    def close(self) -> None:
        """Say goodbye on every connection."""
        for relay in self._relays:
            relay.close()

    def _mail_of(self, message: Message) -> Mail | Receipt:
        """As it goes over the wire; why it cannot be sent."""
        try:
            content = build(message, self._sender.from_address, self._sender.from_name)
        except ValueError as error:
            return Receipt(Outcome.PERMANENT, "message", str(error))
        letters = not content.isascii()
        if self._signer is not None:
            content = self._signer.sign(content)
        if len(content) > self.capabilities.max_bytes:
            detail = f"{len(content)} bytes; at most {self.capabilities.max_bytes} go by mail"
            return Receipt(Outcome.PERMANENT, "oversize", detail)
        return Mail(Envelope(self._sender.from_address, one_address(message.address), len(content), letters), content)

    def _by_a_relay(
        self, envelope: Envelope, content: bytes, begin: Begin, deadline: float, asked: list[_Asked]
    ) -> Receipt:
        """The next relay is taken only while nothing was handed over: what fails before begin() fails for certain.

        Which were `asked`, and what came of it, is added to that list.
        """
        refusal: Receipt | None = None
        waits = []
        for index, relay in enumerate(self._relays):
            if wait := relay.wait():
                waits.append(wait)
                continue
            ready = relay.past_rcpt(envelope, _share(deadline, len(self._relays) - index))
            if isinstance(ready, SmtpSession):
                ready.deadline = deadline
                receipt = _handed_over(relay, ready, envelope.receiver, content, begin)
                asked.append(_Asked(relay.server.name, receipt))
                return receipt
            refusal = ready
            asked.append(_Asked(relay.server.name, refusal))
            if refusal.outcome is Outcome.PERMANENT and refusal.code != NO_LETTERS:
                break
        return refusal or _all_rest(waits)


class _Asked(NamedTuple):
    """A relay that was tried, and what it made of the message."""

    relay: str
    receipt: Receipt


def _with_names(receipt: Receipt, asked: Sequence[_Asked]) -> Receipt:
    """It says by name which relays did not take the message, whoever took it in the end."""
    if receipt.outcome is Outcome.WITHDRAWN:
        return receipt
    told = "; ".join(f"{name}: {one.detail}" for name, one in asked if one.outcome is not Outcome.ACCEPTED)
    return replace(receipt, detail=told) if told else receipt


def _share(deadline: float, ways: int) -> float:
    """When to give up on the first of so many ways, so that the others get their time as well."""
    now = time.monotonic()
    return now + (deadline - now) / ways


def _all_rest(waits: Sequence[int]) -> Receipt:
    return Receipt(Outcome.WITHDRAWN, "rests", "every relay is let alone for a while", retry_after=min(waits))


def _handed_over(relay: Relay, session: SmtpSession, address: str, content: bytes, begin: Begin) -> Receipt:
    """Ask for the mark, send the content, and give the session back."""
    receipt = None
    try:
        receipt = _sent(session, address, content, begin)
        return receipt
    finally:
        relay.release(session, receipt)


def _sent(session: SmtpSession, address: str, content: bytes, begin: Begin) -> Receipt:
    if time.monotonic() >= session.deadline:
        session.close()
        return LATE
    try:
        may_send = begin()
    except BaseException:
        session.close()
        raise
    if not may_send:
        session.reset()
        return WITHDRAWN
    if time.monotonic() >= session.deadline:  # begin() waited for the database
        session.close()
        return LATE
    return _content_sent(session, address, content)


def _content_sent(session: SmtpSession, address: str, content: bytes) -> Receipt:
    """DATA, the content and the dot. From here on only a reply that was received tells what happened."""
    try:
        code, reply = session.hand_over(content)
    except (smtplib.SMTPException, OSError) as error:
        session.close()
        return Receipt(Outcome.UNKNOWN, "lost", scrub(f"{session.verb}: {error}", address))
    receipt = receipt_for(session.verb, code, reply, address) or malformed(Outcome.UNKNOWN, session.verb)
    if receipt.outcome is Outcome.ACCEPTED:
        session.sent += 1
        session.used_at = time.monotonic()
    else:
        session.recover(code)
    return receipt
