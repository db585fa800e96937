"""A CSV file as rows of text: UTF-8 with or without BOM, separated by comma, semicolon or tab."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from adapters.sources.table import Row, UnreadableFile, checked_header

SEPARATORS = ",;\t"
_LARGEST_CELL = 131_072


class CsvFile:
    """A CSV file, read to its end when it is opened, so that a broken file is refused before any row is used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.separator = ","
        try:
            self.header = self._read_header()
            self.length = sum(1 for _ in self.rows())
        except FileNotFoundError as error:
            raise UnreadableFile(f'there is no file "{path.name}"') from error
        except OSError as error:
            raise UnreadableFile(f'"{path.name}" cannot be read: {error.strerror}') from error
        except UnicodeDecodeError as error:
            raise UnreadableFile(f'"{path.name}" is not UTF-8{_guess(path)}; save it as "CSV UTF-8"') from error
        except csv.Error as error:
            raise UnreadableFile(f'"{path.name}" is not a sound CSV file: {error}') from error

    def rows(self) -> Iterator[Row]:
        """The rows under the header; blank ones are passed over."""
        with self._open() as file:
            for number, cells in enumerate(self._reader(file), start=1):
                if number > 1 and any(cell.strip() for cell in cells):
                    yield Row(number, tuple(cells))

    def _read_header(self) -> tuple[str, ...]:
        with self._open() as file:
            first = file.readline()
            self.separator = max(SEPARATORS, key=first.count)
            file.seek(0)
            header = tuple(cell.strip() for cell in next(self._reader(file), []))
        return checked_header(self.path, header)

    def _open(self) -> TextIO:
        return self.path.open(encoding="utf-8-sig", newline="")

    def _reader(self, file: TextIO) -> Iterator[list[str]]:
        csv.field_size_limit(_LARGEST_CELL)
        return csv.reader(file, delimiter=self.separator, strict=True)


def _guess(path: Path) -> str:
    """What the file may be instead, to help whoever has to save it again."""
    with path.open("rb") as file:
        start = file.read(65_536)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return " (it is UTF-16)"
    try:
        start[: len(start) // 2 * 2].decode("gb18030")
    except UnicodeDecodeError as error:
        return "" if error.start < len(start) - 4 else " (it looks like GB18030)"
    return " (it looks like GB18030)"
