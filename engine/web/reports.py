"""Reports: a rep sees his own, a manager his team's and each of its reps', the desk everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import get_args
from urllib.parse import urlencode

from starlette.responses import Response

from engine.domain.civil import local_date
from engine.domain.periods import PeriodKind, period_of, reported
from engine.stages.report import scope as scopes
from engine.stages.report.report import Sources, report
from engine.stages.report.scope import Scope
from engine.store.database import Connection
from engine.store.lookups.colleagues import Colleague, colleagues_ever
from engine.web.asked import Asked
from engine.web.report_view import view
from engine.web.routing import DESK, hidden, page

PATH = "/report"


def _first(asked: Asked) -> Response:
    return asked.go(f"{PATH}/weekly")


def _report(asked: Asked) -> Response:
    kind: PeriodKind = asked.request.path_params["kind"]
    if kind not in get_args(PeriodKind):
        raise hidden()
    site, query = asked.site, asked.request.query_params
    rep = query.get("rep", "")
    with site.db.reading() as connection:
        choices = _choices(asked, connection)
        scope = _scope(asked, connection, rep, choices)
        today = local_date(asked.now, scope.zone)
        period = period_of(kind, _day(query["on"])) if query.get("on") else reported(kind, today)
        if period.first > today:
            raise hidden()
        sources = Sources(site.settings, site.books, site.clockwork.calendars)
        told = report(connection, sources, scope, period, asked.now)
    asked.looked_at({one.lead for one in told.unfinished if one.lead}, f"{PATH}/{kind}")
    names = {one.id: one.name for one in scope.reps}
    return asked.page(
        "report.html", **view(told, asked.language, names),
        choices=choices, link=lambda other: _link(other, period.first, rep),
        earlier=_link(kind, period.before().first, rep),
        later=_link(kind, period.until, rep) if period.until <= today else "",
    )  # fmt: skip


def _choices(asked: Asked, connection: Connection) -> Sequence[Colleague]:
    """Those of whom he may ask one by one; a rep has no choice."""
    visitor = asked.visitor
    if visitor.role == "rep":
        return ()
    everybody = colleagues_ever(connection)
    return everybody if visitor.role in DESK else [one for one in everybody if visitor.rep in (one.id, one.manager)]


def _scope(asked: Asked, connection: Connection, rep: str, choices: Sequence[Colleague]) -> Scope:
    visitor, office = asked.visitor, asked.site.settings.office.timezone
    if visitor.role == "rep":
        rep = rep or visitor.rep
        if rep != visitor.rep:
            raise hidden()
    elif rep and rep not in {one.id for one in choices}:
        raise hidden()
    if rep:
        return scopes.of_rep(connection, rep, office)
    if visitor.role in DESK:
        return scopes.of_house(connection, asked.site.settings.company.name, office)
    return scopes.of_manager(connection, visitor.rep, office)


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise hidden() from None
    if not 1900 < found.year < 2200:
        raise hidden()
    return found


def _link(kind: str, day: date, rep: str) -> str:
    return f"{PATH}/{kind}?" + urlencode({"on": day.isoformat()} | ({"rep": rep} if rep else {}))


routes = [page(PATH, _first), page(PATH + "/{kind}", _report)]
