"""A rep's next seven days: what is in his book, his appointments, and what will come as things stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from starlette.responses import Response

from engine.domain.civil import day_start, local_date
from engine.stages.answers.forecast import Ahead, forecast
from engine.store.database import Connection
from engine.store.lookups import rep_day
from engine.store.lookups.customers import Known, known_leads
from engine.store.lookups.rep_day import Appointment
from engine.web.asked import Asked
from engine.web.feed import feed_url
from engine.web.routing import REPS, page
from engine.web.tasks import Row, row_of
from engine.web.visitors import Sight

PATH = "/week"
DAYS = 7
MOST = 500
"""Rows of the longest week that is shown. Ours."""


@dataclass
class Day:
    """One day of the week, each part in its order."""

    on: date
    meetings: list[Appointment] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    ahead: list[Ahead] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.meetings) + len(self.rows) + len(self.ahead)


def _week(asked: Asked) -> Response:
    first = local_date(asked.now, asked.zone)
    week = {first + timedelta(days=n): Day(first + timedelta(days=n)) for n in range(DAYS)}
    since, until = day_start(first, asked.zone), day_start(first + timedelta(days=DAYS), asked.zone)
    rep = asked.visitor.rep
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        for task in rep_day.tasks_between(connection, rep, since, until, asked.now, MOST):
            week[local_date(task.due_at, asked.zone)].rows.append(row_of(asked, connection, sight, task, since))
        for one in rep_day.appointments(connection, rep, since, until):
            week[local_date(one.at, asked.zone)].meetings.append(one)
        for item in forecast(asked.site.db, connection, asked.site.means(), rep, asked.now, until)[:MOST]:
            week[local_date(item.due_at, asked.zone)].ahead.append(item)
        known = _known(connection, week.values(), sight)
    asked.looked_at(known, PATH)
    feed = feed_url(asked.site, rep, asked.now)
    return asked.page("week.html", days=list(week.values()), known=known, feed=feed)


def _known(connection: Connection, days: Iterable[Day], sight: Sight) -> dict[str, Known]:
    """Everybody who is named, by id."""
    whom = {one.lead for day in days for many in (day.meetings, day.ahead) for one in many}
    whom |= {row.task.lead for day in days for row in day.rows}
    found = known_leads(connection, whom)
    return {
        lead: one for lead, one in found.items() if not one.confidential or sight.sees(one.owner, confidential=True)
    }


routes = [page(PATH, _week, REPS)]
