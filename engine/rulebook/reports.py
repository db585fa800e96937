"""`report: weekly`: a digest that tells how a day, week or month went, instead of what the day brings."""

from __future__ import annotations

from typing import get_args

from engine.domain.periods import PeriodKind
from engine.domain.words import Action
from engine.rulebook.reading import Keys, read_choice
from engine.rulebook.trigger_kinds import ScheduleTrigger, Trigger

REPORTS: tuple[PeriodKind, ...] = get_args(PeriodKind)


def read_report(keys: Keys, trigger: Trigger | None, action: Action | None) -> PeriodKind | None:
    """What the step reports on; None: it is no report."""
    source, node = keys.source, keys.get("report")
    if node is None:
        return None
    name = keys.names["report"]
    if action is not None and action is not Action.DIGEST:
        source.report(name, "R220", f'"report" goes with digest, not with {action}')
    elif trigger is not None and not isinstance(trigger, ScheduleTrigger):
        source.report(name, "R220", '"report" goes with a digest of its own hour', "write it in a schedule")
    word = read_choice(source, node, "report", "R222", "report", REPORTS)
    return next((kind for kind in REPORTS if kind == word), None)
