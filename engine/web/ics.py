"""Calendar files (RFC 5545): one event for each thing to be at hand for, the same one whenever it is written again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine.domain.keys import event_uid

if TYPE_CHECKING:
    from icalendar import Event

NAMES = ("-//followup//visits//EN", "2.0")


@dataclass(frozen=True)
class Entry:
    """One event. `key` never changes; `sequence` grows with every change; instants are seconds UTC.

    `busy`: his time is taken; a reminder takes none.
    """

    key: str
    starts_at: int
    minutes: int
    summary: str
    description: str
    url: str
    busy: bool
    sequence: int
    changed_at: int | None


def write_calendar(name: str, entries: Iterable[Entry], host: str, now: int) -> bytes:
    """The file: UTF-8, lines folded at 75 octets, instants in UTC, so that every calendar shows its own wall clock."""
    from icalendar import Calendar  # 3 MB, which pages do without until somebody asks for his calendar

    file = Calendar()
    product, version = NAMES
    file.add("prodid", product)
    file.add("version", version)
    file.add("x-wr-calname", name)
    file.add("refresh-interval", timedelta(hours=1), {"VALUE": "DURATION"})
    for entry in entries:
        file.add_component(_event(entry, host, now))
    return bytes(file.to_ical())


def _event(entry: Entry, host: str, now: int) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", event_uid(entry.key, host))
    event.add("dtstamp", _moment(now))
    event.add("dtstart", _moment(entry.starts_at))
    event.add("dtend", _moment(entry.starts_at + entry.minutes * 60))
    event.add("sequence", entry.sequence)
    if entry.changed_at is not None:
        event.add("last-modified", _moment(entry.changed_at))
    event.add("summary", entry.summary)
    if entry.description:
        event.add("description", entry.description)
    event.add("url", entry.url)
    event.add("transp", "OPAQUE" if entry.busy else "TRANSPARENT")
    return event


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
