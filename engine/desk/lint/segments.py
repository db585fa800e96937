"""Whom a condition may hold for, as far as the few things known say: three-valued, for advice without leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.rulebook.catalogue import FieldSpec, FieldType
from engine.rulebook.conditions import All, AnyOf, Circumstance, Compare, Condition, FieldRef, Not, fields_of
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


def exclude_each_other(one: Condition, other: Condition, fields: Mapping[str, FieldSpec]) -> bool:
    """Whether some field with few values (a vocabulary, true or false) lets no lead meet both."""
    both = All((one, other))
    read = {path for path in fields_of(both) if path in fields}
    return any(not _is_open(both, fields[path]) for path in read)


def _is_open(condition: Condition, spec: FieldSpec) -> bool:
    if spec.type is FieldType.BOOL:
        values: tuple[object, ...] = (True, False, None)
    elif spec.words and spec.type is FieldType.TEXT:
        values = (*spec.words, None)
    else:
        return True
    return any(may_hold(condition, {spec.path: value}) for value in values)
