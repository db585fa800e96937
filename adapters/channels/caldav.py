"""Reminders in a person's own calendar (CalDAV, RFC 4791): one PUT each, which no server takes twice.

`If-None-Match: *` has the server refuse a name that is there already (412); the name comes from the Message-ID, so
that after a lost answer the second attempt finds the first one's entry, and that is success. An appointment that is
there already is replaced if it has changed since, and only if nobody else has changed it meanwhile (`If-Match`).
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.calendar_entry import Entry, build, name_of, sequence_in
from adapters.channels.line import Answer, Line
from adapters.channels.webhook import AGAIN

LARGEST = 100_000
"""Bytes of an entry; servers draw the line at some 100 KB and more."""

USER = "{user}"
"""In the calendar's address, where the name of its owner stands."""

_MOST_ANSWER = 8_192
_LONGEST_USER = 200
_COPY = b"no-uid-conflict"
"""RFC 4791 5.3.2.1: the entry is in the calendar under another name, as a server or its owner has moved it."""

_THERE = "412"
_LOCKED = 423
_NO_CALENDAR = "there is no such calendar"
_REFUSALS: Mapping[int, str] = {
    401: "the server does not know our username and password",
    403: "we may not write into this calendar, or it takes no such entries",
    404: _NO_CALENDAR,
    405: "there is something else than a calendar",
    409: _NO_CALENDAR,
    410: _NO_CALENDAR,
    413: "the entry is too large for the server",
    507: "the calendar is full",
}


@dataclass(frozen=True)
class Calendars:
    """Where everybody's calendar is: `url` has {user} in it. `networks` may be private."""

    url: str
    username: str
    password: str
    entry: Entry = "task"
    timeout: float = 10.0
    networks: tuple[str, ...] = ()


class CaldavChannel:
    """Puts each message into its receiver's calendar; his address is what stands for {user}."""

    capabilities = Capabilities(max_bytes=LARGEST, dedupe=True, receivers=frozenset({"rep"}))

    def __init__(self, calendars: Calendars) -> None:
        self._calendars = calendars
        self._line = Line(calendars.networks)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        """See Channel.send. What the server holds already under this Message-ID is accepted."""
        if not _is_name(message.address):
            return Receipt(Outcome.PERMANENT, "address", "no name of a calendar's owner")
        content = build(message, self._calendars.entry)
        if len(content) > LARGEST:
            return Receipt(Outcome.PERMANENT, "too_large", f"{len(content)} bytes are more than {LARGEST}")
        deadline = min(deadline, time.monotonic() + self._calendars.timeout)
        receipt = self._put(message, content, {"If-None-Match": "*"}, begin, deadline)
        if receipt.code != _THERE or message.appointment is None:
            return receipt
        return self._renewed(message, message.appointment.sequence, content, deadline)

    def close(self) -> None:
        """Nothing is held open: each message has a connection of its own."""

    def _put(
        self, message: Message, content: bytes, condition: Mapping[str, str], begin: Begin, deadline: float
    ) -> Receipt:
        head = {**self._login(), **condition, "Content-Type": "text/calendar; charset=utf-8"}
        answer = self._line.put(self._url(message), head, content, begin, deadline, _MOST_ANSWER)
        return answer if isinstance(answer, Receipt) else _answered(answer, name_of(message))

    def _renewed(self, message: Message, sequence: int, content: bytes, deadline: float) -> Receipt:
        """The appointment is there: as it is now, or as it was before. What begin() let go may go on."""
        there = self._line.fetch(self._url(message), LARGEST, deadline, self._login())
        if isinstance(there, Receipt):
            return there
        if there.status != 200 or not there.tag:
            return Receipt(Outcome.RETRY, str(there.status), "the appointment that is there could not be read")
        if sequence_in(there.body) >= sequence:
            return Receipt(Outcome.ACCEPTED, _THERE, "the entry was there already", remote_id=name_of(message))
        receipt = self._put(message, content, {"If-Match": there.tag}, lambda: True, deadline)
        if receipt.code == _THERE:
            return Receipt(Outcome.RETRY, _THERE, "the appointment was changed by somebody else meanwhile")
        return receipt

    def _url(self, message: Message) -> str:
        calendar = self._calendars.url.replace(USER, quote(message.address, safe="@"))
        return f"{calendar.rstrip('/')}/{name_of(message)}.ics"

    def _login(self) -> dict[str, str]:
        known = b64encode(f"{self._calendars.username}:{self._calendars.password}".encode()).decode()
        return {"Authorization": f"Basic {known}"}


def _is_name(address: str) -> bool:
    """Whether it is one step of a path, and leads nowhere else."""
    return (
        0 < len(address) <= _LONGEST_USER and address.isprintable() and address not in (".", "..")
        and not set(address) & set(" /\\")
    )  # fmt: skip


def _answered(answer: Answer, name: str) -> Receipt:
    """What the status says. Redirections are not followed, and are a refusal."""
    code = str(answer.status)
    if 200 <= answer.status < 300:
        return Receipt(Outcome.ACCEPTED, code, remote_id=name)
    if code == _THERE or _COPY in answer.body:
        return Receipt(Outcome.ACCEPTED, code, "the entry was there already", remote_id=name)
    if answer.status not in _REFUSALS and (answer.status in {*AGAIN, _LOCKED} or answer.status >= 500):
        return Receipt(Outcome.RETRY, code, f"HTTP {code}", retry_after=answer.wait)
    return Receipt(Outcome.PERMANENT, code, _REFUSALS.get(answer.status, f"HTTP {code}"))
