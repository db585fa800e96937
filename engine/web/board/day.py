"""A day of the calendar: what is due on it, page by page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from starlette.responses import Response

from engine.store.database import Connection
from engine.store.lookups.customers import rep_names
from engine.store.lookups.touch_lists import Chosen, Listed, Place, due_on
from engine.web.asked import Asked
from engine.web.board.ahead import Planned, forecast_for, rows_ahead
from engine.web.board.filters import filters_asked
from engine.web.board.forecasts import Forecast
from engine.web.board.overview import book_ends
from engine.web.board.rows import BOARD, PAGE, next_page, place_asked, shown
from engine.web.routing import hidden, page

_DAY = re.compile(r"20\d\d-\d\d-\d\d")


def _due(asked: Asked) -> Response:
    day, filters = _day(asked), filters_asked(asked)
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        forecast = forecast_for(asked, connection, day)
        ahead = day >= book_ends(asked, connection)
        planned = ahead and forecast.touches is not None
        page_of = _planned if planned else _booked
        found, place = page_of(asked, connection, forecast, filters.chosen(sight), day)
        names = rep_names(connection)
    return asked.page(
        "board_day.html", day=day, rows=shown(asked, sight, found[:PAGE], "/board/day/{day}"), ahead=ahead,
        planned=planned, forecast=forecast, more=next_page(asked, found, place), filters=filters, names=names,
        before=filters.on(day - timedelta(days=1)), after=filters.on(day + timedelta(days=1)),
        month=filters.link("/board", month=f"{day:%Y-%m}"),
    )  # fmt: skip


def _booked(
    asked: Asked, connection: Connection, _forecast: Forecast, chosen: Chosen, day: date
) -> tuple[Sequence[Listed], Place | None]:
    found = due_on(connection, day.isoformat(), chosen, place_asked(asked), PAGE + 1)
    return found, found[PAGE - 1].place if len(found) > PAGE else None


def _planned(
    asked: Asked, connection: Connection, forecast: Forecast, chosen: Chosen, day: date
) -> tuple[Sequence[Planned], Place | None]:
    """A forecast's rows are counted through: the place is how many were shown."""
    place = place_asked(asked)
    begins = place.id if place else 0
    return rows_ahead(connection, forecast, chosen, day)[begins : begins + PAGE + 1], Place(0, begins + PAGE)


def _day(asked: Asked) -> date:
    text = asked.request.path_params["day"]
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise hidden() from None


routes = [page("/board/day/{day}", _due, BOARD)]
