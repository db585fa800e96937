"""The house that a year is lived in: what ships, on a file, at a frozen clock; messages stay in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import event, func, literal_column, select

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from engine.desk.overlay import DAY
from engine.ground.clock import FrozenClock
from engine.service.app import App, adopt_rules, open_app
from engine.service.samples import write_samples
from engine.service.tick import Stages, TickCounts
from engine.settings.starter import starter_files
from engine.stages.answers.means import Means
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.imports import run_import
from engine.store.book import rehearsing
from engine.store.book.judging import next_look
from engine.store.database import Database
from engine.store.ledger import delivery
from engine.store.outbox.deliveries import Due
from engine.store.state import REHEARSAL, put
from engine.store.upgrade import upgrade
from tests.year.town import Size, people_of

TICK, MINUTE = 3600, 29 * 60
"""Seconds between ticks, coarse so that a year is lived through in minutes; and when in the hour they are: in the last
minute before windows close, so that hardly anything waits for another day as it would not with a tick a minute."""
SWITCH = "enabled: false                        # switch it on"
POOL_RETURN = ("rules/owners.yaml", SWITCH, SWITCH.replace("false", "true"))
_CHANNEL = re.compile(r"  email:\n(    .*\n)+")

Edit = tuple[str, str, str]
"""A file, words in it, and what stands there instead."""


class InMemory:
    """A channel that takes everything, and keeps nothing but the count."""

    capabilities = Capabilities(html=True, dedupe=True)

    def __init__(self) -> None:
        self.taken = 0

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:  # noqa: ARG002
        """Accept it; see Channel.send."""
        if not begin():
            return Receipt(Outcome.WITHDRAWN, "withdrawn")
        self.taken += 1
        return Receipt(Outcome.ACCEPTED, "taken")

    def close(self) -> None:
        """Nothing is held open."""


class House:
    """Everything at one instant after the other; `sent` is what left in the last pass."""

    def __init__(self, app: App) -> None:
        self.app, self.settings, self.db = app, app.settings, app.db
        self.sent: list[Due] = []
        self.stages = Stages(app)
        self.stages.dispatcher.close()
        channel = InMemory()
        self.stages.channels = {"email": channel}
        self.stages.dispatcher = Dispatcher(
            app.db, self.stages.channels, app.settings, app.clock, app.worker, self.sent.append
        )
        self.means = Means(app.settings, app.books, app.clockwork, app.gates())
        self.passes = 0

    def go_to(self, now: int) -> None:
        assert isinstance(self.app.clock, FrozenClock)
        self.app.clock.move_to(now)

    def tick(self) -> list[Due]:
        """One pass of every stage; what left."""
        self.sent.clear()
        counts = TickCounts()
        self.stages.think(counts)
        self.stages.speak(counts)
        self.passes += 1
        return list(self.sent)

    def next_instant(self, now: int) -> int:
        """When something is to be done next, on the grid of ticks."""
        with self.db.reading() as connection:
            if rehearsing.is_dirty(connection):
                return now + TICK
            found = [next_look(connection), connection.execute(_NEXT_DELIVERY).scalar_one(), (now // DAY + 1) * DAY]
        earliest = min(at for at in found if at is not None)
        return max(on_the_clock(earliest), now + TICK)


def on_the_clock(at: int) -> int:
    """The first pass at that instant or later."""
    return -(-(at - MINUTE) // TICK) * TICK + MINUTE


_NEXT_DELIVERY = select(func.min(delivery.c.run_at)).where(delivery.c.state == literal_column("'pending'"))


@contextmanager
def open_house(folder: Path, size: Size, edits: tuple[Edit, ...] = (POOL_RETURN,)) -> Iterator[House]:
    """A house with everybody in it and the shipped rules, some words of them edited, in force."""
    config = _furnish(folder, size, edits)
    with _ids_of(size), open_app(config, now=size.start) as app:
        _hurry(app.db)
        adopt_rules(app, confirmed=True)
        house = House(app)
        try:
            yield house
        finally:
            house.stages.close()


def _ids_of(size: Size) -> AbstractContextManager[object]:
    """What is logged gets its id by the seed: jitter is seeded by ids, and the same year is to be lived again."""
    pick = Random(size.seed + 4)
    return patch("uuid.uuid4", lambda: UUID(int=pick.getrandbits(128), version=4))


def _hurry(db: Database) -> None:
    """Nobody waits for the disk: a year that is cut short is lived again."""
    event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    db.close()


def _furnish(folder: Path, size: Size, edits: tuple[Edit, ...]) -> Path:
    for path, content in _edited(starter_files(), edits).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    database = Database(f"sqlite:///{folder / 'followup.sqlite'}")
    upgrade(database)
    with database.writing() as connection:
        put(connection, REHEARSAL, True, size.start)
    people = people_of(size)
    write_samples(folder, people)
    database.close()
    config = folder / "config.yaml"
    with open_app(config, now=size.start) as app:
        for what in ("reps", "leads", "records"):
            report = run_import(app.db, app.settings, what, folder / f"{what}.csv", size.start)
            assert (report.quarantined, report.unknown_owners) == (0, 0), report.quarantine_file
    return config


def _edited(files: Mapping[str, bytes], edits: tuple[Edit, ...]) -> dict[str, bytes]:
    """The files as they ship, with a folder for a channel and coarse ticks, and these edits."""
    found = {path: content.decode("utf-8") for path, content in files.items()}
    config = _CHANNEL.sub("  email: {kind: file, folder: outbox}\n", found["config.yaml"], count=1)
    found["config.yaml"] = f"{config}\nservice: {{tick: {TICK}}}\n"
    for path, old, new in edits:
        assert old in found[path], f"{path} no longer says: {old}"
        found[path] = found[path].replace(old, new)
    return {path: text.encode("utf-8") for path, text in found.items()}
