"""Messages of a feed become circumstances: one for each hazard, under an id from the root of its references.

What counts is the latest message of a thread by the time it was sent, in whatever order they come: an update before
its alert, a cancel before either. Each message is read once; an exercise is remembered, and does nothing. Gates are
not asked: a warning is no act of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from adapters.feeds.cap import read_cap
from adapters.feeds.gdacs import read_gdacs
from adapters.feeds.messages import Act, Document, Hazard, Message
from adapters.feeds.usgs import read_usgs
from engine.domain.words import UNKNOWN_SEVERITY, Phase
from engine.rulebook.vocabulary import severities_in
from engine.settings.meaning_feeds import seconds
from engine.settings.model import Feed, Settings
from engine.stages.ingest.kinds import kind_of
from engine.stages.ingest.places import extent_of
from engine.store.database import Connection, Database
from engine.store.facts.circumstances import (
    Happening,
    add_circumstance,
    cancel_circumstance,
    change_circumstance,
    circumstance_by_id,
    circumstances_of_thread,
    count_covered,
    end_circumstance,
)
from engine.store.facts.feeds import join_threads, keep_message, latest_act, threads_of, was_seen

READERS: Mapping[str, Callable[[bytes], Document]] = {"cap": read_cap, "gdacs": read_gdacs, "usgs": read_usgs}
"""By the `format` of a feed."""
SEVERITIES = ("unknown", "minor", "moderate", "severe", "extreme")
"""CAP's words, the mildest first."""


@dataclass(frozen=True)
class Told:
    """What became of one message: a line for each circumstance, or why there is none."""

    message: str
    act: str
    lines: tuple[str, ...]
    seen_before: bool = False


def ingest(
    db: Database, settings: Settings, feed: tuple[str, Feed], messages: Sequence[Message], now: int,
    *, dry_run: bool = False,
) -> tuple[Told, ...]:  # fmt: skip
    """Take messages in, each in a transaction of its own. `feed` is its name, which goes down as the actor, and rules.

    A dry run says what would become of them.
    """
    told = []
    for message in sorted(messages, key=lambda one: (one.sent_at, one.id)):
        with db.writing() as connection, connection.begin_nested() as savepoint:
            told.append(_Taking(connection, settings, *feed, message, now).take())
            if dry_run:
                savepoint.rollback()
    return tuple(told)


