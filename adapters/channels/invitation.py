"""An appointment as an invitation (RFC 5545, 5546), which mail programs put into the receiver's calendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress

from adapters.base import Appointment, Message
from adapters.channels.headers import clean, one_address

_NOT_FOR_CALENDARS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def invitation(message: Message, about: Appointment, organizer: str) -> bytes:
    """The calendar object, the same bytes for the same message every time; ValueError if an address is not one.

    No answer is asked for: it is the message that asks, and the rep who is answered.
    """
    event = Event()
    event.add("uid", clean(about.uid))
    event.add("dtstamp", _moment(message.date))
    event.add("dtstart", _moment(about.starts_at))
    event.add("dtend", _moment(about.starts_at + about.minutes * 60))
    event.add("sequence", about.sequence)
    event.add("summary", _plain(clean(message.subject)))
    event.add("description", _plain(message.text.replace("\r\n", "\n")).strip("\n"))
    event.add("organizer", vCalAddress(f"mailto:{one_address(organizer)}"))
    attendee = vCalAddress(f"mailto:{one_address(message.address)}")
    attendee.params.update({"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"})
    event.add("attendee", attendee)
    event.add("status", "CONFIRMED")
    file = Calendar()
    file.add("prodid", "-//followup//invitations//EN")
    file.add("version", "2.0")
    file.add("method", "REQUEST")
    file.add_component(event)
    return bytes(file.to_ical())


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _plain(text: str) -> str:
    return _NOT_FOR_CALENDARS.sub(" ", text)
