"""What every file of rows looks like to an import, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class UnreadableFile(ValueError):
    """The file as a whole cannot be read. The message is one line that says what to do."""


@dataclass(frozen=True)
class Row:
    """One row as the file's own program numbers it. Cells are text as it stands, maybe too few or too many.

    `problem` says why the row cannot be used whatever its cells are to mean; "" if nothing is wrong.
    """

    number: int
    cells: tuple[str, ...]
    problem: str = ""


class Table(Protocol):
    """A file that was read to its end when it was opened, so that a broken one is refused before a row is used."""

    path: Path
    header: tuple[str, ...]
    length: int

    def rows(self) -> Iterator[Row]:
        """The rows under the header, one by one; blank ones are passed over."""
        ...


def checked_header(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns; UnreadableFile where there are none, or one stands there twice."""
    if not any(header):
        raise UnreadableFile(f'"{path.name}" has no header; its first row must name the columns')
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise UnreadableFile(f'"{path.name}" has the column "{twice[0]}" twice; remove one')
    return tuple(header)
