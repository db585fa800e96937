"""Where each role begins: a rep with what is his today, the desk with how everything stands."""

from __future__ import annotations

from starlette.responses import Response

from engine.store import state
from engine.store.lookups import lookups
from engine.web.asked import Asked
from engine.web.routing import DESK, PEOPLE, REPS, page


def _home(asked: Asked) -> Response:
    return asked.go("/day" if asked.visitor.role in REPS else "/board")


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


routes = [page("/", _home, PEOPLE), page("/board", _board, DESK)]
