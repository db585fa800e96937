"""Advice on rules that meet: the same kind of touch for one lead on one day, and nothing that makes one of two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from engine.desk.lint.rules import touch_values
from engine.desk.lint.segments import exclude_each_other
from engine.desk.lint.subject import Placed, Subject
from engine.domain.words import Effect
from engine.ground.errors import Problem
from engine.rulebook.conditions import All
from engine.rulebook.model import Policy, Rule, Step
from engine.rulebook.possible import may_hold
from engine.rulebook.trigger_kinds import (
    BecomesTrigger,
    DateTrigger,
    DueTrigger,
    EventTrigger,
    HolidayTrigger,
    OutcomeTrigger,
    ReachesTrigger,
    ScheduleTrigger,
    SinceTrigger,
    Trigger,
)

_Use = tuple[Rule, Step, Placed]


def overlaps(subject: Subject) -> Iterator[Problem]:
    """L105: steps of two rules that surely fall on one day for one lead. Rules that may meet by chance are not told."""
    on = [use for use in subject.steps() if use[0].enabled]
    return _overlaps(subject, on)


def overlaps_of_all(subject: Subject) -> Iterator[Problem]:
    """The same as if nothing were switched off: what comments ignore today may be off for a while."""
    return _overlaps(subject, list(subject.steps()))


def _overlaps(subject: Subject, uses: Iterable[_Use]) -> Iterator[Problem]:
    for other, earlier in _together(uses):
        met = (one for one in earlier if _meet(one, other, subject) and not _are_merged(one, other, subject))
        one = next(met, None)  # of many, the first is enough to know
        if one:
            rule, twin, first = one
            _, step, placed = other
            message = f'"{step.id}" and "{twin.id}" of rule "{rule.id}" reach one lead on one day, both {step.category}'
            hint = "tell their segments apart, or add a policy that merges them"
            yield placed.advise("id", "L105", message, hint, f"{first.place('id')}: the other one stands here")


def _together(uses: Iterable[_Use]) -> Iterator[tuple[_Use, list[_Use]]]:
    """Each step with those before it for the same receiver, with the same category, on the same day of one occasion."""
    known: dict[tuple[object, ...], list[_Use]] = defaultdict(list)
    for use in uses:
        rule, step, _ = use
        keys = [(occasion, step.target, step.category, _day(step)) for occasion in sorted(_occasions(rule.on), key=str)]
        yield use, [one for key in keys for one in known[key] if one[0].id != rule.id]
        for key in keys:
            known[key].append(use)


def _day(step: Step) -> tuple[int, ...]:
    """On which day from its occasion the step lies."""
    offset = step.at.offset
    return offset.months, offset.days, offset.workdays, offset.seconds // 86_400


def _meet(one: _Use, other: _Use, subject: Subject) -> bool:
    """Whether both can be on for one lead."""
    (rule, step, _), (second, twin, _) = one, other
    whom, others = All((rule.segment, step.condition)), All((second.segment, twin.condition))
    return _share_days(rule, second) and not exclude_each_other(whom, others, subject.catalogue.fields)


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
        case DateTrigger(kind, every):
            return frozenset({("date", kind, every)})
        case HolidayTrigger(festivals):
            return frozenset(("holiday", name) for name in festivals)
        case DueTrigger(field):
            return frozenset({("due", field)})
        case SinceTrigger(latest, after, otherwise):
            return frozenset(("since", latest, otherwise, span) for _, span in after.branches())
        case ReachesTrigger(counter, value, epoch):
            return frozenset({("reaches", counter, value, epoch)})
        case BecomesTrigger(field, value):
            return frozenset({("becomes", field, value)})
        case EventTrigger(kinds, anchor):
            return frozenset(("event", kind, anchor) for kind in kinds)
        case OutcomeTrigger(outcomes):
            return frozenset(("outcome", outcome) for outcome in outcomes)
        case ScheduleTrigger():
            return frozenset()


def _are_merged(one: _Use, other: _Use, subject: Subject) -> bool:
    values = touch_values(*one[:2]), touch_values(*other[:2])
    return any(_merges(policy, *values) or _merges(policy, *reversed(values)) for policy, _ in subject.policies)


def _merges(policy: Policy, touch: dict[str, object], into: dict[str, object]) -> bool:
    if policy.effect is not Effect.MERGE or policy.other is None:
        return False
    return may_hold(policy.touch, touch) and may_hold(policy.other.where, into)