class _Taking:
    """One message on its way into the book."""

    def __init__(
        self, connection: Connection, settings: Settings, name: str, feed: Feed, message: Message, now: int
    ) -> None:
        self.connection, self.settings, self.feed = connection, settings, feed
        self.message, self.now, self.actor = message, now, f"feed {name}"

    def take(self) -> Told:
        """Read it, unless that was done before."""
        message = self.message
        if was_seen(self.connection, message.id, message.sent_at):
            return Told(message.id, message.act, (), seen_before=True)
        thread, *others = threads_of(self.connection, message.id, message.references)
        latest = latest_act(self.connection, thread)
        stale = [row for one in others for row in circumstances_of_thread(self.connection, one)]
        join_threads(self.connection, thread, others, (message.id, *message.references))
        lines = (*self._drop(stale, latest.act), *self._lines(thread, latest.sent_at))
        keep_message(self.connection, {
            "id": message.id, "sent_at": message.sent_at, "thread": thread, "feed": self.actor.removeprefix("feed "),
            "act": message.act, "told": list(lines), "seen_at": self.now,
        })  # fmt: skip
        return Told(message.id, message.act, lines)

    def _lines(self, thread: str, latest_at: int) -> Iterator[str]:
        if self.message.act == Act.IGNORE:
            yield f"seen, did nothing: {self.message.why or self.message.act}"
            return
        if latest_at > self.message.sent_at:
            yield "seen, did nothing: a later message was read before it"
            return
        known = {row["id"]: row for row in circumstances_of_thread(self.connection, thread)}
        wanted: dict[str, Happening] = {}
        if self.message.act != Act.CANCEL:
            for hazard in self.message.hazards:
                yield from self._want(hazard, thread, wanted)
            if not self.message.hazards:
                yield "tells of no hazard"
        for happening in wanted.values():
            yield self._set(happening)
        gone = [row for ident, row in known.items() if ident not in wanted]
        yield from self._drop(gone, self.message.act)
        if self.message.act == Act.CANCEL and not gone:
            yield "cancels what was not known"

    def _want(self, hazard: Hazard, thread: str, wanted: dict[str, Happening]) -> Iterator[str]:
        """Put a hazard among the circumstances to be; a line if it is none."""
        kind = kind_of(hazard.event, hazard.codes, self.feed.kinds, tuple(self.settings.circumstances))
        extent = extent_of(hazard.areas, self.feed.region_codes)
        if kind is None:
            yield f'"{hazard.event}" is no kind of circumstance here'
        elif SEVERITIES.index(hazard.severity) < SEVERITIES.index(self.feed.min_severity):
            yield f'"{hazard.event}" is {hazard.severity}, below {self.feed.min_severity}'
        elif not extent:
            names = ", ".join(area.name for area in hazard.areas) or "none named"
            yield f'"{hazard.event}" has no area that can be used: {names}'
        else:
            ends_at = hazard.ends_at or max(self.message.sent_at, hazard.starts_at) + seconds(self.feed.lasts)
            ident = _ident(kind, thread, wanted)
            wanted[ident] = Happening(
                ident, kind, hazard.starts_at, max(ends_at, hazard.starts_at + 1), severity=self._severity(hazard),
                area=extent, aftermath=seconds(self.settings.kinds[kind].aftermath), thread=thread,
                attrs={"event": hazard.event, "headline": hazard.headline, "instruction": hazard.instruction,
                       "feed": self.actor.removeprefix("feed ")},
            )  # fmt: skip

    def _severity(self, hazard: Hazard) -> str:
        """CAP's word, if config.yaml ranks severities by these."""
        return hazard.severity if hazard.severity in severities_in(self.settings) else UNKNOWN_SEVERITY

    def _set(self, happening: Happening) -> str:
        if circumstance_by_id(self.connection, happening.id) is None:
            leads = add_circumstance(self.connection, happening, self.actor, self.now)
            return f"{happening.id} begins: {_leads(leads or 0)}"
        changed = change_circumstance(self.connection, happening, self.actor, self.now)
        leads = count_covered(self.connection, happening.id)
        return f"{happening.id} is {'changed' if changed else 'as it was'}: {_leads(leads)}"

    def _drop(self, gone: Sequence[Mapping[str, Any]], act: str) -> Iterator[str]:
        """What a Cancel takes back, and what an update no longer tells of, which has ended."""
        for row in gone:
            if act == Act.CANCEL:
                if cancel_circumstance(self.connection, row["id"], self.actor, self.now):
                    yield f"{row['id']} is cancelled"
            elif row["phase"] != Phase.CANCELLED and (row["ends_at"] is None or row["ends_at"] > self.now):
                end_circumstance(self.connection, row["id"], max(self.now, row["starts_at"]), self.actor, self.now)
                yield f"{row['id']} has ended: it is told of no longer"


def _ident(kind: str, thread: str, taken: Mapping[str, Happening]) -> str:
    """`storm-1f0c9a3be2`, the same for every message of the thread; `-2` for a second one of the kind."""
    stem = f"{kind}-{blake2s(thread.encode(), digest_size=5).hexdigest()}"
    number = next(n for n in range(1, len(taken) + 2) if (f"{stem}-{n}" if n > 1 else stem) not in taken)
    return f"{stem}-{number}" if number > 1 else stem


def _leads(count: int) -> str:
    return f"applies to {count} lead{'' if count == 1 else 's'}"
