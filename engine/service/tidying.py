"""The daemon's turn to put away what has become old."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from engine.service.app import App
from engine.stages.tidy.archive import Limits, archive

log = structlog.get_logger(__name__)

TIDY_EVERY = 3600.0
"""Seconds between two turns. Ours: what becomes old does so once a day."""
ROWS = 200_000
"""Rows that a turn moves at most: what years have left is moved within days, and nobody notices. Ours."""


def tidy_up(app: App, stopped: Callable[[], bool]) -> None:
    """Move what is old enough to the archive, as far as a turn goes."""
    moved = archive(app.db, app.settings.retention, app.clock.now(), Limits(ROWS, stopped))
    if moved:
        log.info("archived", counts={table: rows for table, rows in moved.items() if rows})
