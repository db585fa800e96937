"""The dry run: the real stages on a copy in memory, from one instant to another.

Assumed, and said wherever it is shown: nobody is contacted but by the signed greetings themselves, nobody
replies, every draft is signed and every send accepted. No channel is held, and the live database is only read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine.desk.folder import Checked
from engine.domain.civil import DAY
from engine.settings.model import Settings
from engine.stages.act.act import act
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.book import rehearsing
from engine.store.book.judging import next_look
from engine.store.database import Database
from engine.store.upgrade import create_all

SIGNER = "rehearsal"
"""Who signs drafts in a dry run."""


@dataclass(frozen=True)
class Stages:
    """plan, release and act over one database, without any channel. `signs`: every draft is signed at once."""

    db: Database
    settings: Settings
    books: Books
    clockwork: Clockwork
    release: Release
    signs: bool = True

    def step(self, now: int) -> None:
        """What a tick does, with sends accepted at once."""
        plan(self.db, self.settings, self.books, self.clockwork, now)
        self.release.run(now)
        act(self.db, self.settings, self.books, now, paused_too=True)
        with self.db.writing() as connection:
            if self.signs:
                rehearsing.sign_drafts(connection, SIGNER, now)
            rehearsing.accept_released(connection, now)

    def next_instant(self, now: int) -> int:
        """When a tick would next find something to do: on the grid of ticks that config.yaml sets."""
        with self.db.reading() as connection:
            look = next_look(connection)
            dirty = rehearsing.is_dirty(connection)
        midnight = (now // DAY + 1) * DAY
        if dirty:
            return now + self.tick
        return self.on_grid(min(midnight, max(look, now + 1)) if look is not None else midnight)

    @property
    def tick(self) -> int:
        """Seconds between ticks."""
        return max(int(self.settings.service.tick), 1)

    def on_grid(self, at: int) -> int:
        """The first tick at that instant or after it."""
        return -(-at // self.tick) * self.tick

    def run(self, start: int, end: int) -> Iterator[int]:
        """Every instant of [start, end) at which something may happen, once it has happened."""
        now = start
        while now < end:
            self.step(now)
            yield now
            now = self.next_instant(now)


@contextmanager
def overlay(live: Database | None, settings: Settings, checked: Checked, now: int) -> Iterator[Stages]:
    """A copy of the live database in memory, with the checked rules in force in it."""
    db = Database("sqlite://")
    books, clockwork = Books(settings), Clockwork.of(settings)
    release = Release(db, settings, books, clockwork)
    try:
        create_all(db)
        if live is not None:
            rehearsing.copy_into(live, db)
        adopt(db, checked.book, checked.rules, checked.templates, now)
        yield Stages(db, settings, books, clockwork, release)
    finally:
        release.close()
        db.close()
