"""Spreadsheets as office programs save them: what their cells say, and what is refused."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from adapters.sources.table import UnreadableFile
from adapters.sources.xlsx_rows import XlsxFile


def saved(folder: Path, *sheets: list[list[Any]], merge: str = "") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet{number}")
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    path = folder / "leads.xlsx"
    book.save(path)
    return path


def patched(path: Path, old: str, new: str) -> Path:
    """The file with its first sheet's XML changed: what openpyxl itself does not write."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    assert old in sheet
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(old, new).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_cells_come_as_a_csv_file_would_have_them(tmp_path: Path) -> None:
    half_past = datetime.fromisoformat("2026-01-31T09:30")
    rows = [
        ["id", "name", "at", "day", "amount", "share", "key", "phone"],
        [1001, "王伟", half_past, date(1988, 5, 12), 12500.5, 0.1 + 0.2, True, 13800000000],
        [],
        ["1002", " Zhao ", datetime.fromisoformat("2026-01-31T09:30:05"), None, 3.0, 1e-7, False, None],
    ]
    file = XlsxFile(saved(tmp_path, rows))
    assert file.header == tuple(rows[0])
    assert file.length == 2
    first, second = file.rows()
    assert first.cells == (
        "1001", "王伟", "2026-01-31T09:30", "1988-05-12", "12500.5", "0.3", "true", "13800000000"
    )  # fmt: skip
    assert second.cells == ("1002", " Zhao ", "2026-01-31T09:30:05", "", "3", "0.0000001", "false", "")
    assert (first.number, second.number) == (2, 4)


def test_the_first_sheet_is_read_or_the_one_named(tmp_path: Path) -> None:
    path = saved(tmp_path, [["id"], [1]], [["id"], [2], [3]])
    assert XlsxFile(path).length == 1
    assert XlsxFile(path, "Sheet2").length == 2
    with pytest.raises(UnreadableFile, match='has no sheet "Sheet3"; there is Sheet1, Sheet2'):
        XlsxFile(path, "Sheet3")


def test_a_formula_gives_its_result_and_is_refused_without_one(tmp_path: Path) -> None:
    path = saved(tmp_path, [["id", "name"], [1, "=1+1"]])
    with pytest.raises(UnreadableFile, match="B2 is a formula without a result; open and save"):
        XlsxFile(path)
    patched(path, "<v />", "<v>2</v>")
    assert [row.cells for row in XlsxFile(path).rows()] == [("1", "2")]


def test_merged_cells_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, [["id", "name"], [1, "王伟"]], merge="A1:B1")
    with pytest.raises(UnreadableFile, match="the cells A1:B1 are merged; unmerge them"):
        XlsxFile(path)


def test_a_cell_that_shows_an_error_spoils_its_row_only(tmp_path: Path) -> None:
    rows = list(XlsxFile(saved(tmp_path, [["id", "name"], [1, "#N/A"], [2, "Zhao"]])).rows())
    assert [row.problem for row in rows] == ["the cell B2 shows #N/A", ""]


def test_what_the_file_says_of_its_own_size_is_not_believed(tmp_path: Path) -> None:
    path = patched(saved(tmp_path, [["id", "name"], [1, "王伟"]]), 'ref="A1:B2"', 'ref="A1:A1"')
    assert [row.cells for row in XlsxFile(path).rows()] == [("1", "王伟")]


@pytest.mark.parametrize("content", [b"", b"id,name\n1,x\n", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"PK\x03\x04broken"])
def test_what_is_no_spreadsheet_gives_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "leads.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"is not a sound XLSX file \(a password or the old .xls format"):
        XlsxFile(path)
