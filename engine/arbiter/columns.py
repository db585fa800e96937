"""The flat, typed fields of compiled facts, and how a condition becomes terms over them.

What the engine can compare safely it compares: texts with `==` and `!=`, numbers with all six, truth values.
Everything else (ages, regions, lists, `exists`, fractions, what would need too many alternatives) is one
boolean field, read from the same condition by `holds` before the fact is asserted. So no part of a condition has
a second meaning here, only a second way to the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain, product
from math import prod

from engine.rulebook.conditions import All, AnyOf, Compare, Condition, Not, Op
from engine.rulebook.evaluate import Snapshot, holds

MAX_TERMS = 4
"""Terms of one alternative of one part; touch and lead share a pattern, which the engine bears up to 12."""
MAX_ALTERNATIVES = 6

NO_TEXT = "-"
"""Stands for a missing text and for any text that no policy names: foreign text never reaches the engine."""
BOUND = 1 << 51
"""Numbers are sent doubled and must stay below 2^53."""

Cell = int | str
Conjunction = tuple["Term", ...]
Alternatives = tuple[Conjunction, ...]


class Unfit(Exception):
    """A case holds a value or an amount that the engine cannot be given; the reference judges it instead."""


class Kind(Enum):
    TEXT = "text"
    LOW = "low"            # a number; missing: below all others
    HIGH = "high"          # a number; missing: above all others
    FLAG = "flag"          # 1, 0; missing: -1
    COMPUTED = "computed"  # 1 if the condition holds, else 0


@dataclass(frozen=True)
class Column:
    """One field of a compiled fact: how it is read from a snapshot."""

    name: str
    kind: Kind
    path: str = ""
    condition: Condition | None = None

    def cell(self, snapshot: Snapshot, words: frozenset[Cell]) -> Cell:
        """The value to assert; `words` are the texts that this column is compared with."""
        if self.kind is Kind.COMPUTED:
            assert self.condition is not None
            return int(holds(self.condition, snapshot))
        return _READ[self.kind](snapshot.values.get(self.path), words)


def _text(value: object, words: frozenset[Cell]) -> Cell:
    if value is None or isinstance(value, str):
        return value if value in words else NO_TEXT
    raise Unfit("a text was expected")


def _flag(value: object, _: frozenset[Cell]) -> Cell:
    if value is None:
        return -1
    if isinstance(value, int) and value in (0, 1):  # some databases have no booleans
        return int(value)
    raise Unfit("true or false was expected")


def _low(value: object, _: frozenset[Cell]) -> Cell:
    return -2 * BOUND if value is None else doubled(value)


def _high(value: object, _: frozenset[Cell]) -> Cell:
    return 2 * BOUND if value is None else doubled(value)


def doubled(value: object) -> int:
    """Twice a whole number; for a fraction the odd number between its neighbours. Keeps the order against
    whole numbers exact without ever handing the engine a float."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -BOUND < value < BOUND:
        raise Unfit("a number below 2^51 was expected")
    whole = int(value // 1)
    return 2 * whole + (value != whole)


_READ: Mapping[Kind, Callable[[object, frozenset[Cell]], Cell]] = {
    Kind.TEXT: _text,
    Kind.LOW: _low,
    Kind.HIGH: _high,
    Kind.FLAG: _flag,
}


@dataclass(frozen=True)
class Term:
    """`column op value`, in the engine's words; the operator of equality is empty."""

    column: Column
    op: str
    value: Cell

    def json(self) -> dict[str, object]:
        compared: dict[str, object] = {self.column.name: self.value}
        return {self.op: compared} if self.op else compared


class Columns:
    """Names the fields of one kind of fact while conditions are turned into terms over them."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._named: dict[tuple[Kind, str], Column] = {}

    def alternatives(self, condition: Condition) -> Alternatives:
        """The condition as a disjunction of conjunctions: () never holds, ((),) always does."""
        return self._expand(condition, wanted=True)

    def computed(self, condition: Condition) -> Alternatives:
        """The whole condition as one boolean field."""
        # By repr, because True == 1 == 1.0 would make one column of three conditions.
        return ((Term(self._column(Kind.COMPUTED, repr(condition), condition), "", 1),),)

    def _column(self, kind: Kind, path: str, condition: Condition | None = None) -> Column:
        name = f"{self._prefix}{len(self._named)}"
        return self._named.setdefault((kind, path), Column(name, kind, path, condition))

    def _expand(self, condition: Condition, wanted: bool) -> Alternatives:
        match condition:
            case Not(item):
                return self._expand(item, not wanted)
            case All(items) | AnyOf(items):
                parts = [self._expand(item, wanted) for item in items]
                found = _every(parts) if isinstance(condition, All) == wanted else _some(parts)
            case _:
                found = self._literal(condition, wanted)
        if found is None or len(found) > MAX_ALTERNATIVES or any(len(one) > MAX_TERMS for one in found):
            return self.computed(condition if wanted else Not(condition))
        return found

    def _literal(self, condition: Condition, wanted: bool) -> Alternatives | None:
        found = self._native(condition) if isinstance(condition, Compare) else None
        return found if found is None or wanted else _negated(found)

    def _native(self, compare: Compare) -> Alternatives | None:
        """The comparison in the engine's own terms, if it has safe ones."""
        listed = compare.op in (Op.IN, Op.NOT_IN)
        if isinstance(compare.value, tuple) != listed:
            return None
        values = compare.value if isinstance(compare.value, tuple) else (compare.value,)
        terms = [self._term(compare.field, _SINGLE.get(compare.op, compare.op), one) for one in values]
        sound = tuple(term for term in terms if term is not None)
        if len(sound) < len(terms) or len({term.column for term in sound}) != 1:
            return None
        return (sound,) if compare.op is Op.NOT_IN else tuple((term,) for term in sound)

    def _term(self, path: str, op: Op, value: object) -> Term | None:
        if isinstance(value, bool):
            return Term(self._column(Kind.FLAG, path), _OPS[op], int(value)) if op in _EQUALITY else None
        if isinstance(value, str):
            if op not in _EQUALITY or not _plain_text(value):
                return None
            return Term(self._column(Kind.TEXT, path), _OPS[op], value)
        if isinstance(value, int) and op in _OPS and -BOUND < value < BOUND:
            side = Kind.HIGH if op in (Op.LT, Op.LTE) else Kind.LOW
            return Term(self._column(side, path), _OPS[op], 2 * value)
        return None


class Layout:
    """The columns that compiled rules really use, with the texts each is compared with."""

    def __init__(self, terms: Iterable[Term]) -> None:
        words: dict[Column, set[Cell]] = {}
        for term in terms:
            words.setdefault(term.column, set()).add(term.value)
        self._words = {column: frozenset(used) for column, used in words.items()}

    def cells(self, snapshot: Snapshot) -> dict[str, Cell]:
        """Every field of one fact; Unfit if the engine cannot be given one of them."""
        return {column.name: column.cell(snapshot, words) for column, words in self._words.items()}


def _every(parts: Sequence[Alternatives]) -> Alternatives | None:
    """All parts at once; None if that would take too many alternatives."""
    if prod(map(len, parts)) > MAX_ALTERNATIVES:
        return None
    return _distinct(tuple(dict.fromkeys(chain.from_iterable(chosen))) for chosen in product(*parts))


def _some(parts: Sequence[Alternatives]) -> Alternatives:
    return _distinct(chain.from_iterable(parts))


_SINGLE = {Op.IN: Op.EQ, Op.NOT_IN: Op.NE}
_EQUALITY = (Op.EQ, Op.NE)
_OPS: Mapping[Op, str] = {
    Op.EQ: "", Op.NE: "$neq", Op.LT: "$lt", Op.LTE: "$lte", Op.GT: "$gt", Op.GTE: "$gte",
}  # fmt: skip
_OPPOSITE = {"": "$neq", "$neq": "", "$lt": "$gte", "$gte": "$lt", "$gt": "$lte", "$lte": "$gt"}


def _plain_text(text: str) -> bool:
    return text.isprintable() and text not in ("", NO_TEXT) and len(text.encode()) <= 4096


def _negated(found: Alternatives) -> Alternatives:
    """The negation of a single comparison: a chain of != for a list, else the opposite operator.

    A missing number lies on the side where the comparison is false, so the opposite is true of it.
    """
    turned = tuple(tuple(Term(t.column, _OPPOSITE[t.op], t.value) for t in one) for one in found)
    if len(turned) == 1:
        return tuple((term,) for term in turned[0])
    return (tuple(term for one in turned for term in one),)


def _distinct(found: Iterable[Conjunction]) -> Alternatives:
    return tuple(dict.fromkeys(found))
