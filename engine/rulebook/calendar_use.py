"""Which rules a calendar decides about: those that shift, count working time, or follow festivals."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.words import Audience, Shift
from engine.ground.durations import Duration
from engine.rulebook.model import Rule, Step
from engine.rulebook.trigger_kinds import EventTrigger, HolidayTrigger, SinceTrigger


def festivals_of(rule: Rule) -> tuple[str, ...]:
    """The festivals that it waits for."""
    return rule.on.festivals if isinstance(rule.on, HolidayTrigger) else ()


def uses_office(rule: Rule) -> bool:
    """Whether our office's calendar decides when something of it is due."""
    shifted = any(step.shift is not Shift.NONE and step.target != Audience.LEAD for step in rule.steps)
    return shifted or any(span.needs_office_calendar for span in _spans(rule))


def uses_lead_country(rule: Rule) -> bool:
    """Whether the calendar of the lead's country does."""
    return any(step.shift is not Shift.NONE and step.target == Audience.LEAD for step in rule.steps)


def uses_calendars(rule: Rule) -> bool:
    """Whether any calendar does."""
    return bool(festivals_of(rule)) or uses_office(rule) or uses_lead_country(rule)


def _spans(rule: Rule) -> Iterator[Duration]:
    if isinstance(rule.on, SinceTrigger):
        yield from (span for _, span in rule.on.after.branches())
    if isinstance(rule.on, EventTrigger | SinceTrigger) and rule.on.repeat is not None:
        yield rule.on.repeat
    for step in rule.steps:
        yield from _spans_of_step(step)


def _spans_of_step(step: Step) -> Iterator[Duration]:
    yield step.at.offset
    if step.expires is not None:
        yield step.expires
    if step.sign_by is not None:
        yield step.sign_by.draft.offset
        yield step.sign_by.deadline.offset
