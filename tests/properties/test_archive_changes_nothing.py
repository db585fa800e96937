"""Whenever old touches go to the archive, what is planned and judged afterwards is what it would have been."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from engine.desk.overlay import Stages
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Arbiter, Caps
from engine.settings.retention_model import Retention
from engine.stages.books import adopt
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.stages.tidy.archive import archive
from engine.stages.tidy.limits import Limits
from engine.store.archive.ever import ever
from engine.store.archive_tables import touch_archive
from engine.store.database import Database
from engine.store.ledger import touch
from tests.properties.effort import examples
from tests.properties.oracle_rules import RULES
from tests.properties.test_plan_agrees_with_oracle import PHASES, SETTINGS, START, TEMPLATES, crowd, edits, stage

DAY = 86_400
CONFIG = SETTINGS.model_copy(update={"arbiter": Arbiter(engine="reference"), "caps": Caps(catch_up=1_000, gap="1d")})
POLICIES = """
policies:
  - {id: enough, when: {touch: {audience: lead}, lead: {touches_90d: {gte: 2}}}, then: {defer: 3d}}
  - {id: one, when: {touch: {audience: rep}, other: {audience: rep, within: 2d, outranks: touch}},
     then: {merge: touch, into: other}}
"""
FILES = {"rules/all.yaml": RULES + POLICIES}
_ticks = st.tuples(st.integers(DAY, 9 * DAY), st.lists(edits, max_size=2), st.integers(0, 20))
ticks = st.lists(_ticks, min_size=6, max_size=12)
"""Seconds to the next tick, what happens before it, and how many days old a touch must be to go first."""


@contextmanager
def life(people: Any) -> Iterator[tuple[Any, Stages]]:
    """Three customers of two reps, and a daemon whose messages all arrive."""
    with stage() as this:
        book, problems = load_rulebook(FILES, catalogue_for(CONFIG, TEMPLATES))
        assert book is not None, problems
        adopt(this.db, book, FILES, TEMPLATES, START)
        for name, facts in people.items():
            this.add(name, facts, START)
        release = Release(this.db, CONFIG, this.books, Clockwork.of(CONFIG))
        try:
            yield this, Stages(this.db, CONFIG, this.books, Clockwork.of(CONFIG), release)
        finally:
            release.close()


def book_of(db: Database) -> dict[str, tuple[Any, ...]]:
    """What became of every touch, wherever it is. What a change of facts had ended may have been planned anew."""
    told = ("state", "reason", "policy", "due_at", "day_on", "priority", "receiver", "expires_at", "released_at")
    query = select(touch.c.occurrence_key, *(touch.c[name] for name in told))
    with db.reading() as connection:
        rows = connection.execute(ever(query)).all()
    return {row[0]: tuple(row[1:]) for row in sorted(rows, key=lambda row: row.state != "superseded")}


def archived(db: Database) -> int:
    with db.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(touch_archive)).scalar_one())


@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(people=crowd, ticks=ticks)
def test_old_touches_can_go_at_any_time(people: Any, ticks: Any) -> None:
    with life(people) as (kept, keeping), life(people) as (tidied, tidying):
        now = START
        for seconds, changes, days in ticks:
            now += seconds
            for change in changes:
                kept.edit(*change, now)
                tidied.edit(*change, now)
            archive(tidied.db, Retention(archive_after=f"{days}d"), now, Limits())
            keeping.step(now)
            tidying.step(now)
            assert book_of(tidied.db) == book_of(kept.db)
        event(f"{min(archived(tidied.db) // 10, 5) * 10} or more in the archive")
