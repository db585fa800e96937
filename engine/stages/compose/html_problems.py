"""What is wrong with pictures, and with HTML that would fetch something while it is read."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

from engine.domain.images import MAX_BYTES, NAMED, is_image
from engine.ground.errors import Problem
from engine.rulebook.reading import suggestion

_REMARK = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
_FETCHED = re.compile(
    r"""<(?:link|script|iframe)\b|\b(?:src|background|poster)\s*=\s*["']?\s*(?:https?:)?//[^\s"'>]*"""
    r"""|url\(\s*["']?\s*(?:https?:)?//[^)]*|@import\b[^;]*""",
    re.IGNORECASE,
)
_BEGINS = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff", "gif": b"GIF8"}


def html_problems(path: str, text: str, files: Mapping[str, str], root: str) -> Iterator[Problem]:
    """Of one HTML template: pictures that are not there, and whatever would be fetched from elsewhere."""
    read = _REMARK.sub(lambda found: "\n" * found[0].count("\n"), text)
    pictures = tuple(one for one in files if is_image(one))
    for named in NAMED.finditer(read):
        if named[1] not in pictures:
            message = f'there is no picture "{named[1]}"'
            yield Problem(root + path, _line(read, named.start()), 1, "T106", message, suggestion(named[1], pictures))
    for fetched in _FETCHED.finditer(read):
        message = f'"{fetched[0]}" is fetched when the mail is read; most programs block that, and it tells who reads'
        hint = "put the picture below templates/ and write src=\"cid:PATH\"; write styles into <style>"
        yield Problem(root + path, _line(read, fetched.start()), 1, "T107", message, hint)


def picture_problems(path: str, text: str, root: str) -> Iterator[Problem]:
    """Of one picture: whether it is one, and small enough to travel with every mail."""
    content = base64.b64decode(text)
    if not content.startswith(_BEGINS[path.rpartition(".")[2]]):
        yield Problem(root + path, 1, 1, "T108", "this is not a picture of the kind that its name says")
    if len(content) > MAX_BYTES:
        message = f"it has {len(content):,} bytes, and travels with every mail that shows it"
        yield Problem(root + path, 1, 1, "T108", message, f"make it smaller than {MAX_BYTES:,} bytes")


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
