"""Advice on rules that meet: the same kind of touch for one lead on one day, and nothing that makes one of two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from engine.desk.lint.rules import touch_values
from engine.desk.lint.segments import exclude_each_other, may_hold
from engine.desk.lint.subject import Placed, Subject
from engine.domain.words import Effect
from engine.ground.errors import Problem
from engine.rulebook.conditions import All
from engine.rulebook.model import (
    BecomesTrigger,
    DateTrigger,
    EventTrigger,
    HolidayTrigger,
    Policy,
    ReachesTrigger,
    Rule,
    SinceTrigger,
    Step,
    Trigger,
)

_Use = tuple[Rule, Step, Placed]


def overlaps(subject: Subject) -> Iterator[Problem]:
    """L105: steps of two rules that surely fall on one day for one lead. Rules that may meet by chance are not told."""
    for one, other in _pairs(subject):
        if _meet(one, other, subject) and not _are_merged(one, other, subject):
            rule, twin, first = one
            _, step, placed = other
            message = f'"{step.id}" and "{twin.id}" of rule "{rule.id}" reach one lead on one day, both {step.category}'
            hint = "tell their segments apart, or add a policy that merges them"
            yield placed.advise("id", "L105", message, hint, f"{first.place('id')}: the other one stands here")


def _pairs(subject: Subject) -> Iterator[tuple[_Use, _Use]]:
    """Steps of different rules for the same receiver, with the same category, on the same day of one occasion."""
    together: dict[tuple[object, ...], list[_Use]] = defaultdict(list)
    for use in subject.steps():
        rule, step, _ = use
        for occasion in _occasions(rule.on):
            together[occasion, step.target, step.category, _day(step)].append(use)
    seen = set()
    for uses in together.values():
        for one, other in combinations(uses, 2):
            names = one[0].id, one[1].id, other[0].id, other[1].id
            if one[0].id != other[0].id and names not in seen:
                seen.add(names)
                yield one, other


def _day(step: Step) -> tuple[int, ...]:
    """On which day from its occasion the step lies."""
    offset = step.at.offset
    return offset.months, offset.days, offset.workdays, offset.seconds // 86_400


def _meet(one: _Use, other: _Use, subject: Subject) -> bool:
    """Whether both can be on for one lead."""
    (rule, step, _), (second, twin, _) = one, other
    whom, others = All((rule.segment, step.condition)), All((second.segment, twin.condition))
    return (
        rule.enabled
        and second.enabled
        and _share_days(rule, second)
        and not exclude_each_other(whom, others, subject.catalogue.fields)
    )


def _share_days(rule: Rule, other: Rule) -> bool:
    """Whether their periods and, of jubilees, their returns have something in common."""
    if rule.last_day and other.first_day and rule.last_day < other.first_day:
        return False
    if other.last_day and rule.first_day and other.last_day < rule.first_day:
        return False
    one, two = getattr(rule.on, "only", ()), getattr(other.on, "only", ())
    return not (one and two) or bool(set(one) & set(two))


def _occasions(trigger: Trigger) -> frozenset[tuple[object, ...]]:
    """What makes its occasions: two triggers with one of these in common have occasions on the same days."""
    match trigger:
        case DateTrigger(kind):
            return frozenset({("date", kind)})
        case HolidayTrigger(festivals):
            return frozenset(("holiday", name) for name in festivals)
        case SinceTrigger(latest, after, otherwise):
            return frozenset(("since", latest, otherwise, span) for _, span in after.branches())
        case ReachesTrigger(counter, value, epoch):
            return frozenset({("reaches", counter, value, epoch)})
        case BecomesTrigger(field, value):
            return frozenset({("becomes", field, value)})
        case EventTrigger(kinds, anchor):
            return frozenset(("event", kind, anchor) for kind in kinds)


def _are_merged(one: _Use, other: _Use, subject: Subject) -> bool:
    values = touch_values(*one[:2]), touch_values(*other[:2])
    return any(_merges(policy, *values) or _merges(policy, *reversed(values)) for policy, _ in subject.policies)


def _merges(policy: Policy, touch: dict[str, object], into: dict[str, object]) -> bool:
    if policy.effect is not Effect.MERGE or policy.other is None:
        return False
    return may_hold(policy.touch, touch) and may_hold(policy.other.where, into)
