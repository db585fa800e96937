"""Made-up days to tell of: one with something in every part of a digest, one with next to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.desk.tried.report_samples import report_samples
from engine.domain.words import Action, Audience
from engine.rulebook.model import Rule, Step
from engine.settings.model import Settings
from engine.stages.compose.context import schedule_context
from engine.stages.digest.collect import Asked, RepsDay, Told
from engine.stages.digest.context import digest_context
from engine.stages.report.context import report_context
from engine.store.book.digest_rows import Line
from engine.store.outbox.compose_rows import TouchRow

_EIGHT = 1_771_286_400  # 2026-02-17T00:00Z, eight in Shanghai
_LINE = Line("1", "sample", "", "wang", "王芳", False, "li", "li", Audience.REP, "planned", _EIGHT, _EIGHT + 3600, None)
_SECRET = _LINE._replace(id="2", confidential=True, deadline_at=None)
_MEETING = _LINE._replace(id="a-1", rule="", deadline_at=None)


def digest_samples(rule: Rule, step: Step, settings: Settings) -> Mapping[str, Mapping[str, Any]]:
    """Everything that a template of a schedule may read, by whom it is about."""
    both, one = (_LINE, _SECRET), (_LINE,)
    full = Told(both, both, both, both, (_MEETING,), one, (RepsDay("李雷", both, both, both),), both)
    bare = Told(reps=(RepsDay("李雷", one, (), ()),)) if step.target == "manager" else Told(due=one)
    if step.report is not None:
        return _reports(rule, step, settings)
    days = {"a rep with a full day": full, "a rep with hardly anything to do": bare}
    if step.action is not Action.DIGEST:
        return {name: _context(rule, step, settings, {}) for name in days}
    zone = settings.defaults.timezone
    summaries = {(rule.id, rule.revision): rule.summary, (_LINE.rule, _LINE.revision): rule.summary}
    asked = Asked(1, "li", zone, _EIGHT, step.target == "manager")
    digests = {name: digest_context(asked, told, summaries) for name, told in days.items()}
    return {name: _context(rule, step, settings, {"digest": digest}) for name, digest in digests.items()}


def _reports(rule: Rule, step: Step, settings: Settings) -> Mapping[str, Mapping[str, Any]]:
    found = {name: report_context(report) for name, report in report_samples(step).items()}
    return {name: _context(rule, step, settings, {"report": report}) for name, report in found.items()}


def _context(rule: Rule, step: Step, settings: Settings, told: Mapping[str, Any]) -> Mapping[str, Any]:
    known = {
        "id": 1, "rule": rule.id, "lead": "", "step": step.id, "receiver": "li", "revision": rule.revision,
        "category": step.category, "day_on": "2026-02-17", "occurs_on": "2026-02-17",
    }  # fmt: skip
    touch = TouchRow._make(known.get(field) for field in TouchRow._fields)
    summaries = {(rule.id, rule.revision): rule.summary}
    return schedule_context(touch, "李雷", summaries, settings.company.name, told)
