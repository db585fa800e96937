"""Touches that have just been let go, a thousand to customers or a thousand to reps, and what sends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.channels.mime import build
from benchmarks.lives import TICK
from benchmarks.mail import SENDER, Prepared
from benchmarks.world import World
from engine.ground.clock import FrozenClock
from engine.service.channels.build import build_channels, close_channels
from engine.settings.email_model import EmailChannel
from engine.settings.model import Settings
from engine.stages.compose.compose import compose
from engine.stages.compose.shelf import Shelf
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.dispatch.pilot import message_of
from engine.store.outbox.deliveries import Due

ZONE = "Europe/Berlin"  # where it is afternoon at the tick
_RULES = {"lead": ("birthday", "wish", "greet", "festive"), "rep": ("contact-rhythm", "call", "remind", "care")}


class Sending:
    """Compose and dispatch as a daemon keeps them from pass to pass."""

    def __init__(self, world: World, port: int) -> None:
        self.db = world.db
        self.settings = through(world.settings, port)
        self.shelf = Shelf(world.books)
        self.channels = build_channels(self.settings, Path(), FrozenClock(TICK).now, rehearsal=False)
        self.dispatcher = Dispatcher(self.db, self.channels, self.settings, FrozenClock(TICK), "benchmark")

    def compose(self) -> int:
        """Write everything that was let go; how many."""
        done = 0
        while counts := compose(self.db, self.shelf, self.settings, TICK):
            done += counts["composed"]
        return done

    def dispatch(self) -> int:
        """Send everything that was written; how many."""
        return self.dispatcher.run()["sent"]

    def close(self) -> None:
        self.dispatcher.close()
        close_channels(self.channels)


@contextmanager
def sending(world: World, port: int) -> Iterator[Sending]:
    """The two stages, ready and warm."""
    stages = Sending(world, port)
    try:
        for audience in _RULES:
            let_go(world, audience, 20)
            stages.compose()
            stages.dispatch()
        yield stages
    finally:
        stages.close()


def let_go(world: World, audience: str, count: int) -> None:
    """Touches of that audience for so many customers, released at the tick; earlier ones are forgotten."""
    rule, step, action, category = _RULES[audience]
    raw = world.raw()
    born_under = raw.execute("SELECT revision, generation FROM rule_revision WHERE rule = ?", (rule,))
    revision, generation = born_under.fetchone()
    raw.execute("BEGIN IMMEDIATE")
    for table in ("delivery", "delivery_event"):
        raw.execute(f"DELETE FROM {table}")
    for table in ("occasion", "touch"):
        raw.execute(f"DELETE FROM {table} WHERE anchor = 'now'")
    some = f"FROM lead WHERE id LIKE 'lead-%' AND timezone = '{ZONE}' LIMIT {count}"
    raw.execute(
        "INSERT INTO occasion (rule, lead, anchor, shard, revision, generation, occurs_on, counts_from_at, born_at)"
        f" SELECT ?, id, 'now', shard, ?, ?, '2026-06-18', ?, ? {some}", (rule, revision, generation, TICK, TICK)
    )
    raw.execute(
        "INSERT INTO touch (occurrence_key, rule, lead, anchor, step, receiver, shard, revision, generation, action,"
        " audience, category, priority, nominal_at, due_at, day_on, state, judged_version, needs_signature,"
        " released_at, via, via_index)"
        " SELECT ? || id, ?, id, 'now', ?, CASE ? WHEN 'lead' THEN id ELSE owner END, shard, ?, ?, ?, ?, ?, 50, ?, ?,"
        f" '2026-06-18', 'released', judge_version, 0, ?, '[\"email\"]', 0 {some}",
        (f"{rule}|", rule, step, audience, revision, generation, action, audience, category, TICK, TICK, TICK),
    )
    raw.execute("COMMIT")


def prepared(world: World) -> list[Prepared]:
    """The messages of all deliveries that were written, as bytes."""
    rows = world.raw().execute(f"SELECT {', '.join(_column(name) for name in Due._fields)} FROM delivery").fetchall()
    messages = [message_of(Due._make(row)) for row in rows]
    return [Prepared(one.address, build(one, SENDER, "")) for one in messages]


def _column(name: str) -> str:
    return f'"{name}"'


def through(settings: Settings, port: int) -> Settings:
    """The settings with a relay at that port as the only channel."""
    relay = EmailChannel(kind="email", host="127.0.0.1", port=port, security="none", from_address=SENDER)
    return settings.model_copy(update={"channels": {"email": relay}})
