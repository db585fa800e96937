"""Reading one cell of an imported table: text in, a value out, or a ValueError that names what is wrong.

The error's text quotes the cell, so it belongs beside the row (the quarantine file), never into a log.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from datetime import date, datetime

from engine.domain.civil import zone
from engine.domain.keys import valid_id
from engine.domain.regions.codes import region_code

INT_MAX = 2**31 - 1
"""What an INTEGER column of PostgreSQL holds."""
EXACT_INT = 2**53
"""Whole numbers up to here are exact in JSON on every engine."""

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def quoted(text: str) -> str:
    """A cell as an error shows it: short, on one line."""
    shown = text if len(text) <= 60 else text[:57] + "..."
    return '"' + "".join(c if c.isprintable() else " " for c in shown) + '"'


def plain_text(text: str, longest: int = 200) -> str:
    """One line of printable text."""
    if len(text) > longest:
        raise ValueError(f"{quoted(text)} is longer than {longest} characters")
    if not text.isprintable():
        raise ValueError(f"{quoted(text)} holds control characters or line breaks; remove them")
    return text


def long_text(text: str) -> str:
    """Printable text of several lines."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(plain_text(line, 2000) for line in lines)


def identifier(text: str) -> str:
    """An id of a lead, rep or record."""
    if not valid_id(text):
        raise ValueError(f"{quoted(text)} cannot be an id; use 1 to 128 printable characters without |")
    return text


def timezone(text: str) -> str:
    """An IANA zone name."""
    try:
        zone(text)
    except ValueError as error:
        raise ValueError(f"there is no time zone {quoted(text)}; use a name like Asia/Shanghai") from error
    return text


def locale(text: str) -> str:
    """A BCP 47 tag of language, script and region."""
    if not _LOCALE.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a locale; write e.g. zh-Hans, zh-Hant or en")
    return text


def country(text: str) -> str:
    """An ISO 3166 code."""
    if not re.fullmatch("[A-Z]{2}", text):
        raise ValueError(f"{quoted(text)} is not a country; write two capital letters, e.g. CN")
    return text


def word(text: str, words: Sequence[str]) -> str:
    """One of a closed vocabulary."""
    if text not in words:
        raise ValueError(f"{quoted(text)} is not one of {', '.join(words)}")
    return text


def names(text: str) -> list[str]:
    """Names of channels in order, between spaces, commas or semicolons."""
    found = [part for part in re.split(r"[\s,;]+", text) if part]
    for name in found:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{quoted(name)} is not a channel's name; write e.g. wecom, email")
    return list(dict.fromkeys(found))


def several(text: str, words: Sequence[str], noun: str) -> list[str] | None:
    """Words of a closed vocabulary that is too long to tell, between spaces, commas or semicolons."""
    found = [part for part in re.split(r"[\s,;]+", text) if part]
    for part in found:
        if part not in words:
            near = difflib.get_close_matches(part, words, 1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            raise ValueError(f"{quoted(part)} is not a {noun}{hint}")
    return list(dict.fromkeys(found)) or None


def texts(text: str) -> list[str]:
    """A list of texts, between semicolons."""
    return [plain_text(part.strip()) for part in text.split(";") if part.strip()]


def yes_or_no(text: str) -> bool:
    if text.lower() not in _BOOLS:
        raise ValueError(f"{quoted(text)} is neither true nor false")
    return _BOOLS[text.lower()]


def count(text: str) -> int:
    """A whole number that counts something."""
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > INT_MAX:
        raise ValueError(f"{quoted(text)} is not a count; write a whole number, 0 or more")
    return int(text)


def whole(text: str) -> int:
    if not re.fullmatch(r"[+\-]?[0-9]{1,16}", text) or abs(int(text)) > EXACT_INT:
        raise ValueError(f"{quoted(text)} is not a whole number")
    return int(text)


def number(text: str) -> float:
    """A decimal number with a point, without grouping."""
    if not re.fullmatch(r"[+\-]?[0-9]{1,15}(\.[0-9]{1,15})?", text):
        raise ValueError(f"{quoted(text)} is not a number; write e.g. 12500 or 12500.50")
    return float(text)


def latitude(text: str) -> float:
    """Degrees north of the equator, WGS 84."""
    return _degrees(text, 90, "latitude")


def longitude(text: str) -> float:
    """Degrees east of Greenwich, WGS 84."""
    return _degrees(text, 180, "longitude")


def _degrees(text: str, most: int, noun: str) -> float:
    if not re.fullmatch(r"[+\-]?[0-9]{1,3}(\.[0-9]{1,15})?", text) or abs(float(text)) > most:
        raise ValueError(f"{quoted(text)} is no {noun}; write degrees from -{most} to {most}, e.g. 30.6598")
    return float(text)


def region(text: str) -> str:
    """Any way to write a region, as its code; ValueError says what is wrong with it."""
    return region_code(text)


def civil_day(text: str) -> str:
    """An ISO date, as text."""
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else _no_day(text)
    except ValueError:
        return _no_day(text)


def _no_day(text: str) -> str:
    raise ValueError(f"{quoted(text)} is not a day; write it as 2026-01-31")


def moment(text: str, zone_name: str) -> int:
    """An ISO 8601 instant in seconds since the epoch. Without an offset it is wall time in that zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or not 1900 <= read.year <= 2200:
        raise ValueError(f"{quoted(text)} is not an instant; write 2026-01-31T09:00 or add +08:00")
    return int((read if read.tzinfo else read.replace(tzinfo=zone(zone_name))).timestamp())
