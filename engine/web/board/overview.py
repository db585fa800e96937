"""The board's first page: how everything stands, and the month's calendar."""

from __future__ import annotations

from datetime import date, timedelta

from starlette.responses import Response

from engine.domain.civil import local_date, utc_date
from engine.stages.plan.passes import horizon_at
from engine.store import state
from engine.store.book.book import horizon
from engine.store.database import Connection
from engine.store.lookups import lookups
from engine.store.lookups.touch_lists import Chosen, counts_by_day
from engine.web.asked import Asked
from engine.web.board.ahead import counts_ahead, forecast_for
from engine.web.board.filters import choices, filters_asked
from engine.web.board.forecasts import Forecast
from engine.web.board.month import Day, days_of, last_shown, month_asked, weeks_of
from engine.web.board.rows import BOARD, query
from engine.web.routing import DESK, page


def _board(asked: Asked) -> Response:
    first, filters = month_asked(asked, query(asked, "month")), filters_asked(asked)
    everything = asked.visitor.role in DESK
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        last = state.get(connection, state.LAST_TICK)
        forecast = forecast_for(asked, connection, last_shown(first))
        answer = asked.page(
            "board.html",
            touches=lookups.touches_by_state(connection) if everything else {},
            deliveries=lookups.deliveries_by_state(connection) if everything else {},
            oldest=lookups.oldest_due(connection, asked.now),
            last_tick=None if last is None else last.at,
            pauses=[f"{one.scope} {one.name}".strip() for one in state.pauses(connection)],
            everything=everything, month=first, today=local_date(asked.now, asked.zone), filters=filters,
            weeks=_weeks(asked, connection, first, filters.chosen(sight), forecast), forecast=forecast,
            choices=choices(asked, connection, sight),
            before=filters.link("/board", month=f"{first - timedelta(days=1):%Y-%m}"),
            after=filters.link("/board", month=f"{first + timedelta(days=31):%Y-%m}"),
        )  # fmt: skip
    if forecast.running:
        answer.headers["Refresh"] = "3"
    return answer


def book_ends(asked: Asked, connection: Connection) -> date:
    """The first civil day that is not in the book as a whole yet."""
    return utc_date(horizon(connection) or horizon_at(asked.now))


def _weeks(
    asked: Asked, connection: Connection, first: date, chosen: Chosen, forecast: Forecast
) -> list[list[Day]]:
    """The month from the book; behind its horizon from the forecast, if there is one."""
    weeks, ends = weeks_of(first), book_ends(asked, connection)
    booked = counts_by_day(connection, weeks[0][0].isoformat(), weeks[-1][-1].isoformat(), chosen)
    planned = counts_ahead(connection, forecast, chosen)
    if forecast.touches is None:
        return days_of(weeks, first, booked, ends)
    known = {day: counts for day, counts in booked.items() if day < ends.isoformat()}
    later = {day: counts for day, counts in planned.items() if day >= ends.isoformat()}
    return days_of(weeks, first, {**known, **later}, ends)


routes = [page("/board", _board, BOARD)]
