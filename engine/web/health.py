"""/healthz: whether the process answers and reaches its database. /readyz: whether all of it is at work.

Both are for programs that ask every few seconds, without a token; they name no more than what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from engine.store import state
from engine.store.book.generations import active_id
from engine.store.upgrade import SchemaState, schema_state
from engine.web.site import Site

log = structlog.get_logger(__name__)

LATE = 120.0
"""Seconds that a tick may be late before this house counts as not at work; besides, three turns. Ours."""


def _healthz(request: Request) -> Response:
    try:
        with request.app.state.site.db.reading() as connection:
            connection.exec_driver_sql("SELECT 1")
    except Exception as error:  # whatever it is, the monitor has to hear of it
        log.warning("unhealthy", error=type(error).__name__)
        return PlainTextResponse("the database cannot be reached\n", 503)
    return PlainTextResponse("ok\n")


def _readyz(request: Request) -> Response:
    try:
        missing = list(_missing(request.app.state.site))
    except Exception as error:  # as above
        log.warning("unready", error=type(error).__name__)
        missing = ["the database cannot be reached"]
    if missing:
        return PlainTextResponse("".join(f"{one}\n" for one in missing), 503)
    return PlainTextResponse("ok\n")


def _missing(site: Site) -> Iterator[str]:
    if schema_state(site.db) is not SchemaState.OK:
        yield "the database has another schema than this release"
        return
    with site.db.reading() as connection:
        generation, last = active_id(connection), state.get(connection, state.LAST_TICK)
    if generation is None:
        yield "no rules are in force"
    if last is None:
        yield "no daemon has ticked yet"
    elif site.clock.now() - last.at > LATE + 3 * site.settings.service.tick:
        yield "the last tick is too long ago"


routes = [Route("/healthz", _healthz, methods=["GET"]), Route("/readyz", _readyz, methods=["GET"])]
