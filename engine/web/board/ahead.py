"""The calendar behind the book's horizon: asking for a forecast, and its touches narrowed and named like others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from engine.desk.folder import Checked
from engine.desk.planning import PlannedTouch, Span, planned_touches
from engine.domain.civil import day_start, local_date
from engine.domain.words import Audience
from engine.store.book.generations import active_generation
from engine.store.database import Connection
from engine.store.lookups.customers import Known, has_more_leads, known_leads
from engine.store.lookups.touch_lists import Chosen
from engine.web.asked import Asked
from engine.web.board.filters import filters_asked
from engine.web.board.forecasts import MOST_DAYS, MOST_LEADS, Forecast, Forecasts
from engine.web.board.month import last_shown, month_asked
from engine.web.board.rows import BOARD
from engine.web.routing import act

NOBODY = Known("", None, confidential=False)


@dataclass(frozen=True)
class Planned:
    """A touch of a forecast with its customer, as lists show it. `due`: HH:MM by its receiver's clock."""

    rule: str
    step: str
    audience: str
    receiver: str
    state: str
    why: str
    due: str
    lead: str
    name: str | None
    owner: str | None
    confidential: bool


def forecast_for(asked: Asked, connection: Connection, until: date) -> Forecast:
    """The forecast that reaches to that day; else why there is none."""
    today = local_date(asked.now, asked.zone)
    if until > today + timedelta(days=MOST_DAYS):
        return Forecast(refusal="far")
    if has_more_leads(connection, MOST_LEADS):
        return Forecast(refusal="large")
    generation = asked.site.books.active(connection)
    return _forecasts(asked).of((generation.id if generation else 0, today), until)


def counts_ahead(connection: Connection, forecast: Forecast, chosen: Chosen) -> dict[str, Counter[str]]:
    """How many come up on each day (ISO), by state."""
    found: dict[str, Counter[str]] = {}
    for touch, _ in _fitting(connection, forecast, chosen):
        found.setdefault(touch.comes_up_at[:10], Counter())[touch.state] += 1
    return found


def rows_ahead(connection: Connection, forecast: Forecast, chosen: Chosen, day: date) -> list[Planned]:
    """What comes up on that day by its receivers' calendars, the earliest first."""
    found = [pair for pair in _fitting(connection, forecast, chosen) if pair[0].comes_up_at[:10] == day.isoformat()]
    leads = known_leads(connection, {touch.lead for touch, _ in found})
    rows = (_planned(touch, leads.get(touch.lead)) for touch, _ in found)
    return sorted(rows, key=lambda row: row.due)


def _fitting(connection: Connection, forecast: Forecast, chosen: Chosen) -> Iterator[tuple[PlannedTouch, Known]]:
    touches = forecast.touches or ()
    leads = known_leads(connection, {touch.lead for touch in touches}) if chosen.asks_lead else {}
    for touch in touches:
        customer = leads.get(touch.lead, NOBODY)
        if _fits(touch, customer, chosen):
            yield touch, customer


def _fits(touch: PlannedTouch, customer: Known, chosen: Chosen) -> bool:
    """The same as the statement says for touches of the book."""
    to_his = touch.audience == Audience.LEAD and customer.owner == chosen.rep
    return (
        chosen.rule in ("", touch.rule)
        and chosen.category in ("", touch.category)
        and (not chosen.states or touch.state in chosen.states)
        and (chosen.rep in ("", touch.receiver) or to_his)
        and (chosen.owners is None or customer.owner in chosen.owners)
    )


def _planned(touch: PlannedTouch, customer: Known | None) -> Planned:
    known = customer or NOBODY
    return Planned(
        touch.rule, touch.step, touch.audience, touch.receiver, touch.state, touch.policy or touch.reason or "",
        touch.comes_up_at[11:16], touch.lead, customer.name if customer else None, known.owner, known.confidential,
    )  # fmt: skip


def _begin(asked: Asked) -> Response:
    """Work the month out; the page it leads back to says so until it is done."""
    first = month_asked(asked, asked.field("month"))
    until = last_shown(first)
    settings, db = asked.site.settings, asked.site.db
    with db.reading() as connection:
        allowed = not forecast_for(asked, connection, until).refusal.startswith(("far", "large"))
        generation, stored = asked.site.books.active(connection), active_generation(connection)
    if generation is not None and stored is not None and allowed:
        checked = Checked(generation.book, stored.rules, stored.templates)
        span = Span(asked.now, asked.now, day_start(until + timedelta(days=2), asked.zone))
        key = (generation.id, local_date(asked.now, asked.zone))
        _forecasts(asked).begin(key, until, asked.now, lambda: planned_touches(db, settings, checked, span))
    return asked.go(filters_asked(asked).link("/board", month=f"{first:%Y-%m}"))


def _forecasts(asked: Asked) -> Forecasts:
    held: Forecasts = asked.request.app.state.forecasts
    return held


routes = [act("/board/forecast", _begin, BOARD)]
