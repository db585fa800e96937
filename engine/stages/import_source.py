"""A file that is to be imported, opened, its columns checked against what they may be."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from adapters.sources.files import CARDS, open_table
from adapters.sources.quarantine import OWN_COLUMNS
from adapters.sources.table import Row, Table, UnreadableFile
from engine.domain.columns import ColumnMap, Layout
from engine.domain.people import REP_COLUMNS, BadRow, Terms, lead_columns
from engine.domain.records import RECORD_COLUMNS
from engine.domain.talks import TALK_COLUMNS
from engine.ground.errors import UsageError
from engine.stages.column_maps import read_column_map

What = Literal["leads", "reps", "records", "interactions"]
NEEDED: dict[What, tuple[str, ...]] = {
    "leads": ("id", "name"), "reps": ("id", "name"), "records": ("id", "lead", "kind"),
    "interactions": ("id", "lead", "at", "outcome"),
}  # fmt: skip
"""Columns without which a table says nothing."""
CARD_COLUMNS = ("id", "name", "company", "email", "phone", "date.birthday", "date.wedding")
"""What a card of a vCard file fills without a map."""


@dataclass(frozen=True)
class Source:
    """The rows of a file, and how they are read."""

    table: Table
    layout: Layout

    def rows(self) -> Iterator[Row]:
        return self.table.rows()

    def named(self, row: Row) -> dict[str, str]:
        """The row by our columns. BadRow: it cannot be read at all."""
        if row.problem:
            raise BadRow(row.problem)
        if len(row.cells) != self.layout.width:
            raise BadRow(f"the row has {len(row.cells)} cells, the header has {self.layout.width}")
        return {name: cell for name, cell in self.layout.named(row.cells).items() if name not in OWN_COLUMNS}


def open_source(path: Path, what: What, terms: Terms, sheet: str | None = None, mapping: Path | None = None) -> Source:
    """Open a file of rows. UsageError: it cannot be read, or its columns are not those of `what`."""
    known = columns_of(what, terms)
    is_cards = path.suffix.lower() in CARDS
    try:
        if is_cards:  # a card has the columns that it is asked for
            columns = read_column_map(mapping, known, None) if mapping else ColumnMap()
            table = open_table(path, sheet, _card_columns(columns, known))
        else:
            table = open_table(path, sheet, ())
            columns = read_column_map(mapping, known, table.header) if mapping else ColumnMap()
    except UnreadableFile as error:
        raise UsageError(str(error)) from error
    layout = columns.layout(table.header)
    _check(path, what, layout.columns, known)
    return Source(table, layout)


def columns_of(what: What, terms: Terms) -> tuple[str, ...]:
    """Every column that a table of those may have."""
    others = {"reps": REP_COLUMNS, "records": RECORD_COLUMNS, "interactions": TALK_COLUMNS}
    return lead_columns(terms) if what == "leads" else others[what]


def _card_columns(columns: ColumnMap, known: Sequence[str]) -> tuple[str, ...]:
    """The properties that the map names, and what is left of the usual columns."""
    filled = {name for names in columns.columns.values() for name in names} | set(columns.constants)
    usual = [name for name in CARD_COLUMNS if name in known and name not in filled and name not in columns.columns]
    return (*usual, *columns.columns)


def _check(path: Path, what: What, columns: Sequence[str], known: Sequence[str]) -> None:
    unknown = [_unknown_column(name, known) for name in columns if name not in (*known, *OWN_COLUMNS)]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    wrong = unknown + [f'column "{name}" is filled twice' for name in twice]
    wrong += [f'column "{name}" is missing' for name in NEEDED[what] if name not in columns]
    if wrong:
        raise UsageError(f'"{path.name}": ' + "; ".join(wrong))


def _unknown_column(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f'unknown column "{name}", did you mean "{near[0]}"?'
    return f'unknown column "{name}"' + (" (declare it in config.yaml)" if name.startswith(("attrs.", "date.")) else "")
