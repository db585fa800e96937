"""Items on their way in: which could be read, which are refused and why, and what became of each, in their order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from engine.domain.people import BadRow, LeadEntry
from engine.domain.talks import TalkEntry

Cells = Mapping[str, str]
"""An item as a row of a file: every value as text, "" clears."""
E = TypeVar("E", LeadEntry, TalkEntry)


class Result(StrEnum):
    """What became of an item."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Reason(NamedTuple):
    """Why an item is refused. `field` is "" where it is no field's fault."""

    field: str
    detail: str


@dataclass(frozen=True)
class Taken:
    """An item's id and what became of it."""

    id: str
    result: Result
    reasons: tuple[Reason, ...] = ()


def reasons_of(error: BadRow) -> tuple[Reason, ...]:
    """Those of a row that cannot be taken, each by its column."""
    parts = (reason.partition(": ") for reason in error.reasons)
    return tuple(Reason(column, detail) if detail else Reason("", column) for column, _, detail in parts)


@dataclass
class Batch(Generic[E]):
    """A few items. `entries`: what can be written, by id."""

    ids: list[str]
    entries: dict[str, E] = field(default_factory=dict)
    reasons: dict[int, tuple[Reason, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Sequence[Cells], read: Callable[[Cells], E]) -> Batch[E]:
        """Read each. An id that stood in an item above is refused."""
        batch = cls([item.get("id", "").strip() for item in items])
        for place, item in enumerate(items):
            try:
                entry = read(item)
            except BadRow as error:
                batch.reasons[place] = reasons_of(error)
                continue
            if entry.id in batch.entries:
                batch.reasons[place] = (Reason("id", "is there already, in an item above"),)
            else:
                batch.entries[entry.id] = entry
        return batch

    def refuse(self, refused: Mapping[str, Reason]) -> None:
        """Take those out, by id."""
        for ident, reason in refused.items():
            del self.entries[ident]
            place = next(at for at, one in enumerate(self.ids) if one == ident and at not in self.reasons)
            self.reasons[place] = (reason,)

    def told(self, added: Collection[str], changed: Collection[str]) -> list[Taken]:
        """What became of each."""
        return [
            Taken(ident, Result.REFUSED, self.reasons[place]) if place in self.reasons
            else Taken(ident, _result(ident, added, changed))
            for place, ident in enumerate(self.ids)
        ]  # fmt: skip


def _result(ident: str, added: Collection[str], changed: Collection[str]) -> Result:
    if ident in added:
        return Result.ADDED
    return Result.CHANGED if ident in changed else Result.UNCHANGED
