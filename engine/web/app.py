"""The whole site: the lists of routes put together, and the pages for what goes wrong."""

from __future__ import annotations

import secrets

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from engine.store.failures import may_pass
from engine.web import (
    actions,
    assets,
    customer,
    day,
    drafts,
    feed,
    handover,
    health,
    home,
    language,
    login,
    metrics,
    pool,
    reports,
    sign_link,
    surveys,
    task_link,
    unsubscribe,
    week,
)
from engine.web.api import inlets, openapi
from engine.web.api.caller import Pace
from engine.web.api.problems import problem
from engine.web.attempts import Attempts
from engine.web.board import pages as board
from engine.web.board.forecasts import Forecasts
from engine.web.guard import Guard
from engine.web.rendering import Viewer, render
from engine.web.site import Site
from engine.web.visitors import NOBODY
from engine.web.wording import accepted_language

log = structlog.get_logger(__name__)

NUMBER = "X-Request-Id"
"""The header with the number of a request that failed."""

ROUTES = [
    *health.routes,
    *metrics.routes,
    *inlets.routes,
    *openapi.routes,
    *assets.routes,
    *login.routes,
    *language.routes,
    *home.routes,
    *actions.routes,
    *day.routes,
    *week.routes,
    *feed.routes,
    *customer.routes,
    *drafts.routes,
    *reports.routes,
    *sign_link.routes,
    *task_link.routes,
    *pool.routes,
    *handover.routes,
    *surveys.routes,
    *unsubscribe.routes,
    *board.routes,
]
"""Every page. A room of pages adds its list here; see docs/architecture.md."""

AWAY = 5
"""Seconds after which it is worth asking again where the database did not answer: about what a restart takes. Ours."""

_OUR_FAULT = {
    500: "it is our fault, and nothing was changed; send it again",
    503: "the database does not answer just now; send it again, with the same Idempotency-Key if it had one",
}
_WORDED = {400: "form", 404: "missing", 405: "missing", 413: "large", 429: "busy"}


def create_app(site: Site) -> ASGIApp:
    """The ASGI application of that site."""
    app = Starlette(
        routes=ROUTES,
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    app.router.redirect_slashes = False
    app.state.site = site
    app.state.attempts = Attempts()
    app.state.pace = Pace()
    app.state.forecasts = Forecasts()
    return Guard(app, site.hosts)  # around everything, also the page for what failed


def _refused(request: Request, error: Exception) -> Response:
    """What is not there and what is not for him look alike."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if _of_a_program(request):
        return problem(status, **dict(getattr(error, "headers", None) or {}))
    status = 404 if status in (401, 403) else status
    return _error_page(request, status, _WORDED.get(status, "missing"))


def _failed(request: Request, error: Exception) -> Response:
    """Whoever asks is given a number, and the log has it: with it both can be told of without telling of anybody."""
    number = secrets.token_hex(4)
    route = request.scope.get("route")
    log.error(
        "page_failed", request=number, page=getattr(route, "path", ""), error=type(error).__name__, exc_info=error
    )
    status = 503 if may_pass(error) else 500
    if _of_a_program(request):
        answer = problem(status, f"{_OUR_FAULT[status]}. If you ask us about it, say {number}")
    else:
        answer = _error_page(request, status, "failed", number)
    answer.headers[NUMBER] = number
    if status == 503:
        answer.headers["Retry-After"] = str(AWAY)
    return answer


def _of_a_program(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _error_page(request: Request, status: int, what: str, number: str = "") -> Response:
    defaults = request.app.state.site.settings.defaults
    spoken = accepted_language(request.headers.get("accept-language", ""), defaults.locale)
    viewer = Viewer(NOBODY, "", spoken, defaults.timezone, request.url.path)
    return HTMLResponse(render("error.html", viewer, str, {"what": what, "number": number}), status)
