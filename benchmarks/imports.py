"""What an import of 10,000 rows costs beside reading the file alone, and whether its memory grows with the file."""

from __future__ import annotations

import csv
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import openpyxl

from benchmarks.measure import Figure, cpu_seconds, medians
from engine.settings.model import Settings
from engine.stages.import_source import What, open_source
from engine.stages.imports import run_import, terms_of
from engine.store.database import Database
from engine.store.upgrade import create_all

NOW = 1_771_000_000
SETTINGS = Settings()
Rows = list[list[str]]
BARS = {"leads.csv": 120.0, "leads.xlsx": 4.0, "leads.vcf": 8.0, "interactions.csv": 120.0, "records.csv": 70.0}
"""Twice what was measured: reading CSV alone is C, an XLSX file's XML costs more than all the rest."""


def imports(count: int, runs: int) -> list[Figure]:
    """CPU of each kind of file against reading it, and the memory of four times the rows."""
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), count)
        return [*_cost(Path(folder), count, runs), _memory(Path(folder))]


def _cost(folder: Path, count: int, runs: int) -> Iterator[Figure]:
    for name, bar in BARS.items():
        ours, floor = medians(runs, lambda name=name: _import(folder / name), lambda name=name: _read(folder / name))  # type: ignore[misc]
        yield Figure(f"import {count:,} rows of {name}", ours * 1e3, floor * 1e3, "ms", bar)


def _memory(folder: Path) -> Figure:
    peaks = []
    for rows in (8_000, 2_000):
        _write(folder, rows)
        tracemalloc.start()
        _import(folder / "leads.csv")
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    return Figure("memory of an import, four times the rows", *peaks, "MB", 2.0)


def _read(path: Path) -> float:
    what = _what(path)
    return cpu_seconds(lambda: sum(1 for _ in open_source(path, what, terms_of(SETTINGS)).rows()))


def _import(path: Path) -> float:
    """Into a database on disk that has the leads, unless it is they who come."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/followup.sqlite")
        create_all(db)
        if _what(path) != "leads":
            run_import(db, SETTINGS, "leads", path.with_name("leads.csv"), NOW)
        spent = cpu_seconds(lambda: run_import(db, SETTINGS, _what(path), path, NOW))
        db.close()
    return spent


def _what(path: Path) -> What:
    return {"interactions": "interactions", "records": "records"}.get(path.stem, "leads")  # type: ignore[return-value]


def _write(folder: Path, count: int) -> None:
    leads = [["id", "name", "company", "phone", "email", "date.birthday", "region"]]
    leads += [[f"L{n}", f"客户{n}", f"C{n % 500}", f"138{n:08d}", f"l{n}@example.com", "1988-05-12", "510104"]
              for n in range(count)]  # fmt: skip
    talks = [["id", "lead", "at", "outcome", "channel", "purpose"]]
    talks += [[f"T{n}", f"L{n % (count // 5)}", f"2025-{n % 12 + 1:02}-11T09:00", "reached", "phone", "call"]
              for n in range(count)]  # fmt: skip
    sold = [["id", "lead", "kind", "product", "at"]]
    sold += [[f"P{n}", f"L{n % (count // 3)}", "purchase", "door", "2025-01-01T10:00"] for n in range(count)]
    for name, rows in (("leads", leads), ("interactions", talks), ("records", sold)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    _write_others(folder, leads)


def _write_others(folder: Path, leads: Rows) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("leads")
    for row in leads:
        sheet.append(row)
    book.save(folder / "leads.xlsx")
    with (folder / "leads.vcf").open("w", encoding="utf-8") as file:
        for ident, name, company, phone, email, birthday, _ in leads[1:]:
            file.write(f"BEGIN:VCARD\nVERSION:4.0\nUID:{ident}\nFN:{name}\nORG:{company}\nTEL:{phone}\n")
            file.write(f"EMAIL:{email}\nBDAY:{birthday}\nEND:VCARD\n")
