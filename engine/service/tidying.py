"""The daemon's turn to go through everything: to put away what has become old, and to find what nobody can read."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from engine.service.app import App
from engine.stages.aside import daily_look
from engine.stages.tidy.archive import archive
from engine.stages.tidy.drop import drop
from engine.stages.tidy.limits import Limits

log = structlog.get_logger(__name__)

TIDY_EVERY = 3600.0
"""Seconds between two turns. Ours: what becomes old does so once a day."""
ROWS = 200_000
"""Rows that a turn moves at most: what years have left is moved within days, and nobody notices. Ours."""


def tidy_up(app: App, stopped: Callable[[], bool]) -> None:
    """Move what is old enough to the archive, drop texts that are, and once a day look over all rows.

    The look reads whole tables, four seconds of CPU among a million customers, so no tick waits for it.
    """
    retention, now, limits = app.settings.retention, app.clock.now(), Limits(ROWS, stopped)
    daily_look(app.db, app.settings, now)
    for told, put_away in (("archived", archive), ("dropped", drop)):
        if done := put_away(app.db, retention, now, limits):
            log.info(told, counts={what: rows for what, rows in done.items() if rows})
