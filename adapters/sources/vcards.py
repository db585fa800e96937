"""vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350) as properties, card by card.

Reads what address books really write: folded lines, groups (`item1.`), RFC 6868 escapes in parameters, and the
quoted-printable texts of 2.1. What is inside PHOTO, LOGO, SOUND and KEY is passed over.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

LONGEST = 100_000
"""Characters of a property that are kept; only pictures and the like are longer."""

_HEAD = re.compile(r'(?:([\w\-]+)\.)?([\w\-]+)((?:;(?:[^:";]|"[^"]*")*)*):', re.ASCII)
_PARAMETER = re.compile(r';((?:[^:";]|"[^"]*")*)')
_HIDDEN = {"^n": "\n", "^N": "\n", "^'": '"', "^^": "^"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Property(NamedTuple):
    """One line of a card. `value` is as it stands, escapes and all; `parameters` by upper-case name."""

    group: str
    name: str
    parameters: Mapping[str, tuple[str, ...]]
    value: str

    def has(self, parameter: str, word: str) -> bool:
        """Whether that parameter lists the word."""
        return word.lower() in (one.lower() for one in self.parameters.get(parameter, ()))

    @property
    def text(self) -> str:
        """The value as one text."""
        return unescaped(self.value).strip()

    @property
    def parts(self) -> list[str]:
        """The value's components, between semicolons."""
        return [unescaped(part).strip() for part in split_on(self.value, ";")]


@dataclass
class Card:
    """One card, the line it begins at (from 1), and what is wrong with it as a whole."""

    line: int
    properties: list[Property] = field(default_factory=list)
    problem: str = ""

    def all(self, name: str) -> list[Property]:
        """Every property of that name."""
        return [one for one in self.properties if one.name == name]


def cards(lines: Iterable[str]) -> Iterator[Card]:
    """The cards of a file, in order. What stands between them is passed over."""
    card: Card | None = None
    for number, line in _logical(lines):
        marker = line.replace(" ", "").upper()
        if marker == "BEGIN:VCARD":
            if card is not None:
                yield _broken(card, "END:VCARD is missing")
            card = Card(number)
        elif card is not None and marker == "END:VCARD":
            yield card
            card = None
        elif card is not None and line.strip():
            _take(card, number, line)
    if card is not None:
        yield _broken(card, "END:VCARD is missing")


def split_on(value: str, separator: str) -> list[str]:
    """The parts of a value, parted at separators that no backslash stands before."""
    found = re.finditer(rf"((?:\\.?|[^{separator}\\])*)({separator}|\Z)", value, re.DOTALL)
    parts = []
    for part in found:
        parts.append(part[1])
        if not part[2]:
            break
    return parts


def unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _broken(card: Card, problem: str) -> Card:
    card.problem = card.problem or problem
    return card


def _take(card: Card, number: int, line: str) -> None:
    found = _HEAD.match(line)
    if found is None:
        _broken(card, f"line {number} is no property of a vCard")
        return
    group, name, parameters = found[1] or "", found[2].upper(), _parameters(found[3])
    if name in ("PHOTO", "LOGO", "SOUND", "KEY"):
        return
    if len(line) >= LONGEST:
        _broken(card, f"line {number} is longer than {LONGEST:,} characters")
        return
    value = line[found.end() :]
    try:
        card.properties.append(Property(group.lower(), name, parameters, _decoded(value, parameters)))
    except (LookupError, ValueError):
        _broken(card, f"line {number}: {name} cannot be read in the character set that it names")


def _decoded(value: str, parameters: Mapping[str, tuple[str, ...]]) -> str:
    """Quoted-printable as text; its escapes stay, and its line breaks become some."""
    if "QUOTED-PRINTABLE" not in (word.upper() for word in parameters.get("ENCODING", ())):
        return value
    charset = parameters.get("CHARSET", ("utf-8",))[0]
    text = quopri.decodestring(value.encode("latin-1", "strict")).decode(charset)
    return text.replace("\r\n", "\\n").replace("\n", "\\n")


def _parameters(text: str) -> dict[str, tuple[str, ...]]:
    """By name; a bare word of 2.1 (`;CELL;QUOTED-PRINTABLE`) is a TYPE, or the ENCODING."""
    found: dict[str, tuple[str, ...]] = {}
    for whole in _PARAMETER.findall(text):
        name, mark, value = whole.partition("=")
        if not mark:
            name, value = ("ENCODING" if name.upper() in ("QUOTED-PRINTABLE", "BASE64", "B") else "TYPE"), name
        words = re.findall(r'"([^"]*)"|([^,"]+)', value)
        values = [re.sub(r"\^[nN'^]", lambda one: _HIDDEN[one[0]], quoted or bare) for quoted, bare in words]
        listed = [part.strip() for one in values for part in (one.split(",") if name.upper() == "TYPE" else [one])]
        found[name.strip().upper()] = (*found.get(name.strip().upper(), ()), *listed)
    return found


def _logical(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines unfolded, with the number of their first; of a very long one only the beginning."""
    start, parts, length = 1, [""], 0
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r\n")
        soft = _goes_on(parts)
        if soft or line[:1] in (" ", "\t"):
            if soft:
                parts[-1] = parts[-1][:-1]
            more = line.lstrip() if soft and line[:1] in (" ", "\t") else line[0 if soft else 1 :]
            if length < LONGEST:
                parts.append(more)
                length += len(more)
        else:
            yield start, "".join(parts)
            start, parts, length = number, [line], len(line)
    yield start, "".join(parts)


def _goes_on(parts: list[str]) -> bool:
    """Whether a quoted-printable text of 2.1 goes on in the next line."""
    return parts[-1].endswith("=") and "QUOTED-PRINTABLE" in parts[0][:200].upper()
