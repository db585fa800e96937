"""A database in the steady state, and a tick of it that can be repeated."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import update

from benchmarks.lives import BEFORE, EACH, FIRST_DAY, REGIONS, TICK
from benchmarks.measure import cpu_seconds
from benchmarks.people import write_people
from engine.desk.folder import Checked, Folder, check_folder, read_folder
from engine.domain.keys import SHARDS
from engine.settings.load import load_settings
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.plan.passes import PlanCounts
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release, ReleaseCounts
from engine.store.book import book
from engine.store.database import Database
from engine.store.ledger import rule_revision

ROOT = Path(__file__).parents[1]
RULES = Path(__file__).with_name("rules.yaml")

IN_REGION = "in-{region}-"
"""Before the ids of regional rules."""
_KEPT = "lead >= 'due' AND lead < 'duf'"  # rows of customers who have to do with these days


class World:
    """Everything a tick needs, kept from tick to tick as a daemon keeps it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = Database(f"sqlite:///{path}")
        self.settings = _settings()
        self.books = Books(self.settings)
        self.clockwork = Clockwork.of(self.settings)
        self.stage = Release(self.db, self.settings, self.books, self.clockwork)

    def plan(self) -> PlanCounts:
        """The tick's plan stage: one more day comes into view."""
        return plan(self.db, self.settings, self.books, self.clockwork, TICK)

    def release(self) -> ReleaseCounts:
        """The tick's release stage."""
        return self.stage.run(TICK)

    def adopt(self, checked: Checked) -> None:
        """Put rules in force as planned long ago."""
        adopt(self.db, checked.book, checked.rules, checked.templates, BEFORE)
        with self.db.writing() as connection:
            connection.execute(update(rule_revision).values(planned_at=BEFORE))

    def raw(self) -> sqlite3.Connection:
        """The driver's connection that this thread's stages use."""
        with self.db.reading() as connection:
            found: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
            return found

    def rewind(self) -> None:
        """Undo a tick: the rows of those who are due, as they were before it."""
        raw = self.raw()
        raw.execute("BEGIN IMMEDIATE")
        for table in ("occasion", "touch", "date_next"):
            raw.execute(f"DELETE FROM {table} WHERE {_KEPT}")
            raw.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        raw.execute("DELETE FROM verdict")
        raw.execute("UPDATE plan_cursor SET horizon_at = (SELECT max(horizon_at) FROM kept_plan_cursor)")
        raw.execute("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def rewound(self, work: Callable[[], object]) -> Callable[[], float]:
        """A measurement of the CPU seconds of that work, which is undone afterwards."""

        def measured() -> float:
            taken = cpu_seconds(work)
            self.rewind()
            return taken

        return measured

    def kept_rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """What such a table holds of those who are due; of touches without their ids."""
        narrowed = f" WHERE {_KEPT}" if table != "plan_cursor" else ""
        rows = self.raw().execute(f"SELECT * FROM {table}{narrowed}")
        return (row[1:] for row in rows) if table == "touch" else rows

    def rule_count(self) -> int:
        """How many rules are in force."""
        with self.db.reading() as connection:
            generation = self.books.active(connection)
        assert generation is not None
        return len(generation.book.rules)

    def close(self) -> None:
        self.stage.close()
        self.db.close()


@contextmanager
def steady_world(
    folder: Path, size: int, each: int = EACH, *, regional: bool = False
) -> Iterator[World]:
    """A database of that many customers in the folder, planned up to the tick; made if it is not there.

    Ten times `each` of them are due on its day, by the ten rules of the benchmarks or by fifty `regional` ones.
    """
    path = folder / f"leads-{size}.sqlite"
    fresh = not path.exists()
    if fresh:
        write_people(path, size, each, IN_REGION if regional else "")
    world = World(path)
    try:
        if fresh:
            _settle_in(world, (rules_by_region if regional else checked_rules)(world.settings))
        yield world
    finally:
        world.close()


def _settings() -> Settings:
    """The starter's settings; so much overdue at once for one rep is an ordinary day here."""
    settings = load_settings(ROOT / "config.yaml")
    return settings.model_copy(update={"caps": settings.caps.model_copy(update={"catch_up": 100_000})})


def checked_rules(settings: Settings, times: int = 1) -> Checked:
    """The rules of the benchmarks, so many times over under other ids, with the starter's policies."""
    rules = {"rules.yaml": RULES.read_bytes()}
    for n in range(1, times):
        rules[f"rules-{n}.yaml"] = RULES.read_bytes().replace(b"  - id: ", b"  - id: again-%d-" % n)
    return _with_policies(settings, rules)


def rules_by_region(settings: Settings) -> Checked:
    """Each of the rules once for every region, under ids of its own: fifty who share what ten have to do."""
    rules = {}
    for region in REGIONS.values():
        text = RULES.read_text("utf-8").replace("  - id: ", f"  - id: {IN_REGION}".format(region=region))
        theirs = text.replace("    for: {", f'    for: {{region: {{within: "{region}"}}, ')
        rules[f"rules-{region}.yaml"] = theirs.encode()
    return _with_policies(settings, rules)


def _with_policies(settings: Settings, rules: Mapping[str, bytes]) -> Checked:
    folder = read_folder(settings, ROOT)
    policies = {path: text for path, text in folder.rules.items() if path.endswith("policies.yaml")}
    return check_folder(settings, Folder({**rules, **policies}, folder.templates))


def _settle_in(world: World, checked: Checked) -> None:
    """Put the rules in force as planned long ago, plan the days before the tick, and keep that state."""
    world.adopt(checked)
    with world.db.writing() as connection:
        book.set_horizon(connection, FIRST_DAY, range(SHARDS))
    plan(world.db, world.settings, world.books, world.clockwork, BEFORE)
    raw = world.raw()
    for table in ("occasion", "touch", "date_next"):
        raw.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table} WHERE {_KEPT}")
    raw.execute("CREATE TABLE kept_plan_cursor AS SELECT * FROM plan_cursor")
