"""Rows of a source read against what we know of them: which are new, which say something else, which say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.sources.sql import Asked
from engine.domain.people import BadRow, Terms
from engine.settings.source_model import Source
from engine.stages.sync.foreign import cell_of, key_text, mark_of
from engine.store.facts.sources import KnownRow, Mark


@dataclass(frozen=True)
class SourceRow:
    """One row of theirs: its key, and what it says by our columns."""

    key: str
    cells: Mapping[str, str]
    deleted: bool


@dataclass
class Sorted:
    """A piece of rows: those to be taken, keys of those that are deleted, and what cannot be taken, with reasons."""

    rows: list[SourceRow] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: dict[str, tuple[Mark, str]] = field(default_factory=dict)

    def refuse(self, key: str, mark: Mark, reason: str) -> None:
        self.refused[key] = (mark, reason)


def key_column(source: Source) -> str:
    """Their column that tells rows apart."""
    return source.key or next(theirs for theirs, ours in source.columns.items() if ours == "id")


def asked_of(source: Source) -> Asked:
    """What is read of a source: every column that means something to us, each once."""
    flag = source.deleted_flag.removeprefix("not ")
    named = [*source.columns, key_column(source), source.watermark, flag]
    columns = tuple(dict.fromkeys(name for name in named if name))
    return Asked(columns, key_column(source), source.watermark, source.table, source.query)


_FALSE = ("", "0", "f", "false", "n", "no")
"""What text says no where there are no booleans."""


def _is_true(value: object) -> bool:
    return value.strip().lower() not in _FALSE if isinstance(value, str) else bool(value)


class Sorter:
    """Reads pieces of one pull, in which a key, and an id of ours, may stand once."""

    def __init__(self, source: Source, terms: Terms, *, everything: bool) -> None:
        self._source = source
        self._terms = terms
        self._everything = everything
        self._asked = asked_of(source)
        self._ids: dict[str, str] = {}
        self._read_keys: set[str] = set()
        self._values: dict[str, object] = {}

    def has_read(self, key: str) -> bool:
        """Whether this pull has come across that key already."""
        return key in self._read_keys

    def value_of(self, key: str) -> object:
        """The key of a row of the present piece, as they have it."""
        return self._values[key]

    def key_of(self, row: Sequence[Any]) -> str | None:
        """The row's key as text; None where it has none."""
        value = row[self._asked.columns.index(self._asked.key)]
        return None if value is None or value == "" else key_text(value)

    def sort(self, piece: Sequence[Sequence[Any]], known: Mapping[str, KnownRow]) -> Sorted:
        """What is to be done with the rows."""
        found = Sorted()
        self._values = {}
        for values in piece:
            named = dict(zip(self._asked.columns, values, strict=True))
            key = self.key_of(values)
            if key is None:
                found.refuse(self._nameless(named), None, f"{self._asked.key}: is empty, and it tells rows apart")
                continue
            self._read_keys.add(key)
            self._values[key] = named[self._asked.key]
            try:
                row = self._read(key, named)
            except BadRow as error:
                found.refuse(key, mark_of(self._values[key]), str(error))
                continue
            self._put(found, row, known.get(key))
        return found

    def _put(self, found: Sorted, row: SourceRow, known: KnownRow | None) -> None:
        if row.deleted:
            if known is not None and not known.gone:
                found.deleted.append(row.key)
            else:
                found.unchanged += 1
        elif known is not None and not known.gone and known.cells == row.cells and not self._everything:
            found.unchanged += 1
        else:
            found.rows.append(row)

    def _read(self, key: str, named: Mapping[str, object]) -> SourceRow:
        cells, reasons = {}, []
        for theirs, ours in self._source.columns.items():
            try:
                cells[ours] = cell_of(named[theirs], ours, self._source.timezone, self._terms)
            except ValueError as error:
                reasons.append(f"{ours}: {error}")
        if reasons:
            raise BadRow("; ".join(reasons))
        ident = cells["id"].strip()
        if ident in self._ids:
            raise BadRow(f'id: "{ident}" is there already, in the row {self._ids[ident]}')
        self._ids[ident] = key
        return SourceRow(key, cells, self._is_deleted(named))

    def _is_deleted(self, named: Mapping[str, object]) -> bool:
        flag = self._source.deleted_flag
        if not flag:
            return False
        column = flag.removeprefix("not ")
        return _is_true(named[column]) != (column != flag)

    def _nameless(self, named: Mapping[str, object]) -> str:
        """What stands for a row without a key, the same every time it is read."""
        mark = named.get(self._source.watermark)
        return "(no key)" if mark is None else f"(no key) {self._source.watermark} {mark}"
