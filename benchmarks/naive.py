"""What most people would write first: load every customer with the ORM, ask each of ten rules of him in Python.

A sample of the customers, all of those who are due among them, and the cost of the rest by proportion. What the loop
finds due is compared with what a tick planned before anything is timed. The loop only finds: it writes nothing, knows
no windows and no policies, and its dates come in batches with the customers, not one query each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, foreign, registry, relationship, selectinload

from benchmarks.bare_plan import written_by_tick
from benchmarks.lives import NEW_DAY, RHYTHM
from benchmarks.measure import Figure, cpu_seconds, in_turn
from benchmarks.world import World, steady_world
from engine.domain.civil import DAY, add, utc_date
from engine.domain.keys import spread
from engine.ground.durations import Duration, parse_duration
from engine.store.tables import date_record, lead, record

LEAST = 500.0
"""How many times as much as a tick it must cost."""
MILLI = 1_000
PIECE = 1_000
Found = set[tuple[str, str]]
"""(rule, lead) of what is due."""


class Lead:
    """A customer as the ORM maps him, with his dates and purchases."""


class LifeDay:
    """A birthday or an anniversary."""


class Purchase:
    """Something bought."""


def _map() -> None:
    mapped = registry()
    mapped.map_imperatively(LifeDay, date_record)
    mapped.map_imperatively(Purchase, record)
    mapped.map_imperatively(Lead, lead, properties={
        "days": relationship(LifeDay, primaryjoin=foreign(date_record.c.lead) == lead.c.id, viewonly=True),
        "purchases": relationship(Purchase, primaryjoin=foreign(record.c.lead) == lead.c.id, viewonly=True),
    })  # fmt: skip


def naive_loop(size: int, sample: int, runs: int) -> list[Figure]:
    """CPU of the loop over all customers against CPU of a tick that does the work."""
    _map()
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as scratch, steady_world(Path(scratch), size) as world:
        planned = {(row[0], row[1]) for row in written_by_tick(world).occasions}
        assert loop(world, sample) == planned, "the loop must find whom the tick finds"
        ours, floor = in_turn(
            runs, lambda: cpu_seconds(lambda: loop(world, sample)) * size / sample,
            world.rewound(lambda: (world.plan(), world.release())),
        )  # fmt: skip
    name = f"a naive ORM loop over {size:,} customers ({sample:,} of them run) and a tick"
    return [Figure.of(name, ours, floor, "ms", LEAST, least=True, scale=MILLI)]


def loop(world: World, sample: int) -> Found:
    """Whom the day that comes into view concerns, among so many customers: first those who are due, by their ids."""
    who: Any = Lead
    query = select(who).options(selectinload(who.days), selectinload(who.purchases))
    query = query.order_by(lead.c.id).limit(sample).execution_options(yield_per=PIECE)
    with Session(world.db.engine) as session:
        return {(rule, one.id) for one in session.scalars(query) for rule in _due(one)}


def _due(one: Any) -> Iterator[str]:
    """The rules of benchmarks/rules.yaml that have something for him on the new day."""
    today = utc_date(NEW_DAY)
    in_three_days = utc_date(NEW_DAY + 3 * DAY)
    for day in one.days:
        if day.kind == "birthday" and _returns(day, today) and one.tier != "platinum":
            yield "birthday"
        if day.kind == "birthday" and _returns(day, in_three_days) and one.tier == "platinum" and one.country == "CN":
            yield "birthday-note"
        if day.kind == "signing" and _returns(day, in_three_days) and one.status == "active":
            yield "signing"
    if one.status == "active":
        yield from _quiet_too_long(one)
    for bought in one.purchases:
        if bought.kind == "purchase" and one.country == "CN" and _comes(bought.at, Duration(days=30), one):
            yield "usage-call"
        if bought.kind == "purchase" and any(
            _comes(bought.at, Duration(months=12 * years), one) for years in range(1, 11)
        ):
            yield "yearly-service"


def _quiet_too_long(one: Any) -> Iterator[str]:
    if _comes(one.registered_at, Duration(days=30), one):
        yield "first-month"
    if one.owner_since_at is not None and _comes(one.owner_since_at, Duration(days=14), one):
        yield "handover"
    if _comes_by_grade(one):
        yield "contact-rhythm"
    known = one.last_contact_at
    if known is not None and one.country == "CN" and one.grade not in ("C", "D") and _comes(
        known, Duration(days=90), one
    ):
        yield "dormant"


def _comes_by_grade(one: Any) -> bool:
    latest = max((at for at in (one.last_contact_at, one.owner_since_at) if at is not None), default=None)
    latest = one.registered_at if latest is None else latest
    if one.grade is None or latest is None:
        return False
    if one.grade not in ("C", "D") and one.last_contact_at is not None and one.last_contact_at < NEW_DAY - 92 * DAY:
        return False
    name = "last_contact" if latest == one.last_contact_at else "owner_since"
    mark = f"{utc_date(latest):%Y%m%d}T{latest % DAY // 3600:02d}{latest % 3600 // 60:02d}{latest % 60:02d}Z"
    ref = f"interaction#{one.last_contact_ref}" if name == "last_contact" else "lead"
    return any(
        _comes(
            latest, parse_duration(RHYTHM[one.grade]).plus(Duration(days=7 * again)), one,
            spread(f"contact-rhythm|{one.id}|{name}:{ref}@{mark}+{again}", 1),
        )
        for again in range(4)
    )  # fmt: skip


def _returns(day: Any, on: date) -> bool:
    return (day.month, day.day) == (on.month, on.day)


def _comes(at: int, span: Duration, one: Any, jitter: int = 0) -> bool:
    """Whether so long after that instant, by his clock, lies in the new day."""
    then = add(add(at, span, one.timezone), Duration(days=jitter), one.timezone)
    return NEW_DAY <= then < NEW_DAY + DAY
