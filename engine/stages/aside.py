"""Sets aside whom nobody can read, so that everybody else is served; and takes them back once their rows are mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from engine.domain.civil import DAY
from engine.ground.errors import FollowupError
from engine.settings.model import Settings
from engine.store import state
from engine.store.aside.checks import Malformed, malformed, malformed_reps
from engine.store.aside.rows import aside, aside_since, looked_at, set_aside
from engine.store.database import Connection, Database

log = structlog.get_logger(__name__)

LOOK_AGAIN = 600
"""Seconds between two looks at those who are set aside, if nothing tells of a change. Ours."""


def look_over(db: Database, settings: Settings, now: int) -> list[Malformed]:
    """Look at every row that a stage may read, and set aside whom it finds; those that are new."""
    with db.reading() as connection:
        found = list(malformed(connection, settings.vocabularies.statuses))
    if not found:
        return []
    with db.writing() as connection:
        new = set_aside(connection, found, now)
    for one in new:
        log.error("row_malformed", lead=one.lead, touch=one.touch, table=one.kind, field=one.field, reason=one.problem)
    return new


def daily_look(db: Database, settings: Settings, now: int) -> None:
    """Look over everything once a day: for rows over which no stage stumbles, but which say what nobody meant."""
    with db.reading() as connection:
        last = state.get(connection, state.LOOKED_OVER)
    if last is not None and last.at // DAY == now // DAY:
        return
    look_over(db, settings, now)
    with db.writing() as connection:
        state.put(connection, state.LOOKED_OVER, {}, now)


def look_again(db: Database, settings: Settings, now: int, every: int = LOOK_AGAIN) -> None:
    """Look at those who are set aside, whom nobody has looked at for `every` seconds."""
    with db.reading() as connection:
        leads = aside_since(connection, now - every + 1)
    if leads:
        with db.writing() as connection:
            _looked_at(connection, settings, leads, now)


def those_sound(connection: Connection, settings: Settings, leads: Sequence[str], now: int) -> tuple[str, ...]:
    """Those of these leads, about whom something changed, that are not set aside, or no longer."""
    out = aside(connection).intersection(leads)
    if out:
        out -= set(_looked_at(connection, settings, sorted(out), now))
    return tuple(one for one in leads if one not in out or one == "")


def _looked_at(connection: Connection, settings: Settings, leads: Sequence[str], now: int) -> list[str]:
    found = list(malformed(connection, settings.vocabularies.statuses, leads))
    mended = looked_at(connection, leads, found, now)
    for one in mended:
        log.info("row_mended", lead=one)
    return mended


class MalformedReps(FollowupError):
    """Reps whose rows cannot be read, one a line, by id, without what stands there."""


class Isolation:
    """What a daemon remembers of its searches for rows that cannot be read."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._in_vain_at: int | None = None

    def around(self, work: Callable[[], None], now: int) -> None:
        """Do it; if it fails and rows are found that cannot be read, set aside whom they are about, and do it again.

        MalformedReps: it fails for reps, on whom too much hangs to go on. Anything else is raised as it is.
        """
        try:
            work()
            return
        except FollowupError:
            raise
        except Exception:  # whatever a value may bring about that nobody wrote so
            if self._in_vain_at is not None and now - self._in_vain_at < LOOK_AGAIN:
                raise
            if not look_over(self._db, self._settings, now):
                self._in_vain_at = now
                self._name_reps()
                raise
        work()

    def _name_reps(self) -> None:
        with self._db.reading() as connection:
            lines = [one.told for one in malformed_reps(connection)]
        if lines:
            raise MalformedReps("\n".join([*lines[:MOST], "nothing goes on before they are mended"]))


MOST = 20
"""Reps that are named; whoever mends these is told of the next. Ours."""
