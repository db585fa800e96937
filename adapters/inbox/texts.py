"""Texts of letters: charsets, encoded words, HTML. What cannot be read is replaced, never raised."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from html.parser import HTMLParser

_LONGEST = 50_000
"""Characters of a text that are kept: more than anybody types."""
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "us-ascii": "utf-8", "ascii": "utf-8"}
"""Charsets as they are named, and one that reads the same and what is written under that name besides."""
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "table", "h1", "h2", "h3", "blockquote", "hr"})
_UNSEEN = frozenset({"style", "script", "head", "title"})
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def readable(text: str) -> str:
    """The text without what no database or log takes: control characters, halves of characters."""
    return _CONTROLS.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))


def unfolded(value: str) -> str:
    """A header's value on one line; bytes beyond ASCII that nobody encoded are UTF-8 or Chinese."""
    if not value.isascii():
        value = _as_text(value.encode("utf-8", "surrogateescape"), "utf-8")
    return readable(" ".join(value.split()))


def decoded_words(value: str) -> str:
    """A header's text, its encoded words (RFC 2047) read."""
    if "=?" not in value:
        return value
    try:
        parts = decode_header(value)
        text = "".join(one if isinstance(one, str) else _as_text(one, charset or "ascii") for one, charset in parts)
    except (HeaderParseError, ValueError):
        return value
    return readable(" ".join(text.split()))


def from_part(part: Message) -> str:
    """The text of a part, its encoding undone; at most _LONGEST characters."""
    try:
        content = part.get_payload(decode=True)
        charset = part.get_content_charset() or "utf-8"
    except (ValueError, LookupError):
        content, charset = part.get_payload(), "utf-8"
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogateescape")
    return readable(_as_text(content, charset))[:_LONGEST] if isinstance(content, bytes) else ""


def _as_text(content: bytes, charset: str) -> str:
    """By its charset; where that is unknown or wrong, by the two that are likeliest."""
    for name in (_WIDER.get(charset.lower(), charset), "utf-8", "gb18030"):
        try:
            return content.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
    return content.decode("utf-8", "replace")


def from_html(html: str) -> str:
    """What a reader sees of HTML, with line breaks between its blocks and `> ` before what is quoted."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.seen).split("\n"))
    return "\n".join(line for line in lines if line)[:_LONGEST]


class _Reader(HTMLParser):
    """Collects text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._unseen = self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._unseen += tag in _UNSEEN
        self._quoted += tag == "blockquote"
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(self._unseen - (tag in _UNSEEN), 0)
        self._quoted = max(self._quoted - (tag == "blockquote"), 0)
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.seen.append(data.replace("\n", " "))

    def _break(self, tag: str) -> None:
        if tag in _BREAKS:
            self.seen.append("\n> " if self._quoted else "\n")
