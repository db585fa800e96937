"""The portrait of a customer: blocks of facts, how much is known, and how close he may be called by it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

Fact = tuple[str, ...]
"""Fields of which one must be known: `phone`, `date.birthday`, `attrs.interests`, `quality.standing`."""


@dataclass(frozen=True)
class Block:
    """A part of the portrait, the facts that fill it, and the closeness it allows with all blocks before it."""

    name: str
    facts: tuple[Fact, ...]
    closeness: str = ""


@dataclass(frozen=True)
class Seen:
    """A block of one customer: which facts are still unknown."""

    block: Block
    unknown: tuple[Fact, ...]

    @property
    def percent(self) -> int:
        """How much of it is known, rounded down; 100 where nothing is asked."""
        return _percent(len(self.block.facts) - len(self.unknown), len(self.block.facts))


@dataclass(frozen=True)
class Portrait:
    """What is known of one customer, block by block."""

    seen: tuple[Seen, ...]

    @property
    def completeness(self) -> int:
        """How much of the whole is known, in percent, rounded down."""
        asked = sum(len(one.block.facts) for one in self.seen)
        return _percent(asked - sum(len(one.unknown) for one in self.seen), asked)

    @property
    def missing(self) -> tuple[str, ...]:
        """The blocks that are not full."""
        return tuple(one.block.name for one in self.seen if one.unknown)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The words for how close he may be called, the farthest first: as far as blocks are full, in their order."""
        found: list[str] = []
        for word in dict.fromkeys(one.block.closeness for one in self.seen):
            if any(one.unknown for one in self.seen if one.block.closeness == word):
                break
            found += [word] if word else []
        return tuple(found)

    @property
    def allows(self) -> str | None:
        """The closest of them."""
        return self.allowed[-1] if self.allowed else None


def portrait_of(blocks: Sequence[Block], lead: Mapping[str, Any], dates: Set[str]) -> Portrait:
    """`lead` is his row; `dates` are the kinds of dates that are known of him."""
    return Portrait(
        tuple(
            Seen(block, tuple(fact for fact in block.facts if not any(_known(one, lead, dates) for one in fact)))
            for block in blocks
        )
    )


def _known(path: str, lead: Mapping[str, Any], dates: Set[str]) -> bool:
    head, _, name = path.partition(".")
    if head == "date":
        return name in dates
    value = lead["attrs"].get(name if head == "attrs" else path) if name else lead[path]
    return value is not None and value != "" and value != []


def _percent(known: int, asked: int) -> int:
    return 100 * known // asked if asked else 100
