"""Waking the other daemons of a PostgreSQL database when there is something to send: NOTIFY, and who listens.

Only a wake-up: whoever hears nothing, behind a pooler that passes nothing on or while the server restarts, finds the
same at his next pass. So what listens has a connection of its own, which may fail.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Connection, text

from engine.store.database import Database

CHANNEL = "followup_due"
_RETRY = 30.0
"""Seconds after which a connection that failed is tried again."""
_LOOK_UP = 1.0
"""Seconds between two looks whether the daemon ends."""
_PATIENCE = 5.0
"""Seconds that the end of a daemon waits for it: a connection that is being made cannot be called off."""
_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', current_schema())")

log = structlog.get_logger(__name__)


def wake_daemons(connection: Connection) -> None:
    """With the commit of this transaction, tell all daemons that something was written that is to be sent."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY)


class Ear:
    """A thread that calls `heard` whenever a daemon told of something to send. On SQLite it does nothing."""

    def __init__(self, db: Database, heard: Callable[[], None]) -> None:
        self._db = db
        self._heard = heard
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="ear", daemon=True)

    def start(self) -> None:
        if self._db.dialect == "postgresql":
            self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def _listen(self) -> None:
        import psycopg  # 9 MB, which a house on SQLite does without

        while not self._ending.is_set():
            try:
                self._listen_until_it_fails(psycopg.connect)
            except psycopg.Error as error:
                log.info("deaf", error=type(error).__name__)
                self._ending.wait(_RETRY)

    def _listen_until_it_fails(self, connect: Callable[..., Any]) -> None:
        arguments, options = self._db.engine.dialect.create_connect_args(self._db.engine.url)
        with connect(*arguments, **options, autocommit=True) as connection:
            row = connection.execute("SELECT current_schema()").fetchone()
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._ending.is_set():
                told = list(connection.notifies(timeout=_LOOK_UP, stop_after=1))
                if any(one.payload == (row and row[0]) for one in told):
                    self._heard()
