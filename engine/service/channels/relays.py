"""Which mail relays, and which domains of receivers, are let alone at present.

Kept for `channels list`; relays also for `status` and the log. Domains are many, come and go, and may name a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import structlog

from adapters.base import Channel
from adapters.channels import domains
from adapters.channels.email import EmailChannel
from adapters.channels.relay import Standing
from engine.domain.civil import local
from engine.service.app import App
from engine.store import state
from engine.store.database import Database

log = structlog.get_logger(__name__)

Standings = dict[str, list[dict[str, Any]]]
"""By channel, the relays that rest: `relay`, `until` (seconds UTC) and `why`."""


_REPLY = re.compile(r"\b[245]\d\d\b")
MOST_DOMAINS = 20
"""Domains that are told of a channel. Ours."""


class Resting(NamedTuple):
    """A relay that rests, or did when it was last heard of."""

    channel: str
    relay: str
    until: str  # ISO 8601, in the zone of config.yaml's defaults
    why: str


class Crowded(NamedTuple):
    """A domain of receivers that is let alone, or was when it was last heard of."""

    channel: str
    domain: str
    until: str  # as above


class RestWatch:
    """Looks at one process's channels between passes."""

    def __init__(self, db: Database, channels: Mapping[str, Channel]) -> None:
        self._db = db
        self._mail = {name: one for name, one in channels.items() if isinstance(one, EmailChannel)}
        self._known: Standings | None = None
        self._domains: Standings | None = None

    def look(self, now: int) -> None:
        """Tell what has changed since the last look."""
        self._look_at_domains(now)
        found = self._standings()
        if found == self._known:
            return
        before = self._left_behind(state.RESTING_RELAYS) if self._known is None else self._known
        _tell(self._known or {}, found, now)
        self._known = found
        if found != before:
            with self._db.writing() as connection:
                state.put(connection, state.RESTING_RELAYS, found, now)

    def _left_behind(self, name: str) -> Standings:
        """What an earlier process knew."""
        with self._db.reading() as connection:
            kept = state.get(connection, name)
        return kept.value if kept else {}

    def _standings(self) -> Standings:
        return _told({name: one.standing() for name, one in self._mail.items()})

    def _look_at_domains(self, now: int) -> None:
        found = _told({name: one.crowded()[:MOST_DOMAINS] for name, one in self._mail.items()})
        before = self._left_behind(state.RESTING_DOMAINS) if self._domains is None else self._domains
        self._domains = found
        if found == before:
            return
        with self._db.writing() as connection:
            state.put(connection, state.RESTING_DOMAINS, found, now)


def resting(app: App) -> list[Resting]:
    """What the daemon knows of relays that rest."""
    return [
        Resting(channel, one["relay"], _local(app, one["until"]), one["why"])
        for channel, rests in _kept(app, state.RESTING_RELAYS).items() for one in rests
    ]  # fmt: skip


def crowded(app: App) -> list[Crowded]:
    """What the daemon knows of domains that rest, those whose rest is over left out."""
    now = app.clock.now()
    return [
        Crowded(channel, one["domain"], _local(app, one["until"]))
        for channel, rests in _kept(app, state.RESTING_DOMAINS).items()
        for one in rests if now < one["until"]
    ]  # fmt: skip


def _kept(app: App, name: str) -> Standings:
    """Of the channels that config.yaml still has."""
    with app.db.reading() as connection:
        kept = state.get(connection, name)
    found: Standings = kept.value if kept else {}
    return {channel: rests for channel, rests in found.items() if channel in app.settings.channels}


def _local(app: App, at: int) -> str:
    return local(at, app.settings.defaults.timezone).isoformat()


def _told(found: Mapping[str, Sequence[Standing | domains.Crowded]]) -> Standings:
    return {name: [one._asdict() for one in rests] for name, rests in found.items() if rests}


def _tell(before: Standings, after: Standings, now: int) -> None:
    was = {(name, one["relay"]) for name, rests in before.items() for one in rests}
    for name, rests in after.items():
        for one in rests:
            was.discard((name, one["relay"]))
            seconds = one["until"] - now
            log.warning("relay_rests", channel=name, relay=one["relay"], code=_code(one["why"]), seconds=seconds)
    for name, relay in sorted(was):
        log.info("relay_works", channel=name, relay=relay)


def _code(why: str) -> str:
    """Its reply code, or at which verb it failed: its own words may name a receiver."""
    found = _REPLY.search(why)
    return found[0] if found else why.partition(":")[0]
