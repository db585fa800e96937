"""A vCard file as rows: one for each card, its columns named as an import of people names them.

`id` is UID, `name` N or FN (Chinese, Japanese and Korean names family first, without a space), `company` ORG,
`email` and `phone` the preferred of EMAIL and TEL (else the first mobile number, the first), `date.birthday` BDAY,
`date.wedding` ANNIVERSARY or what older programs write for it. Any other column is the property of that name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from adapters.sources.table import Row, UnreadableFile
from adapters.sources.vcards import Card, Property, cards, split_on, unescaped

_FAMILY_FIRST = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff·]+")
_DAY = re.compile(r"(?:(\d{4})-?|--)(\d{2})-?(\d{2})(?:T.*)?", re.ASCII)
_ANNIVERSARIES = ("ANNIVERSARY", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY", "X-KADDRESSBOOK-X-ANNIVERSARY")
_LISTED = ("CATEGORIES", "NICKNAME")


class VcardFile:
    """A file of cards. `columns` are the header, in order; a row's number is the line where its card begins."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.header = tuple(columns)
        try:
            self.length = sum(1 for _ in self.rows())
        except FileNotFoundError as error:
            raise UnreadableFile(f'there is no file "{path.name}"') from error
        except OSError as error:
            raise UnreadableFile(f'"{path.name}" cannot be read: {error.strerror}') from error
        except UnicodeDecodeError as error:
            raise UnreadableFile(f'"{path.name}" is not UTF-8; export it as vCard 3.0 or 4.0') from error
        if not self.length:
            raise UnreadableFile(f'"{path.name}" holds no card; a card begins with BEGIN:VCARD')

    def rows(self) -> Iterator[Row]:
        """One row a card."""
        with self._open() as file:
            for card in cards(file):
                yield Row(card.line, tuple(_cell(card, name) for name in self.header), card.problem)

    def _open(self) -> TextIO:
        return self.path.open(encoding="utf-8-sig", newline="\n")


def _cell(card: Card, column: str) -> str:
    if column in OURS:
        return OURS[column](card)
    found = card.all(column.upper())
    if column.upper() in _LISTED:
        return "; ".join(unescaped(part).strip() for one in found for part in split_on(one.value, ","))
    return "; ".join(part for part in found[0].parts if part) if found else ""


def _id(card: Card) -> str:
    return next((one.text.removeprefix("urn:uuid:") for one in card.all("UID")), "")


def _name(card: Card) -> str:
    """N where it says how a name is put together that FN may have turned round; else FN."""
    parts = next((one.parts for one in card.all("N")), [])
    family, given, additional = (*parts, "", "", "")[:3]
    whole = family + additional + given
    if family and given and _FAMILY_FIRST.fullmatch(whole):
        return whole
    full = next((one.text for one in card.all("FN") if one.text), "")
    return full or " ".join(part for part in (given, additional, family) if part)


def _company(card: Card) -> str:
    return next((one.parts[0] for one in card.all("ORG")), "")


def _email(card: Card) -> str:
    return _preferred(card.all("EMAIL"), ()).removeprefix("mailto:")


def _phone(card: Card) -> str:
    return _preferred(card.all("TEL"), ("cell", "iphone")).removeprefix("tel:")


def _preferred(found: Sequence[Property], kinds: Sequence[str]) -> str:
    """The one that is marked as preferred, else of such a kind, else the first."""

    def rank(one: Property) -> tuple[int, bool]:
        ranks = [int(rank) for rank in one.parameters.get("PREF", ()) if rank.isdigit()]
        preferred = min(ranks, default=1 if one.has("TYPE", "pref") else 101)
        return preferred, not any(one.has("TYPE", kind) for kind in kinds)

    return min(found, key=rank).text if found else ""


def _birthday(card: Card) -> str:
    return next((_day(one) for one in card.all("BDAY") if one.text), "")


def _wedding(card: Card) -> str:
    found = [one for name in _ANNIVERSARIES for one in card.all(name)]
    labels = {one.group: one.text for one in card.all("X-ABLABEL")}
    found += [one for one in card.all("X-ABDATE") if "anniversary" in labels.get(one.group, "").lower()]
    return next((_day(one) for one in found if one.text), "")


def _day(one: Property) -> str:
    """`1988-05-12`, or `--05-12` without a year; anything else as it stands, for the import to refuse."""
    found = _DAY.fullmatch(one.text)
    if found is None:
        return one.text
    year, month, day = found.groups()
    unknown = year is None or year in one.parameters.get("X-APPLE-OMIT-YEAR", ())
    return f"--{month}-{day}" if unknown else f"{year}-{month}-{day}"


OURS: Mapping[str, Callable[[Card], str]] = {
    "id": _id, "name": _name, "company": _company, "email": _email, "phone": _phone,
    "date.birthday": _birthday, "date.wedding": _wedding,
}  # fmt: skip
"""Columns that are more than a property as it stands."""
