"""Every page of the board."""

from __future__ import annotations

from engine.web.board import ahead, channels, day, lead, overview, pauses, queue, rules, touches, why, world

routes = [
    *overview.routes,
    *ahead.routes,
    *day.routes,
    *queue.routes,
    *touches.routes,
    *lead.routes,
    *why.routes,
    *rules.routes,
    *world.routes,
    *channels.routes,
    *pauses.routes,
]
