"""The problems of rule files, each once, and no more of one file than somebody reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.ground.errors import Problem, in_order

MOST = 200
"""Problems of one file that are told; a file with more is not a rule file, and the rest is counted. Ours."""


@dataclass
class Told:
    """What was found so far, in all files. Warnings are kept without being counted: only good steps have them."""

    kept: list[Problem] = field(default_factory=list)
    _seen: dict[str, set[tuple[int, int, str, str]]] = field(default_factory=dict)

    def is_new(self, file: str, line: int, col: int, code: str, message: str) -> bool:
        """Whether this mistake is to be kept: a new one, among the first of its file. It is counted in any case."""
        seen = self._seen.setdefault(file, set())
        before = len(seen)
        seen.add((line, col, code, message))
        return before < len(seen) <= MOST

    def count(self, file: str) -> int:
        """How many different ones that file has."""
        return len(self._seen.get(file, ()))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add what was found elsewhere."""
        self.kept.extend(one for one in problems if self.is_new(one.file, one.line, one.col, one.code, one.message))

    def in_order(self) -> tuple[Problem, ...]:
        """By place; behind the last that is told of a file, how many more there are."""
        return in_order((*self.kept, *(self._more(file) for file, seen in self._seen.items() if len(seen) > MOST)))

    def _more(self, file: str) -> Problem:
        line, col = max((one.line, one.col) for one in self.kept if one.file == file)
        more = len(self._seen[file]) - MOST
        return Problem(file, line, col, "Y199", f"and {more:,} more problem{'s' * (more > 1)} in this file")
