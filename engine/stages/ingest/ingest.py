"""Messages of a feed become circumstances: one for each hazard, under an id from the root of its references.

What counts is the latest message of a thread by the time it was sent, in whatever order they come: an update before
its alert, a cancel before either. Each message is read once; an exercise is remembered, and does nothing. Gates on
the end of what goes on are asked, with the feed as a source; what they refuse goes on until somebody ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Any

from adapters.feeds.cap import read_cap
from adapters.feeds.gdacs import read_gdacs
from adapters.feeds.messages import Act, Document, Hazard, Message
from adapters.feeds.usgs import read_usgs
from engine.domain.changes import Actor, Role
from engine.domain.extents import Extent
from engine.domain.quotes import shortened
from engine.domain.words import UNKNOWN_SEVERITY, Phase
from engine.rulebook.vocabulary import severities_in
from engine.settings.feed_model import Feed
from engine.settings.meaning_feeds import seconds
from engine.settings.model import Settings
from engine.stages.gates.endings import objections_to_end
from engine.stages.gates.objections import Gates
from engine.stages.gates.passing import settle
from engine.stages.gates.records import reasons
from engine.stages.ingest.kinds import kind_of
from engine.stages.ingest.places import extent_of, unmatched
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
from engine.store.facts.dirty import Stamp
from engine.store.facts.feeds import join_threads, keep_message, latest_act, threads_of, was_seen

READERS: Mapping[str, Callable[[bytes], Document]] = {"cap": read_cap, "gdacs": read_gdacs, "usgs": read_usgs}
"""By the `format` of a feed."""
SEVERITIES = ("unknown", "minor", "moderate", "severe", "extreme")
"""CAP's words, the mildest first."""
WORDS = {"event": 100, "headline": 200, "instruction": 600}
"""What a circumstance keeps of a warning's words, and how many characters of each."""
NO_GATES = Gates()
"""Where no author's gate stands before what a feed ends."""
LONGEST_ADDRESS = 500
"""Of a page that a warning names; half of an address leads nowhere, so a longer one is left out."""


@dataclass(frozen=True)
class Told:
    """What became of one message: a line for each circumstance, or why there is none."""

    message: str
    act: str
    lines: tuple[str, ...]
    seen_before: bool = False
    unmatched: tuple[str, ...] = ()
    """Those of the lines that tell of an area which is none that we know: a person may say which it is."""


@dataclass(frozen=True)
class Listening:
    """A feed: its name, which goes down as the actor, its rules, and the gates before what it ends."""

    name: str
    feed: Feed
    gates: Gates = NO_GATES


def ingest(
    db: Database, settings: Settings, to: Listening, messages: Sequence[Message], now: int, *, dry_run: bool = False
) -> tuple[Told, ...]:
    """Take messages in, each in a transaction of its own. A dry run says what would become of them."""
    told = []
    for message in sorted(messages, key=lambda one: (one.sent_at, one.id)):
        with db.writing() as connection, connection.begin_nested() as savepoint:
            told.append(_Taking(connection, settings, to, message, now).take())
            if dry_run:
                savepoint.rollback()
    return tuple(told)


