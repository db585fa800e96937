"""Reading the file of `import --map`: which columns of a foreign table are which of ours.

    columns: {客户编号: id, 姓名: name, E-Mail: [id, email], Remarks: null}
    constants: {country: CN}
    values: {stage: {报价: quote, 成交: won}}
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain.columns import ColumnMap
from engine.ground.errors import Problem, UsageError, in_order
from engine.ground.yamlio import Node, quoted, read_yaml

_PARTS = ("columns", "constants", "values")


def read_column_map(path: Path, known: Sequence[str], header: Sequence[str] | None) -> ColumnMap:
    """Read one, for a table with that header (None: any column may be there) and columns of ours to fill.

    UsageError with every mistake, each with its place.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f'the map "{path.name}" cannot be read: {error.strerror}') from error
    node, problems = read_yaml(content, path.name)
    reading = _Reading(path.name, known, header, list(problems))
    found = reading.whole(node) if node is not None else ColumnMap()
    if reading.problems:
        raise UsageError("\n".join(str(problem) for problem in in_order(reading.problems)))
    return found


@dataclass
class _Reading:
    """One file being read, with what is wrong with it."""

    file: str
    known: Sequence[str]
    header: Sequence[str] | None
    problems: list[Problem] = field(default_factory=list)

    def whole(self, node: Node) -> ColumnMap:
        for key, _ in self._pairs(node, "a map of columns has the keys columns, constants and values"):
            self._one_of(key, "key", _PARTS)
        columns = dict(self._columns(node.get("columns")))
        constants = dict(self._constants(node.get("constants"), columns))
        values = dict(self._values(node.get("values")))
        return ColumnMap(columns, constants, values)

    def _columns(self, node: Node | None) -> Iterator[tuple[str, tuple[str, ...]]]:
        filled: set[str] = set()
        for key, value in self._pairs(node, "columns says which column of theirs is which of ours, as 姓名: name"):
            theirs = _text(key)
            if self.header is not None:
                self._one_of(key, "column of the file", self.header)
            ours = [] if value.value is None else list(value.entries() or (value,))
            for one in ours:
                self._one_of(one, "column", self.known)
                if _text(one) in filled:
                    self._report(one, f"column {quoted(_text(one))} is filled twice", "leave one out")
                filled.add(_text(one))
            yield theirs, tuple(_text(one) for one in ours)

    def _constants(self, node: Node | None, columns: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        filled = {name for names in columns.values() for name in names}
        for key, value in self._pairs(node, "constants says what stands in every row, as country: CN"):
            self._one_of(key, "column", self.known)
            if _text(key) in filled:
                self._report(key, f"column {quoted(_text(key))} is filled from the file too", "leave one out")
            yield _text(key), self._word(value)

    def _values(self, node: Node | None) -> Iterator[tuple[str, dict[str, str]]]:
        for key, words in self._pairs(node, "values says what their words mean, as stage: {成交: won}"):
            self._one_of(key, "column", self.known)
            pairs = self._pairs(words, f"{_text(key)} says what their words mean, as 成交: won")
            yield _text(key), {_text(theirs): self._word(ours) for theirs, ours in pairs}

    def _pairs(self, node: Node | None, wanted: str) -> tuple[tuple[Node, Node], ...]:
        if node is not None and node.kind != "map":
            self._report(node, wanted, "")
        return () if node is None else node.items()

    def _word(self, node: Node) -> str:
        if node.kind != "scalar":
            self._report(node, "one word is wanted here", "")
            return ""
        return _text(node)

    def _one_of(self, node: Node, what: str, known: Sequence[str]) -> None:
        name = _text(node)
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f'did you mean "{near[0]}"?' if near else f"there is {', '.join(known[:12])}"
            self._report(node, f"unknown {what} {quoted(name)}", hint)

    def _report(self, node: Node, message: str, hint: str) -> None:
        self.problems.append(Problem(self.file, node.mark.line, node.mark.col, "M101", message, hint))


def _text(node: Node) -> str:
    """A scalar as a cell would have it."""
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return "" if node.value is None else str(node.value)
