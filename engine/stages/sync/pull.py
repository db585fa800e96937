"""One pull of a source: what changed over there since the last one, and what is no longer there.

Rows are taken in the order of the watermark, a piece a transaction, and the watermark moves with each piece: a source
that goes away half-way is asked for the rest the next time. What cannot be taken is kept aside by its key and asked
for again with every pull.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.sources.sql import Reader, SourceFailure, SqlSource
from engine.settings.meaning_sources import span_seconds
from engine.settings.model import Settings
from engine.settings.source_model import Source
from engine.stages.gates.objections import Gates
from engine.stages.imports import terms_of
from engine.stages.sync.foreign import is_ahead, key_text, looking_back, mark_of, value_of
from engine.stages.sync.gone import is_time_to_compare, missing_rows
from engine.stages.sync.landing import Landing
from engine.stages.sync.rows import Sorted, Sorter, asked_of, key_column
from engine.stages.sync.write_back import write_back
from engine.store.database import Connection, Database
from engine.store.facts import sources as store
from engine.store.facts.dirty import chunks
from engine.store.facts.people import unknown_reps

ASKED_AGAIN = 1000
"""Refused rows that a pull asks for again: those that waited longest."""
_FIRST_RETRY, _LAST_RETRY = 60, 3600
"""Seconds until a source that failed is asked again: doubled with every failure in a row, up to an hour."""
_NOT_OF_THE_MAPPING = {"every", "compare", "overlap", "deletions", "write_back", "url", "history"}


@dataclass(frozen=True)
class Order:
    """What is to be pulled. `full`: every row again, as somebody asked; `dry_run`: count only.

    `stopped` is asked between pieces; what was taken until then stays, and the next pull goes on from there.
    """

    name: str
    source: Source
    url: str
    full: bool = False
    dry_run: bool = False
    stopped: Callable[[], bool] = lambda: False


@dataclass
class Pulled:
    """What a pull did. `fetched`: rows that were read over there; `failure`: why it did not come to its end."""

    source: str
    counts: Counter[str] = field(default_factory=Counter)
    owners: set[str] = field(default_factory=set)
    failure: str | None = None
    error: str = ""  # its kind, for the log: its words may be a row's

    KEYS = ("fetched", "added", "changed", "unchanged", "gone", "quarantined", "written_back")

    def as_json(self) -> dict[str, Any]:
        """The keys of `sync --json`."""
        counted = {key: self.counts[key] for key in self.KEYS}
        return {"source": self.source, **counted, "unknown_owners": len(self.owners), "failure": self.failure}


def pull(db: Database, settings: Settings, gates: Gates, order: Order, now: int) -> Pulled:
    """Pull one source. It never raises for what is wrong over there: that is in the answer, and remembered."""
    pulled = Pulled(order.name)
    try:
        _Pull(db, settings, gates, order, now, pulled).run()
    except Stopped:
        return pulled
    except SourceFailure as error:
        pulled.failure, pulled.error = str(error), type(error.__cause__ or error).__name__
    with db.writing() as connection:
        pulled.owners = unknown_reps(connection, pulled.owners)
        if not order.dry_run:
            remember(connection, order.name, pulled, now)
    return pulled


def remember(connection: Connection, name: str, pulled: Pulled, now: int) -> None:
    """Keep what became of a pull; after a failure, when to try again."""
    if pulled.failure is None:
        counts = {key: pulled.counts[key] for key in Pulled.KEYS}
        store.keep_state(connection, name, pulled_at=now, counts=counts, failure=None, failures=0, retry_at=None)
        return
    failures = store.state_of(connection, name).failures + 1
    wait = min(_FIRST_RETRY * 2 ** min(failures - 1, 10), _LAST_RETRY)
    store.keep_state(connection, name, failure=pulled.failure, failures=failures, retry_at=now + wait)


class Stopped(Exception):
    """The program ends; nothing is wrong with the source."""


class _Pull:
    """One run over one source."""

    def __init__(
        self, db: Database, settings: Settings, gates: Gates, order: Order, now: int, pulled: Pulled
    ) -> None:
        terms = terms_of(settings)
        self.db, self.order, self.now, self.pulled = db, order, now, pulled
        self.name, self.source = order.name, order.source
        with db.reading() as connection:
            self.state = store.state_of(connection, order.name)
        first = self.state.pulled_at is None
        self.landing = Landing(
            order.name, order.source, settings, terms, gates, now, history=order.source.history and first
        )
        self.everything = order.full or self.state.mapping != _digest(order.source)
        self.sorter = Sorter(order.source, terms, everything=self.everything)

    def run(self) -> None:
        remote = SqlSource(self.order.url, asked_of(self.source))
        with remote.reading() as reader:
            if self.everything and not self.order.dry_run:
                self._begin_anew()
            with closing(reader.pieces(self._since())) as pieces:
                for piece in pieces:
                    self._take(piece, moves=True)
            if not self.everything:
                self._ask_again(reader)
            self._compare(reader)
        if self.source.write_back and not self.order.dry_run:
            self.pulled.counts["written_back"] += write_back(self.db, remote, self.name, self.source)

    def _begin_anew(self) -> None:
        """Another mapping, or somebody's wish: whatever was read is read again, and what has no key is told anew."""
        with self.db.writing() as connection:
            store.forgive_nameless(connection, self.name)
            store.keep_state(connection, self.name, watermark=None, mapping=_digest(self.source))

    def _since(self) -> object:
        if self.everything or self.state.watermark is None:
            return None
        return looking_back(value_of(self.state.watermark), span_seconds(self.source.overlap))

    def _ask_again(self, reader: Reader) -> None:
        with self.db.reading() as connection:
            waiting = store.to_ask_again(connection, self.name, ASKED_AGAIN)
        there: set[str] = set()
        waiting = {row: mark for row, mark in waiting.items() if not self.sorter.has_read(row)}
        for piece in reader.those([value_of(mark) for mark in waiting.values()]) if waiting else ():
            there |= {key for row in piece if (key := self.sorter.key_of(row)) is not None}
            self._take(piece, moves=False)
        if not self.order.dry_run:
            with self.db.writing() as connection:
                store.forgive(connection, self.name, set(waiting) - there)

    def _take(self, piece: Sequence[Sequence[Any]], *, moves: bool) -> None:
        """Write a piece of rows, all that follows from them, and how far we have come, in one transaction."""
        if self.order.stopped():
            raise Stopped
        self.pulled.counts["fetched"] += len(piece)
        with self._transaction() as connection:
            keys = {key for row in piece if (key := self.sorter.key_of(row)) is not None}
            known = store.known_rows(connection, self.name, keys)
            found = self.sorter.sort(piece, known)
            self._land(connection, found, known)
            left = self._leave(connection, {key: known[key] for key in found.deleted})
            found.refused |= {key: (mark_of(self.sorter.value_of(key)), why) for key, why in left.items()}
            store.forgive(connection, self.name, keys - set(found.refused))
            store.refuse(connection, self.name, found.refused, self.now)
            self.pulled.counts["quarantined"] += len(found.refused)
            if moves and (mark := self._watermark(piece)) is not None:
                store.keep_state(connection, self.name, watermark=mark)

    def _land(self, connection: Connection, found: Sorted, known: Mapping[str, store.KnownRow]) -> None:
        landed = self.landing.land(connection, found.rows, known)
        marks = {key: mark_of(self.sorter.value_of(key)) for key in landed.refused}
        found.refused |= {key: (marks[key], reason) for key, reason in landed.refused.items()}
        taken = [row for row in found.rows if row.key not in landed.refused]
        new = [row.cells["id"].strip() for row in taken if row.key not in known]
        told = store.tellable(connection, new) if self.source.kind == "leads" else {}
        kept = {}
        for row in taken:
            ours, before = row.cells["id"].strip(), known.get(row.key)
            kept[row.key] = store.KnownRow(ours, row.cells, False, before.told if before else told.get(ours))
        store.keep_rows(connection, self.name, kept)
        added, changed, unchanged = landed.tally
        self.pulled.counts.update(added=added, changed=changed, unchanged=unchanged + found.unchanged)
        self.pulled.owners |= set(landed.owners)

    def _compare(self, reader: Reader) -> None:
        due = is_time_to_compare(self.source, self.state, full=self.order.full)
        if due:
            there = {key_text(key) for piece in reader.every_key() for key in piece if key is not None}
            with self.db.reading() as connection:
                known = {key: row for key, row in store.all_rows(connection, self.name) if not row.gone}
            missing = missing_rows(self.name, known, there, meant=self.order.full)
            for keys in chunks(missing):
                with self._transaction() as connection:
                    kept = self._leave(connection, {key: missing[key] for key in keys})
                    store.refuse(connection, self.name, {key: (None, why) for key, why in kept.items()}, self.now)
                    self.pulled.counts["quarantined"] += len(kept)
        if not self.order.dry_run:
            with self.db.writing() as connection:
                store.keep_state(connection, self.name, pulls=0 if due else self.state.pulls + 1)

    def _leave(self, connection: Connection, gone: Mapping[str, store.KnownRow]) -> Mapping[str, str]:
        """Leads whose rows are deleted: their status becomes gone. Reasons of those whom a gate keeps."""
        if not gone or self.source.deletions == "ignore":
            return {}
        landed = self.landing.leave(connection, {key: row.ours for key, row in gone.items()})
        done = {key: row._replace(gone=True) for key, row in gone.items() if key not in landed.refused}
        store.keep_rows(connection, self.name, done)
        self.pulled.counts["gone"] += len(done)
        return landed.refused

    def _watermark(self, piece: Sequence[Sequence[Any]]) -> store.Mark:
        """How far this piece reaches; None if no row says. What lies in the future does not count."""
        if not self.source.watermark:
            return None
        place = asked_of(self.source).columns.index(self.source.watermark)
        known = [row[place] for row in piece if row[place] is not None]
        reached = [value for value in known if not is_ahead(value, self.source.timezone, self.now)]
        if not reached:
            return None
        mark = mark_of(reached[-1])
        if mark is None:
            raise SourceFailure(f'"{self.source.watermark}" holds {type(reached[-1]).__name__}, which is no watermark')
        return mark

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """One of ours, without another pull of this source beside it; a dry run's leaves nothing behind."""
        with self.db.writing() as connection, connection.begin_nested() as savepoint:
            store.state_of(connection, self.name, lock=True)
            yield connection
            if self.order.dry_run:
                savepoint.rollback()


def _digest(source: Source) -> str:
    """What a source means, without how often it is asked."""
    text = source.model_dump_json(exclude=_NOT_OF_THE_MAPPING)
    return hashlib.sha256(f"{key_column(source)} {text}".encode()).hexdigest()[:16]
