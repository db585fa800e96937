"""The condition AST: one grammar for `for`, `if`, `until`, policies and gates.

Two meanings hang on it and a differential property test holds them together: `evaluate.py` (in memory) and
the store's SQL. Logic is two-valued: `ne`, `not_in` and `Not` are exact negations; every other comparison
with a missing value is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.ground.durations import Duration


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"      # a list field holds the value; a text field holds the substring
    WITHIN = "within"          # a region code lies in the region (prefix)
    MATCHES = "matches"        # the whole text fits the pattern, see engine.domain.wildcards
    EXISTS = "exists"          # value true: present; false: missing


@dataclass(frozen=True)
class FieldRef:
    """The other side of `region: {within: owner.region}`: a field instead of a constant."""

    path: str


Scalar = str | int | float | bool
Value = Scalar | Duration | FieldRef | tuple[Scalar, ...]


@dataclass(frozen=True)
class Compare:
    """`field op value`. Age fields (`age.x`) compare with a Duration, see engine.domain.ages."""

    field: str
    op: Op
    value: Value


@dataclass(frozen=True)
class All:
    items: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class AnyOf:
    items: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    item: Condition


@dataclass(frozen=True)
class Circumstance:
    """Some circumstance of the lead meets `where` (fields: kind, active, age, phase, severity, attrs.NAME)."""

    where: Condition


Condition = Compare | All | AnyOf | Not | Circumstance

TRUE = All()


def fields_of(condition: Condition) -> Iterator[str]:
    """Every lead field the condition reads (those inside `circumstance` are not the lead's)."""
    match condition:
        case Compare(field, _, value):
            yield field
            if isinstance(value, FieldRef):
                yield value.path
        case All(items) | AnyOf(items):
            for item in items:
                yield from fields_of(item)
        case Not(item):
            yield from fields_of(item)
        case Circumstance():
            return


def reads_circumstances(condition: Condition) -> bool:
    """Whether any part of the condition looks at circumstances."""
    match condition:
        case Circumstance():
            return True
        case All(items) | AnyOf(items):
            return any(reads_circumstances(item) for item in items)
        case Not(item):
            return reads_circumstances(item)
        case _:
            return False
