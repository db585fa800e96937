"""A rep's reminder as his pages show it: its hour, what it is about, what he may know of the customer."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.civil import local
from engine.domain.links import sign
from engine.domain.spoken import said_in
from engine.stages.compose.links import act_link
from engine.store.database import Connection
from engine.store.lookups.rep_day import Task
from engine.web.asked import Asked
from engine.web.outcomes import word_of
from engine.web.visitors import Sight


@dataclass(frozen=True)
class Row:
    """A task in a list. `said`: what came of it, "" while it is open; `more`: its page with everything to say."""

    task: Task
    hour: str
    late: bool
    why: str
    named: bool
    said: str
    more: str


def row_of(asked: Asked, connection: Connection, sight: Sight, task: Task, since: int) -> Row:
    """The row of a task; what was due before `since` (seconds UTC) is late, and has its date for an hour."""
    due = local(task.due_at, asked.zone)
    late = task.due_at < since
    named = not task.confidential or sight.sees(task.owner, confidential=True)
    hour = due.strftime("%m-%d" if late or task.is_put_off else "%H:%M")
    why = why_of(asked, connection, task.rule, task.revision)
    return Row(task, hour, late and not task.is_done, why, named, _said(asked, task), _more(asked, task))


def why_of(asked: Asked, connection: Connection, rule_id: str, revision: str) -> str:
    """What the rule is for, in its author's words in the visitor's language; its id if he has written none."""
    rule = asked.site.books.rule(connection, rule_id, revision)
    return str(said_in(asked.language, rule.summary)) if rule and rule.summary else rule_id


def _said(asked: Asked, task: Task) -> str:
    if task.answer is not None:
        return word_of(asked, task.answer)
    if task.is_put_off:
        return word_of(asked, "snoozed")
    return asked.t("day.over") if task.is_done else ""


def _more(asked: Asked, task: Task) -> str:
    """The page behind the reminder's own links."""
    if not task.is_answerable:
        return ""
    return f"/act/{sign(act_link(task.id, task.snoozes, task.due_at, task.expires_at), asked.site.keys)}"
