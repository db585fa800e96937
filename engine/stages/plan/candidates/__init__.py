"""Occasions that may be born: rows of the database seen through a rule's trigger.

A candidate is where an occasion would lie and what makes it unique. Whether it is born now, and what touches
it brings, is decided in births.py; the same candidates serve windows, dirty leads and reconciles.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.rulebook.model import Rule
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
)
from engine.stages.plan.candidates.changes import becomes, outcomes, reaches
from engine.stages.plan.candidates.dates import dates, holidays, more_keep_it
from engine.stages.plan.candidates.due import due
from engine.stages.plan.candidates.events import events
from engine.stages.plan.candidates.schedules import schedules
from engine.stages.plan.candidates.scope import Candidate, Scope, Source
from engine.stages.plan.candidates.timestamps import since
from engine.store.conditions.selection import to_sql

__all__ = ["Candidate", "Scope", "Source", "candidates", "concerns_more", "has_window"]


def candidates(rule: Rule, scope: Scope, source: Source) -> Iterator[Candidate]:
    """Every candidate of the rule in the scope; a superset at the window's edges."""
    if isinstance(rule.on, ScheduleTrigger):
        yield from schedules(rule, rule.on, scope, source)
        return
    segment = to_sql(rule.segment, scope.now, scope.zones)
    match rule.on:
        case DateTrigger():
            yield from dates(rule, rule.on, segment, scope, source)
        case HolidayTrigger():
            yield from holidays(rule, rule.on, segment, scope, source)
        case DueTrigger():
            yield from due(rule, rule.on, segment, scope, source)
        case SinceTrigger():
            yield from since(rule, rule.on, segment, scope, source)
        case ReachesTrigger():
            yield from reaches(rule.on, segment, scope, source)
        case BecomesTrigger():
            yield from becomes(rule.on, segment, scope, source)
        case EventTrigger():
            yield from events(rule, rule.on, segment, scope, source)
        case OutcomeTrigger():
            yield from outcomes(rule.on, segment, scope, source)


def has_window(rule: Rule) -> bool:
    """Whether the mere passing of time gives birth; the other triggers are born when a lead changes."""
    timed = DateTrigger | HolidayTrigger | DueTrigger | SinceTrigger | EventTrigger | ScheduleTrigger
    return isinstance(rule.on, timed)


def concerns_more(rule: Rule, most: int, scope: Scope, source: Source) -> bool:
    """Whether the candidates may be more than so many leads, so that they are better looked for page by page."""
    if not rule.of_leads or scope.leads is not None:
        return False
    if scope.lo is None:
        return True
    if not isinstance(rule.on, HolidayTrigger):
        return False
    return more_keep_it(rule, rule.on, most, to_sql(rule.segment, scope.now, scope.zones), scope, source)
