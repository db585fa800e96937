"""The parts of a mail: their own fields, an empty line, and the body in seven bits."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Sequence
from functools import lru_cache

from adapters.base import Image
from adapters.channels.headers import token

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_PRINTABLE = b"\t\r\n" + bytes(range(0x20, 0x7F))
_WIDTH = 76  # RFC 2045 section 6.8
_LONGEST_LINE = 998  # RFC 5322 section 2.1.1
_MEDIA_TYPE = re.compile(r"image/[a-z0-9.+-]{1,40}")
_IDENT = re.compile(r"[A-Za-z0-9._-]{1,200}@[A-Za-z0-9._-]{1,200}")


def multipart(subtype: str, parts: Sequence[str], boundary: str) -> str:
    """Parts one after the other. No part's body holds the boundary: see `words`."""
    kind = '; type="text/html"' if subtype == "related" else ""
    opened = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{subtype}{kind};\r\n boundary="{boundary}"\r\n\r\n{opened}--{boundary}--\r\n'


def words(subtype: str, text: str, mark: str) -> str:
    """A text: as it is where 7 bits carry it and boundaries are not in it, which hold `mark`; else base64."""
    body = text.replace("\n", "\r\n") if "\r" not in text else _LINE_BREAK.sub("\r\n", text)
    encoding = "7bit"
    if not _is_7bit(body) or mark in body:
        encoding, body = "base64", _base64(body.encode("utf-8", "replace"))
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n{body}"
    )


def calendar(event: bytes) -> str:
    """An invitation as one more form of the message, which calendar programs offer to answer (RFC 6047)."""
    return (
        "Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{_base64(event)}"
    )


def attached(event: bytes) -> str:
    """The same as a file, for programs that know no other way."""
    return (
        'Content-Type: application/ics; name="invite.ics"\r\n'
        'Content-Disposition: attachment; filename="invite.ics"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{_base64(event)}"
    )


@lru_cache(maxsize=64)
def image(picture: Image) -> str:
    """A picture that the HTML shows; ValueError if its type or name cannot stand in a header."""
    if not _MEDIA_TYPE.fullmatch(picture.media_type) or not _IDENT.fullmatch(picture.ident):
        raise ValueError("a picture's type or identity is not one")
    name = token(picture.name)
    return (
        f'Content-Type: {picture.media_type}; name="{name}"\r\n'
        f"Content-ID: <{picture.ident}>\r\n"
        f'Content-Disposition: inline; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{_base64(picture.content)}"
    )


def _is_7bit(body: str) -> bool:
    """Printable ASCII in short lines, none of them starting with `From `, which mbox storage would mangle."""
    if not body.isascii() or body.encode("ascii").translate(None, _PRINTABLE):
        return False
    if body.startswith("From ") or "\nFrom " in body:
        return False
    return _has_short_lines(body)


def _has_short_lines(body: str) -> bool:
    """Looks for the last end of a line within each line's length, not at every line."""
    start = 0
    while len(body) - start > _LONGEST_LINE:
        end = body.rfind("\r\n", start, start + _LONGEST_LINE + 2)
        if end < 0:
            return False
        start = end + 2
    return True


def _base64(content: bytes) -> str:
    """In lines of 76 characters; `base64.encodebytes` makes each line on its own, at three times the CPU."""
    text = b2a_base64(content, newline=False).decode("ascii")
    return "".join(f"{text[at : at + _WIDTH]}\r\n" for at in range(0, len(text), _WIDTH))
