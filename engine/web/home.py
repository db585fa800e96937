"""The home page."""

from __future__ import annotations

from starlette.responses import Response

from engine.web.asked import Asked
from engine.web.routing import page


def _home(asked: Asked) -> Response:
    return asked.page("home.html")


routes = [page("/", _home)]
