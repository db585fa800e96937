"""The text of a schedule's step, as the lead's owner, or that one's manager, would get it at this hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.desk.prospects import View
from engine.domain.civil import local_date
from engine.domain.words import Action
from engine.ground.errors import UsageError
from engine.rulebook.model import Rule, RuleBook, Step
from engine.stages.books import Generation
from engine.stages.calendars import calendars_of
from engine.stages.compose.context import schedule_context
from engine.stages.digest.collect import asked, collect
from engine.stages.digest.context import digest_context
from engine.stages.report.context import report_context
from engine.stages.report.mailed import report_to
from engine.stages.report.report import Sources
from engine.store.book.planning import load_reps
from engine.store.database import Connection
from engine.store.outbox.compose_rows import RepRow, TouchRow, material_of


class Reading(NamedTuple):
    """Who would read it, and everything that the template may say."""

    receiver: RepRow
    context: Mapping[str, Any]


@dataclass(frozen=True)
class OfFolder:
    """The rules of the folder, as if they were in force."""

    book: RuleBook

    def active(self, _connection: Connection) -> Generation:
        return Generation(0, self.book, {})

    def rule(self, _connection: Connection, rule_id: str, _revision: str) -> Rule | None:
        return self.book.rule(rule_id)


def schedule_reading(rule: Rule, step: Step, book: RuleBook, view: View, company: str) -> Reading:
    """UsageError: the lead has no owner, or that one no manager, who could get it."""
    to_manager = getattr(rule.on, "for_each", "rep") == "manager" or step.target == "manager"
    owner = load_reps(view.connection).get(view.lead["owner"] or "")
    receiver_id = (owner.manager if to_manager else owner.id) if owner else None
    touch = _touch(rule, step, receiver_id or "", view)
    receiver = material_of(view.connection, [touch]).reps.get(touch.receiver)
    if receiver is None:
        raise UsageError(f"lead {view.lead['id']} has no {'manager' if to_manager else 'owner'} who could get it")
    touch = touch._replace(occurs_on=local_date(view.now, receiver.timezone).isoformat())
    summaries = {(one.id, one.revision): one.summary for one in book.rules}
    if step.action is not Action.DIGEST:
        return Reading(receiver, schedule_context(touch, receiver.name, summaries, company))
    if step.report is not None:
        sources = Sources(view.settings, OfFolder(book), calendars_of(view.settings))
        today = local_date(view.now, receiver.timezone)
        report = report_context(report_to(view.connection, sources, step, receiver.id, today, view.now))
        return Reading(receiver, schedule_context(touch, receiver.name, summaries, company, {"report": report}))
    wanted = asked(touch, step, receiver)
    told = collect(view.connection, [wanted])[touch.id]
    digest = digest_context(wanted, told, summaries)
    return Reading(receiver, schedule_context(touch, receiver.name, summaries, company, {"digest": digest}))


def _touch(rule: Rule, step: Step, receiver: str, view: View) -> TouchRow:
    """The touch as it would be born now."""
    known = {
        "id": 0, "rule": rule.id, "lead": "", "anchor": "", "step": step.id, "receiver": receiver, "audience": "rep",
        "category": step.category, "revision": rule.revision, "due_at": view.now,
        "day_on": local_date(view.now, str(view.lead["timezone"])).isoformat(), "via": [], "via_index": 0,
    }  # fmt: skip
    return TouchRow._make(known.get(field) for field in TouchRow._fields)
