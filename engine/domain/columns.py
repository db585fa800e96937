"""How the columns of somebody else's table become ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ColumnMap:
    """Their columns by name, each with those of ours that it fills (none: it is passed over); a column that is not
    named keeps its name. `constants` are ours that say the same in every row; `values` say, for a column of ours, what
    their words mean. A word without a meaning stays as it is.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def ours(self, theirs: str) -> tuple[str, ...]:
        """What a column of theirs fills."""
        return self.columns.get(theirs, (theirs,))

    def layout(self, header: Sequence[str]) -> Layout:
        """For rows under that header."""
        places = tuple((place, name) for place, theirs in enumerate(header) for name in self.ours(theirs))
        return Layout(len(header), places, self.constants, self.values)


@dataclass(frozen=True)
class Layout:
    """Where each of our columns stands in a row of so many cells."""

    width: int
    places: tuple[tuple[int, str], ...]
    constants: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]

    @property
    def columns(self) -> tuple[str, ...]:
        """All our columns that a row fills, in order."""
        return (*(name for _, name in self.places), *self.constants)

    def named(self, cells: Sequence[str]) -> dict[str, str]:
        """The row by our columns, its words translated."""
        row = {name: cells[place] for place, name in self.places} | dict(self.constants)
        for name, words in self.values.items():
            if name in row:
                row[name] = words.get(row[name].strip(), row[name])
        return row
