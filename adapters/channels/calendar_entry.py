"""A message as an entry of one person's calendar (RFC 5545): a task, or an event.

The same message gives the same bytes every time, and the same UID: that is how a server knows a second copy.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, Todo

from adapters.base import Message
from adapters.channels.headers import clean

PRODUCT, VERSION = "-//followup//reminders//EN", "2.0"

Entry = Literal["task", "event"]

_LASTS = timedelta(minutes=15)
"""How long a reminder takes that is shown as an event. Ours."""

_NOT_FOR_CALENDARS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def name_of(message_id: str) -> str:
    """The entry's name among all others, for good: from the Message-ID, in letters that every server takes."""
    return hashlib.blake2b(message_id.encode("utf-8", "replace"), digest_size=16).hexdigest()


def build(message: Message, kind: Entry) -> bytes:
    """The calendar object. It is private: who shares his calendar shows that he is busy, and not with whom."""
    entry = _task(message) if kind == "task" else _event(message)
    entry.add("uid", f"{name_of(message.message_id)}@{_host(message.message_id)}")
    entry.add("dtstamp", _moment(message))
    entry.add("summary", clean(message.subject))
    entry.add("description", _NOT_FOR_CALENDARS.sub(" ", message.text.replace("\r\n", "\n")).strip("\n"))
    entry.add("class", "PRIVATE")
    file = Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", VERSION)
    file.add_component(entry)
    return bytes(file.to_ical())


def _task(message: Message) -> Todo:
    task = Todo()
    task.add("due", _moment(message))
    task.add("status", "NEEDS-ACTION")
    return task


def _event(message: Message) -> Event:
    """It takes none of his time: a reminder is no appointment."""
    event = Event()
    event.add("dtstart", _moment(message))
    event.add("dtend", _moment(message) + _LASTS)
    event.add("transp", "TRANSPARENT")
    return event


def _moment(message: Message) -> datetime:
    return datetime.fromtimestamp(message.date, UTC)


def _host(message_id: str) -> str:
    return message_id.strip("<>").rpartition("@")[2]
