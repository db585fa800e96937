"""Each daemon's sign of life in the database, and the rules it works with: `reload --wait` waits for all that live."""

from __future__ import annotations

from engine.service.app import App
from engine.store import state
from engine.store.database import Connection

EVERY = 10.0
"""Seconds between two signs of life. Ours."""
ALIVE = 25
"""Seconds after the last one in which a daemon counts as living: two may be late. Ours."""
FORGOTTEN = 86_400
"""Seconds after which one that ended without a word is forgotten."""


class Heart:
    """That of one daemon. Its instants are the store's, the one clock that all daemons share."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._generation: int | None = None

    def begin(self) -> None:
        """The first sign. Those of a SQLite file's daemons before are none: there is one at a time."""
        now = self._app.db.now()
        with self._app.db.writing() as connection:
            state.forget_daemons(connection, now if self._app.alone else now - FORGOTTEN)
        self.beat()

    def beat(self) -> None:
        """We live."""
        now = self._app.db.now()
        with self._app.db.writing() as connection:
            state.put(connection, state.DAEMON + self._app.worker, {"generation": self._generation}, now)

    def works_with(self, generation: int | None) -> None:
        """We have taken up these rules."""
        if generation != self._generation:
            self._generation = generation
            self.beat()

    def stop(self) -> None:
        """We end."""
        with self._app.db.writing() as connection:
            state.forget(connection, state.DAEMON + self._app.worker)


def behind(connection: Connection, generation: int, now: int) -> list[str]:
    """The daemons that live and do not work with that generation yet. `now` is the store's."""
    found = state.daemons(connection, now - ALIVE)
    return sorted(worker for worker, said in found.items() if said.get("generation") != generation)
