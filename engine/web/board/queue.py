"""What waits in a state, the earliest due first: dead letters, drafts, what is held; and deliveries in doubt."""

from __future__ import annotations

from starlette.responses import Response

from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.lookups.customers import rep_names
from engine.store.lookups.sendings import doubts
from engine.store.lookups.touch_lists import Chosen, Place, waiting
from engine.web.asked import Asked
from engine.web.board.rows import BOARD, PAGE, next_page, owners_seen, place_asked, shown
from engine.web.routing import hidden, page

QUEUED: tuple[str, ...] = (*TOUCH_OPEN, Touch.RELEASED, Touch.DEAD, Touch.BOUNCED)
RETRIED = (Touch.DEAD, Touch.BOUNCED)
"""States in which a person may have it tried again."""


def _queue(asked: Asked) -> Response:
    state = asked.request.path_params["state"]
    if state not in QUEUED:
        raise hidden()
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        found = waiting(connection, state, Chosen(owners=owners_seen(sight)), place_asked(asked), PAGE + 1)
        names = rep_names(connection)
    rows = shown(asked, sight, found[:PAGE], "/board/queue/{state}")
    more = next_page(asked, found, found[PAGE - 1].place if len(found) > PAGE else None)
    return asked.page("board_queue.html", state=state, rows=rows, more=more, retried=state in RETRIED, names=names)


def _doubts(asked: Asked) -> Response:
    after = place_asked(asked)
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        found = doubts(connection, owners_seen(sight), after.id if after else 0, PAGE + 1)
    rows = shown(asked, sight, found[:PAGE], "/board/doubts")
    more = next_page(asked, found, Place(0, found[PAGE - 1].id) if len(found) > PAGE else None)
    return asked.page("board_doubts.html", rows=rows, more=more)


routes = [page("/board/queue/{state}", _queue, BOARD), page("/board/doubts", _doubts, BOARD)]
