"""Stopping and going on from the board: what is paused, by whom, and the buttons."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.ground.errors import UsageError
from engine.stages import pausing
from engine.store import state
from engine.web.asked import Asked
from engine.web.routing import DESK, act, page

BACK = {"pauses": "/board/pauses", "rules": "/board/rules", "channels": "/board/channels"}
"""The pages with such buttons, by how their forms say where they stand."""


def _pauses(asked: Asked) -> Response:
    with asked.site.db.reading() as connection:
        stopped = state.pauses(connection)
        generation = asked.site.books.active(connection)
    settings = asked.site.settings
    offered = {
        "rule": sorted(rule.id for rule in generation.book.rules) if generation else [],
        "channel": list(settings.channels), "category": list(settings.vocabularies.categories),
    }  # fmt: skip
    return asked.page("board_pauses.html", stopped=stopped, offered=offered, engine=(state.HOLD, state.CLOCK_JUMP))


def _pause(asked: Asked) -> Response:
    scope, name = _asked_for(asked)
    pausing.pause(asked.site.db, scope, name, asked.visitor.name, asked.now)
    return asked.go(BACK.get(asked.field("back"), "/board/pauses"))


def _resume(asked: Asked) -> Response:
    """What is stopped may be let go on whether or not it still exists."""
    scope = asked.field("scope")
    if scope not in state.SCOPES:
        raise HTTPException(400)
    name = "" if scope == "all" else asked.field("name")
    pausing.resume(asked.site.db, scope, name, asked.visitor.name, asked.now)
    return asked.go(BACK.get(asked.field("back"), "/board/pauses"))


def _asked_for(asked: Asked) -> tuple[str, str]:
    scope = asked.field("scope")
    if scope not in state.SCOPES:
        raise HTTPException(400)
    name = "" if scope == "all" else asked.field("name")
    try:
        with asked.site.db.reading() as connection:
            pausing.must_exist(connection, asked.site.settings, asked.site.books, scope, name)
    except UsageError as error:
        raise HTTPException(400) from error
    return scope, name


routes = [
    page("/board/pauses", _pauses, DESK),
    act("/board/pause", _pause, DESK),
    act("/board/resume", _resume, DESK),
]
