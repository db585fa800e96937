"""Every page of the board."""

from __future__ import annotations

from engine.web.board import overview, queue, touches

routes = [*overview.routes, *queue.routes, *touches.routes]
