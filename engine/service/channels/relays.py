"""Which mail relays are let alone at present: written to the log, and kept for `status` and `channels list`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog

from adapters.base import Channel
from adapters.channels.email import EmailChannel
from engine.domain.civil import local
from engine.service.app import App
from engine.store import state
from engine.store.database import Database

log = structlog.get_logger(__name__)

Standings = dict[str, list[dict[str, Any]]]
"""By channel, the relays that rest: `relay`, `until` (seconds UTC) and `why`."""


class Resting(NamedTuple):
    """A relay that rests, or did when it was last heard of."""

    channel: str
    relay: str
    until: str  # ISO 8601, in the zone of config.yaml's defaults
    why: str


class RelayWatch:
    """Looks at one process's channels between passes."""

    def __init__(self, db: Database, channels: Mapping[str, Channel]) -> None:
        self._db, self._channels = db, channels
        self._known: Standings | None = None

    def look(self, now: int) -> None:
        """Tell what has changed since the last look."""
        found = self._standings()
        if found == self._known:
            return
        before = self._left_behind() if self._known is None else self._known
        _tell(self._known or {}, found, now)
        self._known = found
        if found != before:
            with self._db.writing() as connection:
                state.put(connection, state.RESTING_RELAYS, found, now)

    def _left_behind(self) -> Standings:
        """What an earlier process knew."""
        with self._db.reading() as connection:
            kept = state.get(connection, state.RESTING_RELAYS)
        return kept.value if kept else {}

    def _standings(self) -> Standings:
        mail = {name: one for name, one in self._channels.items() if isinstance(one, EmailChannel)}
        found = {name: [standing._asdict() for standing in one.standing()] for name, one in mail.items()}
        return {name: rests for name, rests in found.items() if rests}


def resting(app: App) -> list[Resting]:
    """What the daemon knows of relays that rest."""
    with app.db.reading() as connection:
        kept = state.get(connection, state.RESTING_RELAYS)
    return [
        Resting(channel, one["relay"], local(one["until"], app.settings.defaults.timezone).isoformat(), one["why"])
        for channel, rests in (kept.value if kept else {}).items() if channel in app.settings.channels
        for one in rests
    ]  # fmt: skip


def _tell(before: Standings, after: Standings, now: int) -> None:
    was = {(name, one["relay"]) for name, rests in before.items() for one in rests}
    for name, rests in after.items():
        for one in rests:
            was.discard((name, one["relay"]))
            detail = f"{one['relay']}: {one['why']}"
            log.warning("relay_rests", channel=name, detail=detail, seconds=one["until"] - now)
    for name, relay in sorted(was):
        log.info("relay_works", channel=name, detail=relay)
