"""Changing rules while the daemon runs: check everything first, then one swap; a bad file changes nothing.

The generation lives in the database, so any process may put one in force; every daemon takes it up at its
next pass. A rejected reload is remembered until one succeeds, and `status` says so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from engine.desk.edits import NotConfirmed
from engine.ground.errors import BadConfig, FollowupError
from engine.rulebook.model import Quarantined
from engine.service.app import App, adopt_rules
from engine.service.heart import behind
from engine.store import state
from engine.store.book.generations import active_id

PATIENCE = 30.0
"""Seconds that `reload --wait` gives daemons to take up the new rules, at least two passes."""


@dataclass(frozen=True)
class Reloaded:
    """What a reload did. `taken_up` is None when nobody waited; `quarantined` rules are not in force."""

    generation: int
    changed: bool
    taken_up: bool | None = None
    quarantined: tuple[Quarantined, ...] = ()


def reload(app: App, *, wait: bool, confirmed: bool = False) -> Reloaded:
    """Check the folder and put it in force. BadConfig and NotConfirmed leave the old rules and are remembered."""
    with app.db.reading() as connection:
        before = active_id(connection)
    try:
        adopted = adopt_rules(app, confirmed=confirmed)
    except (BadConfig, NotConfirmed) as error:
        remember_rejection(app, error)
        raise
    with app.db.writing() as connection:
        state.forget(connection, state.REJECTED_RELOAD)
    taken_up = _wait_until_taken_up(app, adopted.generation) if wait else None
    return Reloaded(adopted.generation, adopted.generation != before, taken_up, adopted.quarantined)


def remember_rejection(app: App, error: FollowupError) -> None:
    """Keep what was wrong, for `status` and the pages."""
    problems = [str(problem) for problem in error.problems] if isinstance(error, BadConfig) else str(error).split("\n")
    with app.db.writing() as connection:
        state.put(connection, state.REJECTED_RELOAD, problems, app.clock.now())


def _wait_until_taken_up(app: App, generation: int) -> bool:
    """FollowupError if not every daemon that lives works with the generation in time, or none does."""
    patience = max(PATIENCE, 2 * app.settings.service.tick)
    until = time.monotonic() + patience
    while True:
        now = app.db.now()
        with app.db.reading() as connection:
            fact = state.get(connection, state.IN_FORCE)
            late = behind(connection, generation, now)
        known = fact is not None and fact.value == generation
        if known and not late:
            return True
        if time.monotonic() > until:
            break
        time.sleep(0.1)
    if known:
        raise FollowupError(f"the rules are in force, but {', '.join(late)} did not take them up in {patience:.0f} s")
    raise FollowupError("the rules are in force, but no daemon has taken them up; is one running?")
