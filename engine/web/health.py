"""/healthz: whether the process answers and reaches its database, for a monitor."""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

log = structlog.get_logger(__name__)


def _healthz(request: Request) -> Response:
    try:
        request.app.state.site.db.now()
    except Exception as error:  # whatever it is, the monitor has to hear of it
        log.warning("unhealthy", error=type(error).__name__)
        return PlainTextResponse("the database cannot be reached\n", 503)
    return PlainTextResponse("ok\n")


routes = [Route("/healthz", _healthz, methods=["GET"])]
