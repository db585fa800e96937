"""Columns of fixed words, such as states: a word that is compared with them is written into the statement.

SQLite looks at the value of a parameter that the condition of a partial index may be compared with (`state = ?`), and
prepares the whole statement anew each time that parameter is bound: often more work than running it. The words are
few and ours, so that statements stay few too.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, literal_column
from sqlalchemy.sql.operators import OperatorType


class Word(Text):
    """Text that holds one of a StrEnum's words."""

    cache_ok = True

    class Comparator(Text.Comparator[str]):
        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            return super().operate(op, *(_written_out(one) for one in other), **kwargs)

    comparator_factory = Comparator


def _written_out(other: Any) -> Any:
    if isinstance(other, StrEnum):
        return literal_column(f"'{other.value}'", Text())
    if isinstance(other, (tuple, list, set, frozenset)):
        return [_written_out(one) for one in (sorted(other) if isinstance(other, (set, frozenset)) else other)]
    return other
