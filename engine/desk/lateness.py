"""How late each stage is: what `status` shows, and what a monitor asks for."""

from __future__ import annotations

from engine.domain.civil import DAY
from engine.stages.plan.passes import horizon_at
from engine.store.book.book import horizon
from engine.store.database import Connection
from engine.store.lookups.gauges import oldest

LATE_SECONDS, VERY_LATE_SECONDS = 300, 900
"""From when on lateness is worth a look, and worth an alarm. Ours; deploy/alerts.yaml has the second."""


def lags(connection: Connection, now: int) -> dict[str, int]:
    """Seconds that the oldest that is due waits for each stage, 0 where nothing does; what is paused does not count."""
    found = oldest(connection, now)
    unplanned = [at for at in (found.plan, _unplanned_since(connection, now)) if at is not None]
    since = {"plan": min(unplanned, default=None), "release": found.release, "compose": found.compose,
             "dispatch": found.dispatch}  # fmt: skip
    return {stage: 0 if at is None else max(now - at, 0) for stage, at in since.items()}


def _unplanned_since(connection: Connection, now: int) -> int | None:
    """Since when the book should reach further than it does; None: it reaches far enough."""
    reached = horizon(connection)
    if reached is None or reached >= horizon_at(now):
        return None
    return now // DAY * DAY - (horizon_at(now) - reached) + DAY
