"""The daemon and its rules: those it begins with, those it takes up, and what the log says of those left out."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from engine.desk.edits import NotConfirmed
from engine.ground.errors import BadConfig
from engine.service.app import App
from engine.service.notify import reloading
from engine.service.reload import Reloaded, reload
from engine.store import state
from engine.store.book.generations import active_id

log = structlog.get_logger(__name__)


def begin(app: App) -> None:
    """Put the folder's rules in force. If they need a yes first, begin with those that were in force last."""
    try:
        _tell_quarantined(reload(app, wait=False))
    except NotConfirmed:
        log.error("reload_not_confirmed")  # `status` has the numbers


def reload_at_once(app: App) -> None:
    """Upon SIGHUP. Bad rules change nothing."""
    with reloading():
        try:
            _tell_quarantined(reload(app, wait=False))
        except BadConfig as error:
            log.error("reload_rejected", problems=[str(problem) for problem in error.problems])
        except NotConfirmed:
            log.error("reload_not_confirmed")  # `status` has the numbers


def take_up(app: App, works_with: Callable[[int | None], None] = lambda _generation: None) -> str:
    """Tell `reload --wait` which generation this daemon works with; in words, how its rules stand."""
    with app.db.reading() as connection:
        generation = active_id(connection)
        known = state.get(connection, state.IN_FORCE)
        rejected = state.get(connection, state.REJECTED_RELOAD)
        paused = any(pause.scope == "all" for pause in state.pauses(connection))
    if known is None or known.value != generation:
        with app.db.writing() as connection:
            state.put(connection, state.IN_FORCE, generation, app.clock.now())
        log.info("rules_in_force", generation=generation)
    works_with(generation)
    told = {f"generation {generation} in force": True, "a reload was rejected": rejected, "paused": paused}
    return "; ".join(words for words, holds in told.items() if holds)


def _tell_quarantined(done: Reloaded) -> None:
    """Each rule that is not in force, and why."""
    for one in done.quarantined:
        log.error("rule_quarantined", rule=one.id, place=f"{one.file}:{one.line}", problems=list(one.problems))
