"""Playing a test: its small world in an in-memory database, the real stages over it, and what they were seen to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.arbiter.judge import Arbiter
from engine.desk.overlay import Stages
from engine.desk.ruletests.model import RuleTest
from engine.desk.ruletests.rulesets import RuleSets
from engine.domain.people import LeadEntry
from engine.stages.books import Generation, adopt
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_leads, write_records
from engine.store.facts.people import upsert_reps
from engine.store.lookups import lookups
from engine.store.upgrade import create_all

AUTHOR = "test"
"""Who does what a test does."""


class Sight(NamedTuple):
    """A touch as it stood from that instant on (a row of `lookups.touches`)."""

    at: int
    row: Mapping[str, Any]


@dataclass
class SharedRelease(Release):
    """The stage with an arbiter that other tests use too, so that its process starts only once."""

    rulesets: RuleSets = field(kw_only=True)

    def arbiter(self, generation: Generation) -> Arbiter:
        """The one of these policies."""
        return self.rulesets.arbiter(generation.book.policies, self.settings.arbiter)


@dataclass
class Play:
    """A test under way. `next` is the instant of the next tick (seconds UTC)."""

    test: RuleTest
    stages: Stages
    next: int
    sights: dict[int, list[Sight]] = field(default_factory=lambda: defaultdict(list))

    @property
    def db(self) -> Database:
        return self.stages.db

    def run_until(self, end: int) -> None:
        """Every tick before that instant at which something may happen."""
        while self.next < end:
            self.stages.step(self.next)
            self._look(self.next)
            self.next = self.stages.next_instant(self.next)

    def changed(self, at: int) -> None:
        """Something was done at that instant: the next tick follows it."""
        self.next = min(self.next, self.stages.on_grid(at))

    def _look(self, now: int) -> None:
        with self.db.reading() as connection:
            for row in lookups.touches(connection, lookups.Filter()):
                seen = self.sights[row["id"]]
                if not seen or _standing(seen[-1].row) != _standing(row):
                    seen.append(Sight(now, row))


def _standing(row: Mapping[str, Any]) -> tuple[object, ...]:
    return row["state"], row["reason"], row["policy"], row["due_at"]


@contextmanager
def opened(test: RuleTest, rulesets: RuleSets) -> Iterator[Play]:
    """The test's world at its start, with its rules in force."""
    db = Database("sqlite://")
    books, clockwork = test.rules.books, Clockwork.of(test.settings)
    release = SharedRelease(db, test.settings, books, clockwork, rulesets=rulesets)
    try:
        create_all(db)
        stages = Stages(db, test.settings, books, clockwork, release, signs=test.signs)
        adopt(db, test.rules.book, test.rules.book.files, test.rules.templates, test.start)
        _populate(db, test)
        yield Play(test, stages, stages.on_grid(test.start))
    finally:
        db.close()


def _populate(db: Database, test: RuleTest) -> None:
    defaults = test.settings.defaults
    place = {"timezone": defaults.timezone, "locale": defaults.locale}
    stamp = Stamp(test.start, AUTHOR, AUTHOR)
    with db.writing() as connection:
        upsert_reps(connection, test.reps, place, test.start)
        more = {"status": test.settings.vocabularies.statuses[0], "country": defaults.country}
        write_leads(connection, _distinct(test.leads), place | more, test.settings, stamp)
        write_records(connection, test.records, test.settings, stamp)


def _distinct(leads: tuple[LeadEntry, ...]) -> list[LeadEntry]:
    """Each lead once: of two rows with one id the later counts, as in a file that is imported again."""
    return list({lead.id: lead for lead in leads}.values())
