"""Slots of a schedule, for each rep, manager or team that its `for` lets in.

Reps are few, so their conditions are read in memory alone; there is no SQL that could mean something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from engine.domain.slots import slots
from engine.rulebook.conditions import fields_of
from engine.rulebook.evaluate import holds
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import ScheduleTrigger
from engine.stages.plan.candidates.scope import Candidate, Scope, Source
from engine.stages.plan.reach import Days, days_between, invert, opening, shifts
from engine.stages.plan.subjects import NO_LEAD, Subject, slot_moment
from engine.store.book.planning import load_reps
from engine.store.book.subject_rows import load_subjects


def schedules(rule: Rule, on: ScheduleTrigger, scope: Scope, source: Source) -> Iterator[Candidate]:
    """Every slot near the window for every subject; none where only leads are looked at."""
    if scope.leads is not None and NO_LEAD not in scope.leads:
        return
    days = _slot_days(rule, scope, source)
    times = list(slots(on.cron, *days))
    if not times:
        return
    reps = load_reps(source.connection)
    paths = frozenset(fields_of(rule.segment))
    for snapshot in load_subjects(source.connection, on.for_each, paths, scope.now, source.settings.defaults.timezone):
        if holds(rule.segment, snapshot):
            subject = Subject(on.for_each, snapshot.lead)
            lead = subject.as_lead(reps, source.settings)
            if scope.leads is None and not scope.part.holds(lead.shard):
                continue
            for slot in times:
                yield Candidate(lead, subject.anchor(slot), slot_moment(slot), None, None)


def _slot_days(rule: Rule, scope: Scope, source: Source) -> Days:
    """The civil days whose slots may open in the scope; without a beginning, those that may still be worth it."""
    lo = scope.lo if scope.lo is not None else scope.now - source.catch_up
    looked_at = days_between(lo, scope.hi, scope.zones or (source.settings.defaults.timezone,))
    reached = [invert(looked_at, at.offset, source.calendars) for at in opening(rule)]
    earlier, later = shifts(rule)
    first = min(days.first for days in reached).toordinal() - later
    last = max(days.last for days in reached).toordinal() + earlier
    return Days(date.fromordinal(first), date.fromordinal(last))
