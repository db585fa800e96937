"""Opening a file of rows by what its name says it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from adapters.sources.csv_rows import CsvFile
from adapters.sources.table import Table, UnreadableFile

SPREADSHEETS = (".xlsx", ".xlsm")
CARDS = (".vcf", ".vcard")
UNSUPPORTED = {".xls": ".xlsx", ".ods": ".xlsx", ".xlsb": ".xlsx", ".numbers": ".xlsx"}


def open_table(path: Path, sheet: str | None, card_columns: Sequence[str]) -> Table:
    """The rows of a CSV, XLSX or vCard file, the last with those columns. UnreadableFile: it is not a sound one.

    `sheet` names one of several sheets; only a spreadsheet has them.
    """
    suffix = path.suffix.lower()
    if suffix in UNSUPPORTED:
        raise UnreadableFile(f'"{path.name}": {suffix} is not read; save it as {UNSUPPORTED[suffix]} or CSV')
    if suffix in SPREADSHEETS:
        from adapters.sources.xlsx_rows import XlsxFile  # a third of a second that other files need not wait

        return XlsxFile(path, sheet)
    if sheet is not None:
        raise UnreadableFile(f'"{path.name}" has no sheets; leave --sheet out')
    if suffix in CARDS:
        from adapters.sources.vcard_rows import VcardFile

        return VcardFile(path, card_columns)
    return CsvFile(path)