class _Taking:
    """One message on its way into the book."""

    def __init__(
        self, connection: Connection, settings: Settings, to: Listening, message: Message, now: int
    ) -> None:
        self.connection, self.settings, self.to = connection, settings, to
        self.message, self.now, self.actor = message, now, f"feed {to.name}"
        self.unmatched: list[str] = []

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
            "id": message.id, "sent_at": message.sent_at, "thread": thread, "feed": self.to.name,
            "act": message.act, "told": list(lines), "seen_at": self.now, "area": self._area(),
        })  # fmt: skip
        return Told(message.id, message.act, lines, unmatched=tuple(self.unmatched))

    def _area(self) -> dict[str, Any] | None:
        """Where it applies, whatever it does; None: nowhere that can be used."""
        areas = [area for hazard in self.message.hazards for area in hazard.areas]
        extent = extent_of(areas, self.to.feed.region_codes)
        return extent.as_json() if extent else None

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
        feed = self.to.feed
        kind = kind_of(hazard.event, hazard.codes, feed.kinds, tuple(self.settings.circumstances))
        extent = extent_of(hazard.areas, feed.region_codes)
        if kind is None:
            yield f'"{hazard.event}" is no kind of circumstance here'
        elif SEVERITIES.index(hazard.severity) < SEVERITIES.index(feed.min_severity):
            yield f'"{hazard.event}" is {hazard.severity}, below {feed.min_severity}'
        else:
            yield from self._unmatched(hazard, kind)
            if extent:
                ident = _ident(kind, thread, wanted)
                wanted[ident] = self._happening(ident, kind, hazard, extent, thread)

    def _unmatched(self, hazard: Hazard, kind: str) -> Iterator[str]:
        """A line if some of the areas are none that we know; it applies to the others."""
        unknown = [area for area in hazard.areas if not extent_of([area], self.to.feed.region_codes)]
        if unknown or not hazard.areas:
            self.unmatched.append(unmatched(hazard.event, kind, unknown))
            yield self.unmatched[-1]

    def _happening(self, ident: str, kind: str, hazard: Hazard, extent: Extent, thread: str) -> Happening:
        ends_at = hazard.ends_at or max(self.message.sent_at, hazard.starts_at) + seconds(self.to.feed.lasts)
        return Happening(
            ident, kind, hazard.starts_at, max(ends_at, hazard.starts_at + 1), severity=self._severity(hazard),
            area=extent, aftermath=seconds(self.settings.kinds[kind].aftermath), thread=thread,
            attrs={name: shortened(getattr(hazard, name), most) for name, most in WORDS.items()}
            | {"web": _page(hazard.web), "feed": self.to.name},
        )  # fmt: skip

    def _severity(self, hazard: Hazard) -> str:
        """CAP's word, if config.yaml ranks severities by these."""
        return hazard.severity if hazard.severity in severities_in(self.settings) else UNKNOWN_SEVERITY

    def _set(self, happening: Happening) -> str:
        """Let it be as it is told; an end that a gate refuses is left as it was, or open."""
        row = circumstance_by_id(self.connection, happening.id)
        if row is None:
            begun = replace(happening, ends_at=None) if self.to.gates.on_events else happening
            leads = add_circumstance(self.connection, begun, self.actor, self.now) or 0
            what = "begins"
        else:
            begun = replace(happening, ends_at=row["ends_at"]) if self.to.gates.on_events else happening
            what = "is changed" if change_circumstance(self.connection, begun, self.actor, self.now) else "is as it was"
            leads = count_covered(self.connection, happening.id)
        refused = self._refused(happening.id) if begun != happening else ""
        if begun != happening and not refused:
            end_circumstance(self.connection, happening.id, happening.ends_at or self.now, self.actor, self.now)
        return f"{happening.id} {what}: {_leads(leads)}" + (f"; its end is {refused}" if refused else "")

    def _refused(self, ident: str) -> str:
        """Why a gate does not let it end; "" where none objects."""
        who = Actor(self.to.name, Role.SOURCE)
        found = objections_to_end(self.connection, self.to.gates, ident, who, self.now)
        refusals = settle(self.connection, found, who, Stamp(self.now, self.to.name, self.message.id))
        return next((f"refused by {reasons(ones)}" for ones in refusals.values()), "")

    def _drop(self, gone: Sequence[Mapping[str, Any]], act: str) -> Iterator[str]:
        """What a Cancel takes back, and what an update no longer tells of, which has ended."""
        for row in gone:
            over = row["phase"] == Phase.CANCELLED
            if over or (act != Act.CANCEL and row["ends_at"] is not None and row["ends_at"] <= self.now):
                continue
            if refused := self._refused(row["id"]):
                yield f"{row['id']} goes on: its end is {refused}"
            elif act == Act.CANCEL:
                cancel_circumstance(self.connection, row["id"], self.actor, self.now)
                yield f"{row['id']} is cancelled"
            else:
                end_circumstance(self.connection, row["id"], max(self.now, row["starts_at"]), self.actor, self.now)
                yield f"{row['id']} has ended: it is told of no longer"


def _ident(kind: str, thread: str, taken: Mapping[str, Happening]) -> str:
    """`storm-1f0c9a3be2`, the same for every message of the thread; `-2` for a second one of the kind."""
    stem = f"{kind}-{blake2s(thread.encode(), digest_size=5).hexdigest()}"
    number = next(n for n in range(1, len(taken) + 2) if (f"{stem}-{n}" if n > 1 else stem) not in taken)
    return f"{stem}-{number}" if number > 1 else stem


def _page(address: str) -> str:
    """The address, if it is one that a text may link to."""
    fits = address.startswith(("https://", "http://")) and not any(one.isspace() for one in address)
    return address if fits and len(address) <= LONGEST_ADDRESS else ""


def _leads(count: int) -> str:
    return f"applies to {count} lead{'' if count == 1 else 's'}"
