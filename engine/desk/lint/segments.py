"""Which leads two conditions have in common, as far as vocabularies say: for advice without leads."""

from __future__ import annotations

from collections.abc import Mapping

from engine.rulebook.catalogue import FieldSpec, FieldType
from engine.rulebook.conditions import All, Condition, fields_of
from engine.rulebook.possible import may_hold


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
