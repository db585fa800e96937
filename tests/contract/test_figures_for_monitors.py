"""What a monitor is told reads the same on both engines, and daemons that count at once lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

from engine.desk.lateness import lags
from engine.store import tallies
from engine.store.database import Database
from engine.store.ledger import delivery, pause, plan_cursor, touch
from engine.store.lookups import gauges
from engine.store.lookups.gauges import Waiting
from engine.store.tables import dirty_lead
from engine.store.tallies import Series

NOON = 1_771_214_400  # Monday 2026-02-16 04:00 UTC
TOUCH = {
    "rule": "call", "lead": "lin", "anchor": "1", "step": "ring", "receiver": "li", "shard": 0, "revision": "r1",
    "generation": 1, "action": "remind", "audience": "rep", "category": "sales", "priority": 50, "nominal_at": NOON,
    "due_at": NOON, "day_on": "2026-02-16", "via": [],
}  # fmt: skip
DELIVERY = {
    "channel": "email", "lead": "lin", "rule": "call", "category": "sales", "audience": "lead", "receiver": "lin",
    "address": "lin@example.com", "subject": "s", "text": "t", "timezone": "UTC", "window": "", "composed_at": NOON,
}  # fmt: skip


def in_threads(works: list[Callable[[], Any]]) -> None:
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_lateness_is_that_of_the_oldest_and_what_is_paused_is_not_late(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(plan_cursor.insert().values(shard=0, horizon_at=NOON - NOON % 86_400 + 2 * 86_400))
        connection.execute(dirty_lead.insert().values(lead="lin", reason="import", at=NOON - 40))
        for number, (state, more) in enumerate([
            ("planned", {"judge_at": NOON - 30}), ("planned", {"judge_at": NOON + 30}),
            ("released", {"released_at": NOON - 20}), ("released", {"released_at": NOON - 90}),
        ]):  # fmt: skip
            key = {"occurrence_key": str(number), "state": state}
            connection.execute(touch.insert().values({**TOUCH, **key, **more}))
        written = connection.execute(touch.select().order_by(touch.c.id.desc())).first()
        connection.execute(delivery.insert().values(
            **DELIVERY, touch=written.id, message_id="m", state="pending", run_at=NOON - 10))  # fmt: skip
        assert lags(connection, NOON) == {"plan": NOON % 86_400, "release": 30, "compose": 20, "dispatch": 10}
        connection.execute(pause.insert().values(scope="channel", name="email", actor="ops", at=NOON))
        assert lags(connection, NOON)["dispatch"] == 0
        assert gauges.deliveries_that_wait(connection, ["email"], NOON) == {Waiting("pending", "email", ""): 1}
        assert gauges.touches_that_wait(connection, NOON) == {("planned", "", ""): 2, ("released", "", ""): 2}
        assert gauges.pauses_by_scope(connection) == {"channel": 1}
        assert (gauges.lapsed_leases(connection, NOON), gauges.closed_limits(connection, NOON)) == (0, 0)
        assert gauges.sources_stand(connection) == {}


def test_daemons_that_count_the_same_at_once_lose_nothing(database: Database) -> None:
    more = {Series(tallies.FAILURES, (stage,)): 1.0 for stage in ("plan", "release", "act")}

    def count() -> None:
        for _ in range(5):
            with database.writing() as connection:
                tallies.add(connection, more)

    in_threads([count] * 4)
    with database.reading() as connection:
        assert tallies.counted(connection) == {
            tallies.FAILURES: {("plan",): 20, ("release",): 20, ("act",): 20}
        }  # fmt: skip
