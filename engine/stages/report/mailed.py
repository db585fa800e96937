"""Reports that a schedule sends: of the receiver himself, or of a manager's team."""

from __future__ import annotations

from datetime import date

from engine.domain.periods import Period, reported
from engine.rulebook.model import Step
from engine.settings.model import Settings
from engine.stages.report import scope as scopes
from engine.stages.report.figures import Report
from engine.stages.report.report import Sources, report
from engine.stages.report.scope import Scope
from engine.store.database import Connection
from engine.store.lookups.report_work import anything


def report_to(connection: Connection, sources: Sources, step: Step, receiver: str, day: date, now: int) -> Report:
    """What the report of a slot on that day, which a day off may have put off, tells this receiver."""
    scope, period = _about(connection, sources.settings, step, receiver, day)
    return report(connection, sources, scope, period, now)


def has_something(connection: Connection, settings: Settings, step: Step, receiver: str, day: date) -> bool:
    """Whether anything was to be done or anybody talked with in that period."""
    scope, period = _about(connection, settings, step, receiver, day)
    return anything(connection, [one.id for one in scope.reps], *period.bounds(scope.zone))


def _about(
    connection: Connection, settings: Settings, step: Step, receiver: str, day: date
) -> tuple[Scope, Period]:
    assert step.report is not None
    zone = settings.office.timezone
    manager = step.target == "manager"
    scope = (scopes.of_manager if manager else scopes.of_rep)(connection, receiver, zone)
    return scope, reported(step.report, day)
