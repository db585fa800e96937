"""What of several daemons one does for all: looking at feeds, pulling sources, reading the mailbox."""

from __future__ import annotations

from collections.abc import Callable

from engine.service.app import App
from engine.store import state
from engine.store.turns import SILENCE, turn

_NEARLY = 0.9
"""Of the time between two looks; the clocks of daemons, and how long each look takes, differ a little."""


def in_our_slot(app: App, task: str, every: float, work: Callable[[], None], silence: float = SILENCE) -> bool:
    """Do it, unless another daemon is at it or has begun it within the last `every` seconds; whether we did.

    `silence`: seconds for which it may wait for somebody else's server before another daemon takes it over.
    """
    if app.alone:
        work()
        return True
    with turn(app.db, task, silence) as mine:
        if mine and (mine := _is_due(app, task, every)):
            work()
        return mine


def _is_due(app: App, task: str, every: float) -> bool:
    name, now = f"slot:{task}", app.clock.now()
    with app.db.reading() as connection:
        last = state.get(connection, name)
    if last is not None and 0 <= now - last.at < every * _NEARLY:
        return False
    with app.db.writing() as connection:
        state.put(connection, name, app.worker, now)
    return True
