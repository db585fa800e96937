"""Sixty simulated days, a tick every quarter of an hour, every draft signed: the plan is what happens."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.desk.folder import check_folder, read_folder
from engine.desk.planning import Span, planned_touches
from engine.ground.clock import FrozenClock
from engine.service.app import App, adopt_rules, open_app
from engine.service.demo import prepare
from engine.service.tick import Stages, TickCounts
from engine.store.book import rehearsing
from engine.store.database import Database
from engine.store.ledger import delivery, touch
from engine.store.state import REHEARSAL, put

START = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp())
QUARTER = 900
DAYS = 60
CONFIG_CHANGES = (("kind: email, host: 127.0.0.1, port: 1, security: none, from_address: care@example.com,\n"
                   "          from_name: 示例公司 Example Co.", "kind: file, folder: outbox"), ("tick: 2", "tick: 900"))


Book = dict[str, tuple[str, str | None, int]]
"""Occurrence key -> state (what was sent counts as planned), policy, due instant."""


def rehearsal(home: Path, start: int) -> Path:
    """The demo's house at a frozen instant, on a database marked as a rehearsal, with a folder as its channel."""
    home.mkdir()
    config = prepare(home, smtp_port=1, now=start)
    text = config.read_text(encoding="utf-8")
    for old, new in CONFIG_CHANGES:
        assert old in text
        text = text.replace(old, new)
    config.write_text(text, encoding="utf-8")
    db = Database(f"sqlite:///{home / 'followup.sqlite'}")
    with db.writing() as connection:
        put(connection, REHEARSAL, True, start)
    db.close()
    return config


def until_quiet(app: App, stages: Stages, now: int) -> int:
    """Pass that instant again until nothing comes of it; how many were sent.

    A greeting that leaves is a contact: it may bring about what waits for the tenth, and colleagues are judged anew.
    So may each of those that go then, on a day when many are wished.
    """
    sent = 0
    for _ in range(12):
        done = one_pass(app, stages, now)
        if done.nothing:
            return sent
        sent += done.dispatch["sent"]
    raise AssertionError(f"{datetime.fromtimestamp(now, UTC)} never comes to rest")


def times_delivered(db: Database) -> list[int]:
    """How many messages each touch left in."""
    query = select(func.count()).where(delivery.c.state == "sent").group_by(delivery.c.touch)
    with db.reading() as connection:
        return list(connection.execute(query).scalars())


def one_pass(app: App, stages: Stages, now: int) -> TickCounts:
    counts = TickCounts()
    assert isinstance(app.clock, FrozenClock)
    app.clock.move_to(now)
    stages.think(counts)
    stages.speak(counts)
    with app.db.writing() as connection:
        rehearsing.sign_drafts(connection, "rehearsal", now)
    return counts


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_ticks_release_exactly_what_the_plan_said(tmp_path: Path) -> None:
    config = rehearsal(tmp_path / "house", START)
    end = START + DAYS * 86_400
    with open_app(config, now=START) as app:
        checked = check_folder(app.settings, read_folder(app.settings, app.home))
        plan = planned_touches(app.db, app.settings, checked, Span(START, START, end))
        adopt_rules(app)
        stages = Stages(app)
        sent = 0
        try:
            for now in range(START, end + QUARTER, QUARTER):
                sent += until_quiet(app, stages, now)
        finally:
            stages.close()
        happened = book(app.db, end)
        delivered = times_delivered(app.db)
    said = {one.occurrence_key: (one.state, one.policy, instant(one.due_at)) for one in plan}
    assert sent > 1_000
    assert (sum(delivered), set(delivered)) == (sent, {1}), "no touch left twice, however often its instant was passed"
    assert differences(said, happened) == []


def differences(said: Book, happened: Book) -> list[str]:
    """What was said and did not happen so, or happened unsaid."""
    keys = sorted(said.keys() | happened.keys())
    return [f"{key}: {said.get(key)} -> {happened.get(key)}" for key in keys if said.get(key) != happened.get(key)]


def book(db: Database, end: int) -> Book:
    columns = (touch.c.occurrence_key, touch.c.state, touch.c.policy, touch.c.due_at)
    with db.reading() as connection:
        rows = connection.execute(select(*columns).where(touch.c.due_at < end)).all()
    return {row[0]: ("planned" if row[1] == "delivered" else row[1], row[2], row[3]) for row in rows}


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
