"""What an author meant by a line that is not YAML: the slips that people make, above all with a Chinese keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

WIDE = {
    "：": ":", "，": ",", "、": ",", "；": ";", "｛": "{", "｝": "}", "［": "[", "］": "]", "【": "[", "】": "]",
    "（": "(", "）": ")", "“": '"', "”": '"', "＂": '"', "‘": "'", "’": "'", "＃": "#", "－": "-", "–": "-", "—": "-",
    "−": "-", "＋": "+", "＊": "*", "＝": "=", "＞": ">", "＜": "<", "　": " ", "\xa0": " ",
}  # fmt: skip
"""Signs that look like those of YAML and are others."""


class Slip(NamedTuple):
    """Where it is (both count from 1), what is wrong, and what to write."""

    line: int
    col: int
    message: str
    hint: str


def half_width(text: str) -> str:
    """A hint that names the first sign of the text that only looks right; "" where there is none."""
    found = next((char for char in text if char in WIDE), "")
    return f"write {_named(WIDE[found])} instead of {_named(found)}" if found else ""


def slip(lines: Sequence[str], line: int) -> Slip | None:
    """What is wrong near a line (from 1) at which reading stopped: there, or in the line with text before it."""
    near = [number for number in range(line, 0, -1) if number <= len(lines) and lines[number - 1].strip()][:2]
    for number in reversed(near):
        for look in _ANYWHERE:
            found = look(lines[number - 1])
            if found is not None:
                return Slip(number, *found)
    if line <= len(lines):
        return next((Slip(line, *found) for look in _HERE if (found := look(lines[line - 1])) is not None), None)
    return None


Found = tuple[int, str, str] | None


def _named(sign: str) -> str:
    names = {" ": "a space", '"': "'\"'", "　": "a full-width space", "\xa0": "a no-break space"}
    return names.get(sign, f'"{sign}"')


def _wide_colon(text: str) -> Found:
    found = re.match(r"\s*(?:- *)?[\w.-]+(：)", text)
    return None if found is None else (found.start(1) + 1, 'a full-width "：" ends no key', 'write ": " (half-width)')


def _indent(text: str) -> Found:
    found = re.match(r" *([　\xa0\t])", text)
    if found is None:
        return None
    what = {"\t": "a tab"}.get(found[1]) or _named(found[1])
    return found.start(1) + 1, f"{what} indents nothing", "indent with ordinary spaces"


def _narrow_colon(text: str) -> Found:
    found = re.match(r"\s*(?:- +)?[a-z_]+(:)[^\s:/]", text)
    return None if found is None else (found.start(1) + 1, "no space behind the colon", 'write "key: value"')


def _narrow_dash(text: str) -> Found:
    found = re.match(r"\s*(-)[a-z_]+:", text)
    return None if found is None else (found.start(1) + 1, "no space behind the dash", 'write "- id: ..."')


def _wide_sign(text: str) -> Found:
    col, sign = next(_outside_quotes(text), (0, ""))
    return None if not sign else (col, f"{_named(sign)} is a full-width sign", half_width(sign))


def _outside_quotes(text: str) -> Iterator[tuple[int, str]]:
    plain = re.sub(r"\"[^\"]*\"|'[^']*'", lambda found: " " * len(found[0]), text)
    return ((at + 1, char) for at, char in enumerate(plain) if char in WIDE)


def _compared(text: str) -> Found:
    found = re.search(r"(?<=[\s{])([<>]=?|=)\s*[\d\"]", text)
    words = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "=": "eq"}
    return None if found is None else (found.start(1) + 1, f'"{found[1]}" compares nothing',
                                       f"write {{{words[found[1]]}: 3}}")  # fmt: skip


def _colon_in_text(text: str) -> Found:
    found = re.match(r"\s*(?:- +)?[a-z_]+: +([^\"'{\[#&*!|>｛［【“‘\s][^#]*?): ", text)
    return None if found is None else (found.start(1) + 1, "a colon in the text", "put the text in quotes")


def _star(text: str) -> Found:
    found = re.search(r"[:\[{,] +(\*)", text)
    return None if found is None else (found.start(1) + 1, '"*" begins no text', "put the text in quotes")


_ANYWHERE: tuple[Callable[[str], Found], ...] = (_wide_colon, _indent, _narrow_colon, _narrow_dash)
_HERE: tuple[Callable[[str], Found], ...] = (_compared, _star, _colon_in_text, _wide_sign)
