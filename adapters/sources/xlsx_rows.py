"""A sheet of an XLSX file as rows of text: what its cells hold, written as a CSV file would have it.

Days are `2026-01-31`, instants `2026-01-31T09:00`, numbers plain decimals, booleans `true` and `false`, formulas
their last result. Read row by row; only the strings that cells share are kept in memory.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from weakref import finalize
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from adapters.sources.table import Row, UnreadableFile, checked_header

LAST_ROW = 1_048_576
"""What the format allows; a file that says more is not followed."""
LARGEST = 2**30
"""Bytes that the parts of a file may come to when they are unpacked."""

_CHUNK, _OVERLAP = 2**20, 2**14
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_NO_RESULT = re.compile(
    rb'<c(?![^>]*\bt="str")[^>]*?\br="([A-Z]+[0-9]+)"[^>]*>'
    rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)


class XlsxFile:
    """One sheet: the first, or the one named."""

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        self.path = path
        try:
            _refuse_bombs(path)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            finalize(self, book.close)
            self._sheet = _sheet(book, path, sheet)
            _refuse_doubtful_cells(self._sheet, path)
            self._sheet.reset_dimensions()  # what it says of its own size is often wrong
            self.header = self._read_header()
            self.length = sum(1 for _ in self.rows())
        except FileNotFoundError as error:
            raise UnreadableFile(f'there is no file "{path.name}"') from error
        except OSError as error:
            raise UnreadableFile(f'"{path.name}" cannot be read: {error.strerror}') from error
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ParseError, ValueError, IndexError) as error:
            if isinstance(error, UnreadableFile):
                raise
            hint = "a password or the old .xls format? save it as .xlsx without a password"
            raise UnreadableFile(f'"{path.name}" is not a sound XLSX file ({hint})') from error

    def rows(self) -> Iterator[Row]:
        """The rows under the header; blank ones are passed over."""
        with closing(self._cells()) as cells:
            next(cells, None)
            for number, row in enumerate(cells, start=2):
                texts = [_text(cell.value) for cell in row]
                while len(texts) > len(self.header) and not texts[-1]:
                    texts.pop()
                if any(text.strip() for text in texts):
                    texts += [""] * (len(self.header) - len(texts))
                    yield Row(number, tuple(texts), _problem(row))

    def _read_header(self) -> tuple[str, ...]:
        with closing(self._cells()) as cells:
            names = [_text(cell.value).strip() for cell in next(cells, ())]
        while names and not names[-1]:
            names.pop()
        return checked_header(self.path, names)

    def _cells(self) -> Generator[tuple[Any, ...], None, None]:
        yield from self._sheet.iter_rows(max_row=LAST_ROW)


def _sheet(book: Any, path: Path, name: str | None) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if not sheets:
        raise UnreadableFile(f'"{path.name}" has no sheet')
    if name is not None and name not in sheets:
        raise UnreadableFile(f'"{path.name}" has no sheet "{name}"; there is {", ".join(sheets)}')
    return next(iter(sheets.values())) if name is None else sheets[name]


def _refuse_bombs(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST:
            raise UnreadableFile(f'"{path.name}" unpacks to more than 1 GB; split it')


def _refuse_doubtful_cells(sheet: Any, path: Path) -> None:
    """Merged cells leave all but one blank, and a formula without a result looks blank: neither says "nothing"."""
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as source:
        kept = b""
        while piece := source.read(_CHUNK):
            kept = kept[-_OVERLAP:] + piece
            if found := _MERGED.search(kept):
                raise UnreadableFile(f'"{path.name}": the cells {found[1].decode()} are merged; unmerge them')
            if found := _NO_RESULT.search(kept):
                where = found[1].decode()
                hint = "open and save the file in a spreadsheet program"
                raise UnreadableFile(f'"{path.name}": {where} is a formula without a result; {hint}')


def _problem(row: tuple[Any, ...]) -> str:
    """What a cell shows instead of a value, as #N/A or #REF!."""
    return next((f"the cell {cell.coordinate} shows {cell.value}" for cell in row if cell.data_type == "e"), "")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(f"{value:.15g}"), "f")  # 15 digits are what a spreadsheet shows of a number
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else _shortest(value)
    if isinstance(value, time):
        return _shortest(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _shortest(value: datetime | time) -> str:
    return value.isoformat(timespec="seconds" if value.second else "minutes")
