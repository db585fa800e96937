"""Made-up reports: one with something in every part, one with next to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.domain.periods import PeriodKind, period_of
from engine.rulebook.model import Step
from engine.stages.report.figures import (
    Before,
    Cadence,
    Contacts,
    FunnelStage,
    RepLine,
    Report,
    Said,
    Unfinished,
    Work,
)

_DAY = date(2026, 2, 17)
_NOON = 1_771_300_800  # of that day in Shanghai
_WORK = Work(done=12, tried=3, late=2, missed=1, open=1)


def report_samples(step: Step) -> Mapping[str, Report]:
    """By what they are about."""
    kind: PeriodKind = step.report or "weekly"
    scope = "team" if step.target == "manager" else "rep"
    return {"a busy team": _full(kind, scope), "a rep with hardly anything to tell": _bare(kind, scope)}


def _full(kind: PeriodKind, scope: str) -> Report:
    period = period_of(kind, _DAY)
    told = Unfinished(1, "reminder", "li", "wang", "王芳", "A call", _NOON, "missed", "", _NOON + 86_400, "A visit")
    secret = Unfinished(2, "signature", "li", "", "", "A wish", _NOON, "tried", "no_answer", None, "")
    return Report(
        period, scope, "li", "李雷", "Asia/Shanghai", _NOON, _WORK, 4,
        (("reminder", _WORK), ("signature", Work(done=1)), ("appointment", Work())),
        (RepLine("li", "李雷", _WORK, 30), RepLine("wei", "韦伟", Work(open=1), 0)),
        (FunnelStage("new", 9, 4, 30, 20, 10, 60, 30), FunnelStage("need", 2, 0, 0, 0, 0, 3, 1)), 2, 1,
        (Cadence("A", "7d", 3, 4),), (Contacts("gold", 4, 10, 2), Contacts("", 1, 0, 0)),
        (Before(period.before(), _WORK),), (told, secret) if kind == "daily" else (),
        said=(Said("li", "李雷", "No samples left", "Borrow two"), Said("wei", "韦伟", "", "Start earlier")),
    )  # fmt: skip


def _bare(kind: PeriodKind, scope: str) -> Report:
    period = period_of(kind, _DAY)
    return Report(
        period, scope, "li", "李雷", "Asia/Shanghai", _NOON, Work(open=1), 0, (), (), (), 0, 0, (), (),
        (Before(period.before(), Work()),), (),
    )  # fmt: skip
