"""What a condition means in memory. The store's SQL means the same; a differential property test says so.

Logic is two-valued: a comparison with a missing value (None) is false, and `ne`, `not_in` and `Not` are the
exact negations of `eq`, `in` and their operand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from engine.domain.ages import cut
from engine.domain.civil import local
from engine.domain.regions.codes import lies_within
from engine.domain.wildcards import fits
from engine.ground.durations import Duration
from engine.rulebook.conditions import All, AnyOf, Circumstance, Compare, Condition, FieldRef, Not, Op
from engine.rulebook.wording import compared, condition_text, value_text


class Snapshot(NamedTuple):
    """What is known of one lead at `now` (seconds since the epoch).

    `values` holds every path a condition names; missing is None. Ages hold the raw instant. A circumstance
    holds kind, phase, severity, active, age (the instant it began, None if it has not) and `attrs.NAME`.
    `zone` is the lead's; ages in days and months are counted in its civil days.
    """

    lead: str
    zone: str
    now: int
    values: Mapping[str, object]
    circumstances: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True)
class Failure:
    """The first comparison that does not hold: the field, what was wanted, what was found."""

    path: str
    wanted: str
    found: str


def holds(condition: Condition, snapshot: Snapshot) -> bool:
    """Whether the condition holds."""
    match condition:
        case Compare():
            return _compare(condition, snapshot)
        case All(items):
            return all(holds(item, snapshot) for item in items)
        case AnyOf(items):
            return any(holds(item, snapshot) for item in items)
        case Not(item):
            return not holds(item, snapshot)
        case Circumstance(where):
            return any(holds(where, one) for one in _each_circumstance(snapshot))


def _each_circumstance(snapshot: Snapshot) -> list[Snapshot]:
    return [Snapshot(snapshot.lead, snapshot.zone, snapshot.now, values) for values in snapshot.circumstances]


def _compare(condition: Compare, snapshot: Snapshot) -> bool:
    found = snapshot.values.get(condition.field)
    wanted = condition.value
    if isinstance(wanted, FieldRef):
        wanted = snapshot.values.get(wanted.path)  # type: ignore[assignment]
    match condition.op:
        case Op.EXISTS:
            return (found is not None) == wanted
        case Op.NE:
            return not _positive(Op.EQ, found, wanted, snapshot)
        case Op.NOT_IN:
            return not _positive(Op.IN, found, wanted, snapshot)
        case op:
            return _positive(op, found, wanted, snapshot)


def _positive(op: Op, found: object, wanted: object, snapshot: Snapshot) -> bool:
    """An operator that is false for anything missing."""
    if found is None or wanted is None:
        return False
    if isinstance(wanted, Duration):
        return isinstance(found, int) and _age(op, found, wanted, snapshot)
    match op:
        case Op.EQ:
            return found == wanted
        case Op.IN:
            return isinstance(wanted, tuple) and found in wanted
        case Op.CONTAINS:
            return _contains(found, wanted)
        case Op.WITHIN:
            return _within(found, wanted)
        case Op.MATCHES:
            return isinstance(found, str) and isinstance(wanted, str) and fits(found, wanted)
        case _:
            return _ordered(op, found, wanted)


def _age(op: Op, at: int, age: Duration, snapshot: Snapshot) -> bool:
    """Whether the instant `at` is that old; an older instant is a smaller number."""
    line = cut(snapshot.now, age, snapshot.zone)
    match op:
        case Op.GTE:
            return at < line.end
        case Op.GT:
            return at < line.start
        case Op.LT:
            return at >= line.end
        case Op.LTE:
            return at >= line.start
        case _:
            return line.start <= at < line.end


def _contains(found: object, wanted: object) -> bool:
    if isinstance(found, str):
        return isinstance(wanted, str) and wanted in found
    return isinstance(found, list | tuple) and wanted in found


def _within(found: object, region: object) -> bool:
    return isinstance(found, str) and isinstance(region, str) and lies_within(found, region)


def _ordered(op: Op, found: object, wanted: object) -> bool:
    """Numbers by size, ISO dates as text; values of different kinds have no order."""
    numbers = isinstance(found, int | float) and isinstance(wanted, int | float)
    if not numbers and not (isinstance(found, str) and isinstance(wanted, str)):
        return False
    match op:
        case Op.LT:
            return found < wanted  # type: ignore[operator, no-any-return]
        case Op.LTE:
            return found <= wanted  # type: ignore[operator, no-any-return]
        case Op.GT:
            return found > wanted  # type: ignore[operator, no-any-return]
        case _:
            return found >= wanted  # type: ignore[operator, no-any-return]


def first_failed(condition: Condition, snapshot: Snapshot) -> Failure | None:
    """The first comparison, in the order written, that keeps the condition from holding; None if it holds.

    Of alternatives it is the first one's; of a negation, what must not hold.
    """
    if holds(condition, snapshot):
        return None
    match condition:
        case Compare():
            wanted = compared(condition)
            return Failure(condition.field, wanted, _found(condition.field, snapshot))
        case All(items):
            return next(filter(None, (first_failed(item, snapshot) for item in items)))
        case AnyOf(items):
            return next(
                filter(None, (first_failed(item, snapshot) for item in items)),
                Failure("any", "one of no alternatives", "none"),
            )
        case Not(item):
            return _forbidden(item, snapshot)
        case Circumstance(where):
            kinds = ", ".join(str(one.get("kind")) for one in snapshot.circumstances)
            return Failure("circumstance", condition_text(where), kinds or "none")


def _forbidden(item: Condition, snapshot: Snapshot) -> Failure:
    """What a negation found that it does not allow."""
    path = item.field if isinstance(item, Compare) else "not"
    found = _found(item.field, snapshot) if isinstance(item, Compare) else condition_text(item)
    return Failure(path, f"not {condition_text(item)}", found)


def _found(path: str, snapshot: Snapshot) -> str:
    value = snapshot.values.get(path)
    if value is None:
        return "missing"
    if (path == "age" or path.startswith("age.")) and isinstance(value, int):
        return local(value, snapshot.zone).isoformat(timespec="minutes")
    return value_text(value)
