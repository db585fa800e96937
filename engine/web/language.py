"""The language switch: a cookie that comes before what we know of the visitor."""

from __future__ import annotations

from starlette.responses import Response

from engine.web.asked import Asked, language_cookie
from engine.web.paths import path_of_ours
from engine.web.routing import act, hidden
from engine.web.wording import LANGUAGES


def _switch(asked: Asked) -> Response:
    wanted = asked.field("language")
    if wanted not in LANGUAGES:
        raise hidden()
    response = asked.go(path_of_ours(asked.field("next")))
    asked.put_cookie(response, language_cookie(asked.site), wanted)
    return response


routes = [act("/language", _switch, None)]
