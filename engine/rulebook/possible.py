"""Whether a condition may hold, as far as the few things known say: three-valued, for checks without leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.rulebook.conditions import All, AnyOf, Circumstance, Compare, Condition, FieldRef, Not
from engine.rulebook.evaluate import Snapshot, holds

_NOBODY = "nobody"


def may_hold(condition: Condition, known: Mapping[str, object]) -> bool:
    """Whether it can hold where these fields have these values (None: missing) and all others any."""
    return _holds(condition, known) is not False


def _holds(condition: Condition, known: Mapping[str, object]) -> bool | None:
    """True or false where what is known decides, None where it does not."""
    match condition:
        case Compare(field, _, value):
            if field not in known or isinstance(value, FieldRef):
                return None
            return holds(condition, Snapshot(_NOBODY, "UTC", 0, known))
        case All(items):
            return _every([_holds(item, known) for item in items])
        case AnyOf(items):
            none_of = _every([_opposite(_holds(item, known)) for item in items])
            return _opposite(none_of)
        case Not(item):
            return _opposite(_holds(item, known))
        case Circumstance():
            return None


def _opposite(value: bool | None) -> bool | None:
    return None if value is None else not value


def _every(values: Iterable[bool | None]) -> bool | None:
    found = set(values)
    if False in found:
        return False
    return None if None in found else True
