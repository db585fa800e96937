"""Where each role begins: a rep with what is his today, the desk with how everything stands."""

from __future__ import annotations

from starlette.responses import Response

from engine.web.asked import Asked
from engine.web.routing import PEOPLE, REPS, page


def _home(asked: Asked) -> Response:
    return asked.go("/day" if asked.visitor.role in REPS else "/board")


routes = [page("/", _home, PEOPLE)]
