"""What one test wrote of people, what the program said meanwhile, and whether the one stands in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import DatabaseError

from tests.canaries.people import PERSONAL, in_file, is_telling, lines_of, stands_in

KINDS = {
    "log": "values in log lines", "process": "lines of processes", "command": "commands' errors",
    "page": "error pages", "metrics": "texts for monitors",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A text of ours: its kind, the place it came from, what it was said under, what its hearer had told us before."""

    kind: str
    place: str
    key: str
    text: str
    typed: str = ""


@dataclass
class Ears:
    """For the time of one test."""

    people: set[str] = field(default_factory=set)
    said: list[Said] = field(default_factory=list)
    files: set[Path] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def wrote(self, table: str, column: str, value: object) -> None:
        """Somebody put that into that column."""
        if column in PERSONAL.get(table, ()):
            self.people.update(line for line in lines_of(value) if line)

    def hear(self, kind: str, place: str, key: str, text: str, typed: str = "") -> None:
        """Somebody said that."""
        self.said.append(Said(kind, place, key, text, typed))
        self.counts[KINDS[kind]] += text.count("\n") if kind == "process" else 1

    def look(self) -> None:
        """Into the databases that were used: other processes wrote into them too."""
        for file in self.files:
            if file.is_file() and self.said:
                try:
                    self.people.update(line for cell in in_file(file) for line in lines_of(cell) if line)
                except DatabaseError:  # a test broke it
                    self.counts["databases that could not be read"] += 1

    def leaks(self) -> Iterator[str]:
        """Each line that names somebody: where it was said, under which key, and what of whom stands in it."""
        telling = sorted(filter(is_telling, self.people))
        self.counts["personal values"] += len(self.people)
        self.counts["of them too common to be told"] += len(self.people) - len(telling)
        everything = "\n".join({one.text for one in self.said})
        for name in telling:
            if stands_in(name, everything):
                for one in dict.fromkeys(self.said):
                    if stands_in(name, one.text) and not stands_in(name, one.typed):
                        yield f"{one.place}: {one.kind} {one.key}: {name!r} stands in {one.text[:300]!r}"
