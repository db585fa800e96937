"""The board's first page: how everything stands."""

from __future__ import annotations

from starlette.responses import Response

from engine.store import state
from engine.store.lookups import lookups
from engine.web.asked import Asked
from engine.web.board.rows import BOARD
from engine.web.routing import DESK, page


def _board(asked: Asked) -> Response:
    everything = asked.visitor.role in DESK
    with asked.site.db.reading() as connection:
        last = state.get(connection, state.LAST_TICK)
        return asked.page(
            "board.html",
            touches=lookups.touches_by_state(connection) if everything else {},
            deliveries=lookups.deliveries_by_state(connection) if everything else {},
            oldest=lookups.oldest_due(connection, asked.now),
            last_tick=None if last is None else last.at,
            pauses=[f"{one.scope} {one.name}".strip() for one in state.pauses(connection)],
            everything=everything,
        )


routes = [page("/board", _board, BOARD)]
