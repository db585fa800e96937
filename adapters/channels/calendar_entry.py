"""A message as an entry of one person's calendar (RFC 5545): a task, or an event.

The same message gives the same bytes every time, and the same UID: that is how a server knows a second copy. An
appointment is one event, however many messages tell of it.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, Todo

from adapters.base import Appointment, Message
from adapters.channels.headers import clean

PRODUCT, VERSION = "-//followup//reminders//EN", "2.0"

Entry = Literal["task", "event"]

_LASTS = timedelta(minutes=15)
"""How long a reminder takes that is shown as an event. Ours."""

_NOT_FOR_CALENDARS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def name_of(message: Message) -> str:
    """The entry's name among all others, for good, in letters that every server takes."""
    identity = message.appointment.uid if message.appointment else message.message_id
    return hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=16).hexdigest()


def sequence_in(content: bytes) -> int:
    """How often the event of a calendar object has changed; 0 if it does not say, or is none."""
    try:
        return max((int(one.get("sequence", 0)) for one in Calendar.from_ical(content).walk("VEVENT")), default=0)
    except (ValueError, TypeError):
        return 0


def build(message: Message, kind: Entry) -> bytes:
    """The calendar object. It is private: who shares his calendar shows that he is busy, and not with whom."""
    entry: Todo | Event
    if message.appointment is not None:
        entry = _meeting(message.appointment)
    else:
        entry = _task(message) if kind == "task" else _reminder(message)
        entry.add("uid", f"{name_of(message)}@{_host(message.message_id)}")
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


def _meeting(appointment: Appointment) -> Event:
    """It takes his time, and has the identity that it has in every other calendar of ours."""
    event = Event()
    event.add("uid", appointment.uid)
    event.add("dtstart", datetime.fromtimestamp(appointment.starts_at, UTC))
    event.add("dtend", datetime.fromtimestamp(appointment.starts_at + appointment.minutes * 60, UTC))
    event.add("sequence", appointment.sequence)
    event.add("transp", "OPAQUE")
    return event


def _reminder(message: Message) -> Event:
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
