"""A letter as it lies in a mailbox, in one shape whatever mailbox that is.

Mail from outside is often broken, and sometimes on purpose: nothing in it may raise, and no more than LIMIT bytes of it
are read. Headers are taken as they stand (policy `compat32`), since reading them into objects costs milliseconds a
letter and fails on the broken ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.parser import BytesHeaderParser
from hashlib import blake2b
from types import MappingProxyType

from adapters.inbox.texts import decoded_words, from_html, from_part, readable, unfolded

LIMIT = 262_144
"""Bytes of a letter that are read: what it says stands before what is attached to it."""
_PARTS = 200
_IDS = 100
_ID = re.compile(r"<[^<>\s]{1,400}>")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']{1,64}@[^\s<>()\[\],;:\"']{1,253}")
_ANGLE = re.compile(rf"<\s*({_ADDRESS.pattern})\s*>")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ANSWERS_TO = ("in-reply-to", "references")
_SENT_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


@dataclass(frozen=True)
class Letter:
    """One letter. Addresses are in lower case; header names as well, and of each name the first field counts."""

    place: str  # folder and number, or file: for people
    received_at: int  # when the mailbox got it, seconds since the epoch
    message_id: str  # with angle brackets; one without is given one, made from its bytes
    sender: str = ""  # the address of From, "" if there is none
    to: tuple[str, ...] = ()  # every address it was sent to, as far as it says
    subject: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    references: tuple[str, ...] = ()  # Message-IDs that it answers to, the nearest first
    text: str = ""  # what it says, without markup
    content_type: str = "text/plain"
    report_type: str = ""  # of a multipart/report
    status: tuple[Mapping[str, str], ...] = ()  # the blocks of fields of a delivery status (RFC 3464)
    returned: tuple[str, ...] = ()  # Message-IDs of the letters that are attached to it whole, or their heads


def read_letter(raw: bytes, place: str, received_at: int) -> Letter:
    """Read the bytes of a letter; what is beyond LIMIT does not count. Never raises."""
    raw = raw[:LIMIT]
    message = _parsed(raw)
    headers: dict[str, str] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), unfolded(value))
    found = _Content()
    found.read(message)
    ids = _ID.findall(headers.get("message-id", ""))
    return Letter(
        place, received_at, ids[0] if ids else f"<{blake2b(raw, digest_size=16).hexdigest()}@no-message-id>",
        sender=_sender(headers.get("from", "")), to=tuple(dict.fromkeys(_sent_to(headers))),
        subject=decoded_words(headers.get("subject", "")), headers=MappingProxyType(headers),
        references=tuple(dict.fromkeys(_references(headers)))[:_IDS], text=found.text,
        content_type=message.get_content_type(), report_type=_report_type(message),
        status=tuple(found.status), returned=tuple(found.returned),
    )  # fmt: skip


def _parsed(raw: bytes) -> Message:
    """The head alone, if the parts are nested deeper than anybody's mail program would."""
    try:
        return message_from_bytes(raw, policy=policy.compat32)
    except RecursionError:
        return BytesHeaderParser(policy=policy.compat32).parsebytes(raw)


def _sender(value: str) -> str:
    """The one in angle brackets, if there are any: a name may look like an address."""
    plain = _QUOTED.sub(" ", value)
    found = _ANGLE.findall(plain) or _ADDRESS.findall(plain)
    return found[0].lower() if found else ""


def _sent_to(headers: Mapping[str, str]) -> Iterator[str]:
    for name in _SENT_TO:
        for address in _ADDRESS.findall(_QUOTED.sub(" ", headers.get(name, "")))[:_IDS]:
            yield address.lower()


def _references(headers: Mapping[str, str]) -> Iterator[str]:
    for name in _ANSWERS_TO:
        yield from reversed(_ID.findall(headers.get(name, "")))


def _report_type(message: Message) -> str:
    found = message.get_param("report-type") if message.get_content_type() == "multipart/report" else ""
    return found.lower() if isinstance(found, str) else ""


@dataclass
class _Content:
    """What is found in the parts of a letter, each looked at once."""

    status: list[Mapping[str, str]] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    seen: int = 0

    @property
    def text(self) -> str:
        """Its plain text; of a letter that has only HTML, the text of that."""
        return "\n".join(self.plain) if any(part.strip() for part in self.plain) else "\n".join(self.html)

    def read(self, part: Message) -> None:
        """Take in a part and what it consists of; letters that are attached are not what this one says."""
        waiting = [part]
        while waiting and self.seen < _PARTS:
            self.seen += 1
            one = waiting.pop()
            kind, inner = one.get_content_type(), one.get_payload()
            if kind in ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"):
                self.returned += _ids_of(one)
            elif kind in ("message/delivery-status", "message/global-delivery-status"):
                self.status += _blocks(one)
            elif isinstance(inner, list):
                waiting += [sub for sub in reversed(inner) if isinstance(sub, Message)]
            elif "attachment" not in str(one.get("content-disposition", "")).lower():
                self._say(kind, one)

    def _say(self, kind: str, part: Message) -> None:
        if kind == "text/plain":
            self.plain.append(from_part(part))
        elif kind == "text/html":
            self.html.append(from_html(from_part(part)))


def _ids_of(part: Message) -> list[str]:
    """The Message-ID of an attached letter."""
    inner = part.get_payload()
    head = inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Message) else None
    if head is None:
        head = BytesHeaderParser(policy=policy.compat32).parsebytes(from_part(part).encode("utf-8", "replace"))
    return _ID.findall(str(head.get("message-id", "")))[:1]


def _blocks(part: Message) -> list[Mapping[str, str]]:
    inner = part.get_payload()
    blocks = [block for block in inner if isinstance(block, Message)] if isinstance(inner, list) else []
    if not blocks:  # some encode it, which the standard forbids
        head = BytesHeaderParser(policy=policy.compat32)
        texts = re.split(r"\r?\n\r?\n", from_part(part))
        blocks = [head.parsebytes(text.encode("utf-8", "replace")) for text in texts if text.strip()]
    return [{name.lower(): readable(unfolded(value)) for name, value in block.raw_items()} for block in blocks]
