"""Chat markdown, cut to what a vendor takes, or made plain.

A message's text is lines of markdown as every vendor reads it: bold and links. Its last lines may be links by
themselves, `[label](url)`: what its receiver can do. They are never cut, and never cut off.
"""

from __future__ import annotations

import re

SHORTENED = "…… （内容过长，已截短 shortened）"

_LINK = re.compile(r"\[(?P<label>[^\]\n]*)\]\((?P<url>[^)\s]+)\)")


def fitted(text: str, most: int) -> str:
    """The text in at most `most` bytes of UTF-8: lines are left out from the end of its words, and it says so."""
    text = text.strip("\n")
    if _size(text) <= most:
        return text
    words, links = _parted(text)
    while links and _size("\n".join((SHORTENED, "", *links))) > most:
        links.pop()  # whole links, the least wanted first
    tail = [SHORTENED, "", *links] if links else [SHORTENED]
    return "\n".join((*_lines_in(words, most - _size("\n".join(tail)) - 1), *tail))


def plain(text: str) -> str:
    """The same without markdown, for what shows none: never longer, and each link as `label url`."""
    return _LINK.sub(r"\g<label> \g<url>", text.replace("**", ""))


def _parted(text: str) -> tuple[list[str], list[str]]:
    """Its words, and the lines at its end that are links by themselves."""
    lines = text.split("\n")
    first = len(lines)
    while first and _LINK.fullmatch(lines[first - 1]):
        first -= 1
    words = "\n".join(lines[:first]).rstrip("\n")
    return words.split("\n"), lines[first:]


def _lines_in(lines: list[str], room: int) -> list[str]:
    """As many whole lines as there is room for; of a first line that is too long by itself, its beginning."""
    kept: list[str] = []
    for line in lines:
        if _size("\n".join((*kept, line))) > room:
            break
        kept.append(line)
    return kept or [lines[0].encode()[: max(room, 0)].decode(errors="ignore")]


def _size(text: str) -> int:
    return len(text.encode())
