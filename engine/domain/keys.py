"""Keys that never change: what makes "at most once" a unique index rather than a hope."""

from __future__ import annotations

import hashlib
import re
import zlib
from datetime import UTC, datetime
from functools import lru_cache

SEPARATOR = "|"
_OWN_PARTS = 5
SHARDS = 16
"""Planning is shared out in this many parts; stored with every lead, so it cannot change later."""


def occurrence_key(rule: str, lead: str, anchor: str, step: str, receiver: str) -> str:
    """The identity of a touch. Anchors are records and civil values, never the instant of planning."""
    return SEPARATOR.join((rule, lead, anchor, step, receiver))


def told_behind(key: str) -> str:
    """The word behind the key of the touch that a note tells of; "" for a touch of its own: its key has five parts."""
    parts = key.split(SEPARATOR)
    return "" if len(parts) == _OWN_PARTS else parts[-1]


NOTE_PATTERN = SEPARATOR.join("%" * (_OWN_PARTS + 1))
"""What the keys of notes are like, in SQL: those of touches of their own have a part less."""


_THING = re.compile(r"[^:]*:(?:(date#.*):[^:]*|((?:record|purchase|opportunity)#.*)@[^@]*|(circumstance#.*))")


def thing_of(anchor: str) -> str:
    """What an occasion is about, whatever its value or return: `record#4` of `contract.ends_on:record#4@2027-01-31`.

    "" for one that is about the lead himself: a festival, a talk with him, a change of his.
    """
    found = _THING.fullmatch(anchor)
    return found[found.lastindex or 0] if found else ""


def message_id(occurrence: str, channel: str, domain: str) -> str:
    """The RFC 5322 Message-ID of a touch on a channel: the same on every attempt, without personal data."""
    digest = hashlib.blake2b(f"{occurrence}{SEPARATOR}{channel}".encode(), digest_size=16).hexdigest()
    return f"<{digest}@{domain}>"


MEETING = 60
"""Minutes that an appointment takes in a calendar; the records know only its beginning. Ours."""


def meeting_key(record: str) -> str:
    """What the event of an appointment is known by, whichever way it reaches a calendar."""
    return f"appointment{SEPARATOR}{record}"


def event_uid(key: str, domain: str) -> str:
    """The identity of a calendar event (RFC 5545), without personal data."""
    return f"{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}@{domain}"


def said_again(occurrence: str, snoozes: int) -> str:
    """What a reminder's Message-ID is made of, its receiver having put it off so often: mail programs hide a second
    message of one id."""
    return f"{occurrence}{SEPARATOR}{snoozes}" if snoozes else occurrence


def tagged(address: str, ident: str) -> str:
    """The address with a tag that tells the message of that Message-ID: `care+HASH@example.com` (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{ident.strip('<>').partition('@')[0]}@{domain}"


def greeting_ref(occurrence: str) -> str:
    """The id of the interaction that a signed greeting is, once delivered: the same in a dry run and in life."""
    return "greeting-" + hashlib.blake2b(occurrence.encode(), digest_size=8).hexdigest()


def shard_of(lead: str) -> int:
    """The planning shard of a lead, from crc32 of its id."""
    return zlib.crc32(lead.encode()) % SHARDS


def spread(seed: str, width: int) -> int:
    """A whole number in [-width, width], the same for the same seed for ever: jitter that never drifts."""
    if width <= 0:
        return 0
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % (2 * width + 1) - width


def instant_mark(at: int) -> str:
    """An instant as anchors write it: `20260301T060000Z`."""
    day, second = divmod(at, 86_400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{_day_mark(day)}T{hour:02}{minute:02}{second:02}Z"


@lru_cache(maxsize=16_384)
def _day_mark(day: int) -> str:
    """That many days after 1 January 1970: thousands of occasions share one."""
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat().replace("-", "")


def share(seed: str, width: int) -> int:
    """A whole number in [0, width), the same for the same seed for ever: where in a spread something comes."""
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % max(width, 1)


def valid_id(text: str) -> bool:
    """Whether a text can be the id of a lead, rep or record: 1-128 printable characters without `|`."""
    return 0 < len(text) <= 128 and SEPARATOR not in text and text.isprintable() and text == text.strip()
