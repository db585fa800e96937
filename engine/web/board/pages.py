"""Every page of the board."""

from __future__ import annotations

from engine.web.board import ahead, day, lead, overview, queue, touches, why

routes = [
    *overview.routes,
    *ahead.routes,
    *day.routes,
    *queue.routes,
    *touches.routes,
    *lead.routes,
    *why.routes,
]
