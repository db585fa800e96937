"""Texts about people that config.yaml keeps for some time only: they go when it is over, whoever they are about.

How far each age has been seen to is remembered by the day touches were due; once a month everything is looked at
again, for what ended later than its neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.domain.civil import DAY, utc_date
from engine.settings.meaning_retention import age
from engine.settings.retention_model import Retention
from engine.stages.tidy.limits import Limits, rest
from engine.store import state
from engine.store.database import Connection, Database
from engine.store.privacy import dropping
from engine.store.privacy.dropping import DROPS, Drop, Old

AGAIN = 30 * DAY
"""How often everything is looked at from the beginning. Ours."""

Dropped = Counter[str]
"""Touches, letters and looks by the word of config.yaml."""


@dataclass(frozen=True)
class Order:
    """Which texts of which touches go. `name`: under which it is remembered how far they went."""

    what: str
    name: str
    old: Old

    @property
    def before_on(self) -> str:
        """The civil day (ISO) before which all that ended in time was due."""
        return utc_date(self.old.before).isoformat()


def orders(retention: Retention, now: int) -> list[Order]:
    """Everything that an age is set for."""
    found = []
    own = retention.words_by_category
    for category, text in own.items():
        if (span := age(text)) is not None:
            old = Old(now - span, frozenset({category}), others=False)
            found.append(Order("words", f"words:{category}:{text}", old))
    for what in DROPS:
        text = getattr(retention, what)
        if (span := age(text)) is not None:
            but = frozenset(own) if what == "words" else frozenset()
            found.append(Order(what, ":".join((what, text, *sorted(but))), Old(now - span, but)))
    return found


def to_drop(db: Database, retention: Retention, now: int) -> Dropped:
    """What is to go by now; everything is looked at."""
    found = Dropped()
    for order in orders(retention, now):
        for day_on in _days(db, "", order.before_on):
            with db.reading() as connection:
                found[order.what] += sum(
                    dropping.count(connection, drop, day_on, order.old) for drop in DROPS[order.what]
                )
    with db.reading() as connection:
        for what, (counted, _, before) in _of_their_own(retention, now).items():
            found[what] = counted(connection, before)
    return +found


def drop(db: Database, retention: Retention, now: int, limits: Limits) -> Dropped:
    """Let go what is old enough. Done again after an interruption, it goes on about where it was."""
    total = Dropped()
    for order in orders(retention, now):
        last_on, began_at = _remembered(db, order, now)
        for day_on in _days(db, last_on, order.before_on):
            for kind in DROPS[order.what]:
                for count in _pieces(db, kind, day_on, order.old):
                    total[order.what] += count
                    limits.progress(total.total())
            last_on = day_on
            if limits.reached(total.total()):
                break
        _remember(db, order, last_on, began_at, now)
    for what, (_, forget, before) in _of_their_own(retention, now).items():
        while not limits.reached(total.total()) and (count := _forgotten(db, forget, before)):
            total[what] += count
    return total


Counting = Callable[[Connection, int], int]


def _of_their_own(retention: Retention, now: int) -> dict[str, tuple[Counting, Counting, int]]:
    """What is not a touch's: how it is counted, what takes a piece of it away, and what came before when."""
    ways = {
        "letters": (dropping.old_letters, dropping.forget_letters),
        "looks": (dropping.old_looks, dropping.forget_looks),
    }
    spans = {what: age(getattr(retention, what)) for what in ways}
    return {what: (*way, now - span) for what, way in ways.items() if (span := spans[what]) is not None}


def _days(db: Database, last_on: str, before_on: str) -> Iterator[str]:
    while True:
        with db.reading() as connection:
            found = dropping.next_day(connection, last_on, before_on)
        if found is None:
            return
        last_on = found
        yield found


def _pieces(db: Database, kind: Drop, day_on: str, old: Old) -> Iterator[int]:
    with db.reading() as connection:
        if not dropping.count(connection, kind, day_on, old):
            return
    while True:
        with rest(), db.writing() as connection:
            count = dropping.take_away(connection, kind, day_on, old)
        if count == 0:
            return
        yield count


def _forgotten(db: Database, forget: Counting, before: int) -> int:
    with rest(), db.writing() as connection:
        return forget(connection, before)


def _remembered(db: Database, order: Order, now: int) -> tuple[str, int]:
    """The last day that was seen to, and when the present round began."""
    with db.reading() as connection:
        fact = state.get(connection, f"dropped:{order.name}")
    if fact is None or now - fact.value["began_at"] > AGAIN:
        return "", now
    return fact.value["last_on"], fact.value["began_at"]


def _remember(db: Database, order: Order, last_on: str, began_at: int, now: int) -> None:
    with db.writing() as connection:
        state.put(connection, f"dropped:{order.name}", {"last_on": last_on, "began_at": began_at}, now)
