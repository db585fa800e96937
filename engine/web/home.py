"""Where each role begins: a rep with what is his today, the desk with how everything stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from engine.domain.civil import day_start, local, local_date
from engine.store import state
from engine.store.database import Connection
from engine.store.lookups import lookups
from engine.store.lookups.rep_day import Task, tasks
from engine.web.asked import Asked
from engine.web.routing import DESK, PEOPLE, REPS, page
from engine.web.visitors import Sight

MOST_TASKS = 200
"""Rows of the longest day that is shown. Ours."""


@dataclass(frozen=True)
class Shown:
    """A task as its row tells it: the hour, or the date if it is of another day, and what the rule is for."""

    task: Task
    hour: str
    late: bool
    why: str
    named: bool


def _home(asked: Asked) -> Response:
    return asked.go("/day" if asked.visitor.role in REPS else "/board")


def _day(asked: Asked) -> Response:
    today = local_date(asked.now, asked.zone)
    since, until = day_start(today, asked.zone), day_start(today + timedelta(days=1), asked.zone)
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        found = tasks(connection, asked.visitor.rep, since, until, MOST_TASKS)
        rows = [_shown(asked, connection, sight, task, since) for task in found]
    asked.looked_at({row.task.lead for row in rows if row.named}, "/day")
    return asked.page("day.html", today=today, rows=rows)


def _shown(asked: Asked, connection: Connection, sight: Sight, task: Task, since: int) -> Shown:
    rule = asked.site.books.rule(connection, task.rule, task.revision)
    why = rule.summary if rule and rule.summary else task.rule
    due = local(task.due_at, asked.zone)
    late = task.due_at < since
    named = not task.confidential or sight.sees(task.owner, confidential=True)
    return Shown(task, due.strftime("%m-%d" if late else "%H:%M"), late, why, named)


def _board(asked: Asked) -> Response:
    with asked.site.db.reading() as connection:
        last = state.get(connection, state.LAST_TICK)
        return asked.page(
            "board.html",
            touches=lookups.touches_by_state(connection),
            deliveries=lookups.deliveries_by_state(connection),
            oldest=lookups.oldest_due(connection, asked.now),
            last_tick=None if last is None else last.at,
            pauses=[f"{one.scope} {one.name}".strip() for one in state.pauses(connection)],
        )


routes = [page("/", _home, PEOPLE), page("/day", _day, REPS), page("/board", _board, DESK)]
