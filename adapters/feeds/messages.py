"""What a feed tells: messages about hazards and their areas. All latitudes and longitudes are WGS 84."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LIMIT = 2_000_000
"""The largest document that is read, in bytes; a real feed is far smaller."""


class BadFeed(ValueError):
    """A document or message that cannot be used. Its text is one line that says where and why."""


class Act(StrEnum):
    """What a message does to what is known."""

    ALERT = "alert"      # something new
    UPDATE = "update"    # replaces what it refers to
    CANCEL = "cancel"    # takes back what it refers to
    IGNORE = "ignore"    # an exercise, a test, an acknowledgement: it is read, and nothing happens


@dataclass(frozen=True)
class Point:
    """Degrees: latitude -90 to 90, longitude -180 to 180."""

    lat: float
    lon: float


@dataclass(frozen=True)
class Circle:
    """Everything within `km` of the centre."""

    centre: Point
    km: float


@dataclass(frozen=True)
class Area:
    """Where it holds: polygons (closed rings), circles, and codes such as ("GB/T 2260", "510100")."""

    name: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Hazard:
    """One event of a message. Instants are seconds since the epoch (UTC); `severity` is CAP's word, in lower case."""

    event: str
    severity: str
    starts_at: int
    ends_at: int | None
    areas: tuple[Area, ...]
    headline: str = ""
    instruction: str = ""
    web: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """One message of a feed. `id` is unique in the world; `references` are the ids of the messages it is about."""

    id: str
    sent_at: int
    act: Act
    hazards: tuple[Hazard, ...]
    references: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Document:
    """What a document held: messages, addresses of further messages, and what was wrong with the rest."""

    messages: tuple[Message, ...] = ()
    links: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
