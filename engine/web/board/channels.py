"""How the channels do, and the buttons that stop one and let it go on."""

from __future__ import annotations

from starlette.responses import Response

from engine.domain.civil import DAY
from engine.store import state
from engine.store.lookups.channel_health import channel_health
from engine.web.asked import Asked
from engine.web.routing import DESK, page

SPANS = {"day": DAY, "week": 7 * DAY}


def _channels(asked: Asked) -> Response:
    span = asked.request.query_params.get("span", "")
    span = span if span in SPANS else "day"
    channels = asked.site.settings.channels
    with asked.site.db.reading() as connection:
        rows = channel_health(connection, tuple(channels), asked.now - SPANS[span])
        stopped = state.pauses(connection)
    return asked.page(
        "board_channels.html", rows=rows, kinds={name: one.kind for name, one in channels.items()}, span=span,
        spans=tuple(SPANS), paused={one.name for one in stopped if one.scope == "channel"},
    )  # fmt: skip


routes = [page("/board/channels", _channels, DESK)]
