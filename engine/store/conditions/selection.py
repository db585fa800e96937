"""Conditions as SQL, with the meaning that engine.rulebook.evaluate gives them over snapshots.

Inside, a comparison with a missing value may be NULL; a WHERE reads that as false, and every negation makes
it false before it negates. So plain comparisons keep their indexes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, not_, or_, true

from engine.domain.ages import Cut
from engine.domain.fields import attribute_of
from engine.ground.durations import Duration
from engine.rulebook.conditions import All, AnyOf, Circumstance, Compare, Condition, FieldRef, Not, Op, Scalar
from engine.store.aside.sound import readable
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.conditions.colleagues import OF_ACCOUNT, among_colleagues
from engine.store.conditions.fields import COUNTER, LISTS, circumstance_expression, field_expression, per_zone
from engine.store.conditions.regions import lies_within
from engine.store.dialects import (
    ByteOrder,
    FindText,
    JsonBool,
    JsonListHolds,
    JsonNumber,
    JsonPresent,
    JsonText,
    ListHolds,
    MatchesText,
)
from engine.store.tables import lead

Sql = ColumnElement[bool]
Expression = ColumnElement[Any]

_ATTRS, _LISTS = readable(lead.c.attrs), {path: readable(column) for path, column in LISTS.items()}


@dataclass(frozen=True)
class _Subject:
    """Whose fields a comparison reads: the lead's, or those of one of his circumstances."""

    now: int
    zones: Sequence[str]
    field: Callable[[str], Expression]
    attrs: Expression


def to_sql(condition: Condition, now: int, zones: Sequence[str]) -> Sql:
    """The condition over a row of `lead`, at `now`; `zones` are those that leads live in (`zones_in_use`).

    What reads no clock is put together once: the same object again, so that whole queries over it can be kept.
    """
    if not reads_clock(condition):
        return _timeless(condition, repr(condition))
    subject = _Subject(now, zones, lambda path: field_expression(path, now, zones), _ATTRS)
    return _sql(condition, subject)


@lru_cache(maxsize=1024)
def _timeless(condition: Condition, _exact: str) -> Sql:
    """`_exact` tells apart what Python holds for equal, and SQL does not: `1` and `true`."""
    return _sql(condition, _Subject(0, (), lambda path: field_expression(path, 0, ()), _ATTRS))


def reads_clock(condition: Condition) -> bool:
    """Whether it means another thing at another instant: ages, counters of days, circumstances that last."""
    match condition:
        case Compare(field, _, value):
            paths = (field, value.path) if isinstance(value, FieldRef) else (field,)
            return isinstance(value, Duration) or any(COUNTER.fullmatch(path) for path in paths)
        case All(items) | AnyOf(items):
            return any(reads_clock(item) for item in items)
        case Not(item):
            return reads_clock(item)
        case Circumstance():
            return True


def _sql(condition: Condition, subject: _Subject) -> Sql:
    match condition:
        case Compare():
            return _compare(condition, subject)
        case All(items):
            return and_(true(), *(_sql(item, subject) for item in items))
        case AnyOf(items):
            return or_(false(), *(_sql(item, subject) for item in items))
        case Not(item):
            return _negated(_sql(item, subject))
        case Circumstance(where):
            return _some_circumstance(where, subject)


def _negated(sql: Sql) -> Sql:
    return not_(func.coalesce(sql, false()))


def _some_circumstance(where: Condition, subject: _Subject) -> Sql:
    now, zones = subject.now, subject.zones
    inner = _Subject(now, zones, lambda path: circumstance_expression(path, now), circumstance.c.attrs)
    applies = and_(coverage.c.lead == lead.c.id, circumstance.c.id == coverage.c.circumstance)
    return exists().where(applies, _sql(where, inner)).correlate(lead)


def _compare(compare: Compare, subject: _Subject) -> Sql:
    field, op, value = compare.field, compare.op, compare.value
    if op is Op.NE:
        return _negated(_compare(Compare(field, Op.EQ, value), subject))
    if op is Op.NOT_IN:
        return _negated(_compare(Compare(field, Op.IN, value), subject))
    if op is Op.EXISTS:
        found = _present(field, subject)
        return found if value else not_(found)
    if op is Op.IN and isinstance(value, tuple):
        return or_(false(), *(_compare(Compare(field, Op.EQ, item), subject) for item in value))
    if isinstance(value, Duration):
        return _age(subject.field(field), op, value, subject)
    if isinstance(value, FieldRef):
        other = subject.field(value.path)
        return _related(_like(field, other.type.python_type, subject), op, other)
    if isinstance(value, tuple):
        raise ValueError(f'"{op}" of "{field}" takes one value, not a list')
    return _with_constant(field, op, value, subject)


def _with_constant(field: str, op: Op, value: Scalar, subject: _Subject) -> Sql:
    if op is Op.CONTAINS:
        return _contains(field, str(value), subject)
    if op is Op.MATCHES:
        return MatchesText(_like(field, str, subject), str(value))
    if value == "" and op is Op.WITHIN:
        return false()
    return _related(_like(field, type(value), subject), op, literal(value))


def _present(field: str, subject: _Subject) -> Sql:
    if name := attribute_of(field):
        return JsonPresent(subject.attrs, name)
    if field in _LISTS:
        return func.coalesce(func.json_array_length(_LISTS[field]), 0) > 0
    if field.startswith(OF_ACCOUNT):
        return among_colleagues(field, None)
    return subject.field(field).is_not(None)


def _contains(field: str, part: str, subject: _Subject) -> Sql:
    if name := attribute_of(field):
        whole = JsonText(subject.attrs, name)
        return or_(JsonListHolds(subject.attrs, name, part), FindText(whole, literal(part)) > 0)
    if field in _LISTS:
        return ListHolds(_LISTS[field], part)
    if field.startswith(OF_ACCOUNT):
        return among_colleagues(field, part)
    return FindText(subject.field(field), literal(part)) > 0


def _like(field: str, kind: type, subject: _Subject) -> Expression:
    """The field as a value of that Python type; an attribute of another type is missing."""
    name = attribute_of(field)
    if not name:
        return subject.field(field)
    if kind is bool:
        return JsonBool(subject.attrs, name)
    return JsonText(subject.attrs, name) if kind is str else JsonNumber(subject.attrs, name)


def _related(left: Expression, op: Op, right: Expression) -> Sql:
    """One comparison of two values; NULL where either is missing."""
    if op is Op.EQ:
        return left == right
    if op is Op.WITHIN:
        return lies_within(left, right)
    if op is Op.CONTAINS:
        return FindText(left, right) > 0
    if issubclass(left.type.python_type, str):
        left, right = ByteOrder(left), ByteOrder(right)
    return {Op.LT: left < right, Op.LTE: left <= right, Op.GT: left > right, Op.GTE: left >= right}[op]


def _age(moment: Expression, op: Op, age: Duration, subject: _Subject) -> Sql:
    """How old a moment is. Older is earlier: `gte` and `gt` look before the line, `lt` and `lte` after it."""

    def line(edge: Callable[[Cut], int]) -> Expression:
        return per_zone(subject.now, age, subject.zones, edge)

    start, end = line(lambda cut: cut.start), line(lambda cut: cut.end)
    comparisons: dict[Op, Sql] = {
        Op.GTE: moment < end,
        Op.GT: moment < start,
        Op.LT: moment >= end,
        Op.LTE: moment >= start,
        Op.EQ: and_(moment >= start, moment < end),
    }
    return comparisons[op]
