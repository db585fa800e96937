"""The rules in force: whether each works, what it did in the last week, and when it is due next."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from engine.domain.civil import local_date
from engine.store import state
from engine.store.book.generations import active_generation
from engine.store.lookups.rule_figures import NOTHING, rule_figures
from engine.web.asked import Asked
from engine.web.routing import DESK, page

BEFORE, AHEAD = timedelta(days=7), timedelta(days=3)
"""Days before today that the figures are about, and ahead, as far as the book reaches at most."""


def _rules(asked: Asked) -> Response:
    today = local_date(asked.now, asked.zone)
    with asked.site.db.reading() as connection:
        generation, stored = asked.site.books.active(connection), active_generation(connection)
        figures = rule_figures(connection, (today - BEFORE).isoformat(), (today + AHEAD).isoformat())
        stopped = state.pauses(connection)
        rejected = state.get(connection, state.REJECTED_RELOAD)
    book = generation.book if generation else None
    return asked.page(
        "board_rules.html",
        rules=sorted(book.rules, key=lambda rule: rule.id) if book else [],
        quarantined=book.quarantined if book else (), generation=stored, rejected=rejected,
        figures=figures, nothing=NOTHING, paused={one.name for one in stopped if one.scope == "rule"},
    )  # fmt: skip


routes = [page("/board/rules", _rules, DESK)]
