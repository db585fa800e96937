"""The parts in which several daemons share out planning, judging and writing: some shards of leads each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, true

from engine.domain.keys import SHARDS, shard_of
from engine.store.database import Database

PARTS = 8
"""So many daemons can plan at once; each pass over a part costs a few statements even where nothing is to be done."""


class Part(NamedTuple):
    """Some of the shards; None: all of them, where nobody is there to share with."""

    shards: tuple[int, ...] | None

    @property
    def name(self) -> str:
        """What its turns are called by."""
        return "whole" if self.shards is None else f"part {self.shards[0]}"

    def holds(self, shard: int) -> bool:
        """Whether a shard belongs to it."""
        return self.shards is None or shard in self.shards

    def has(self, column: ColumnElement[int]) -> ColumnElement[bool]:
        """The same of a column, in SQL."""
        return true() if self.shards is None else column.in_(self.shards)


WHOLE = Part(None)


def all_parts(db: Database) -> Sequence[Part]:
    """Everything there is, once: the whole on SQLite, where there is one daemon."""
    return [WHOLE] if db.dialect == "sqlite" else [Part(tuple(range(n, SHARDS, PARTS))) for n in range(PARTS)]


def in_any_order(db: Database) -> Sequence[Part]:
    """All parts, in another order each time: of daemons that begin together, each begins elsewhere."""
    parts = all_parts(db)
    return random.sample(parts, len(parts))


def part_of(db: Database, lead: str) -> Part:
    """The part that a lead belongs to."""
    return next(part for part in all_parts(db) if part.holds(shard_of(lead)))
