"""Stopping and going on, at once: everything, or one rule, channel or category. What is due waits meanwhile."""

from __future__ import annotations

from engine.settings.model import Settings
from engine.stages.books import Books
from engine.stages.known import known_word
from engine.store import state
from engine.store.database import Connection, Database


def pause(db: Database, scope: str, name: str, actor: str, now: int) -> bool:
    """Stop it; False if it was stopped already. `scope` is one of state.SCOPES; of "all" the name is ""."""
    with db.writing() as connection:
        return state.set_pause(connection, scope, name, actor, now)


def resume(db: Database, scope: str, name: str, actor: str, now: int) -> bool:
    """Go on; False if it was not stopped. Of "all", also after `run --hold` and after a clock that jumped."""
    names = (name, state.HOLD, state.CLOCK_JUMP) if scope == "all" else (name,)
    with db.writing() as connection:
        lifted = [one for one in names if state.lift_pause(connection, scope, one)]
        if state.CLOCK_JUMP in lifted:
            # Somebody has looked: the next jump is counted from here, else this one would be found again.
            state.put(connection, state.LAST_TICK, {"worker": actor}, now)
    return bool(lifted)


def must_exist(connection: Connection, settings: Settings, books: Books, scope: str, name: str) -> None:
    """UsageError: there is no such rule in force, channel or category."""
    if scope == "channel":
        known_word("channel", name, tuple(settings.channels))
    if scope == "category":
        known_word("category", name, settings.vocabularies.categories)
    if scope == "rule":
        active = books.active(connection)
        known_word("rule", name, [rule.id for rule in active.book.rules] if active else [], "followup rules list")
