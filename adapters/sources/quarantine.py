"""The quarantine file: rows that could not be taken, with number and reason, ready to be mended and read again."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from adapters.sources.table import Row

OWN_COLUMNS = ("row", "reason")
"""What it adds before the source's own columns; an import of a mended quarantine file passes over them."""


class Quarantine:
    """`leads.quarantine.csv` beside `leads.csv`; made with the first bad row, readable by its owner only."""

    def __init__(self, source: Path, header: Sequence[str]) -> None:
        self.path = source.with_name(f"{source.stem}.quarantine.csv")
        self.count = 0
        self._header = header
        self._own = [place for place, name in enumerate(header) if name in OWN_COLUMNS]
        self._file: TextIO | None = None
        self._writer: Any = None

    @property
    def path_if_any(self) -> Path | None:
        """The file's path, or None if there was no bad row."""
        return self.path if self.count else None

    def put(self, row: Row, reason: str) -> None:
        """Keep a row as it stood."""
        if self._file is None:
            self._begin()
        self._writer.writerow([row.number, reason, *self._without_own(row.cells)])
        self.count += 1

    def __enter__(self) -> Quarantine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def _begin(self) -> None:
        opened = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(opened, "w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([*OWN_COLUMNS, *self._without_own(self._header)])

    def _without_own(self, cells: Sequence[str]) -> list[str]:
        return [cell for place, cell in enumerate(cells) if place not in self._own]
