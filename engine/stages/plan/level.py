"""Spreading peaks: which day of its rep a touch with `level` falls on.

A day is chosen once, when the touch opens, and kept in the book; only a change of its own wish asks again. Touches
are placed in the order of the UTC day on which they open, what is overdue with those of today; within it by priority,
then whoever can wait the fewest days, then in an order that is drawn from their keys, so it makes no difference in how
many passes the days are planned.
`nominal_at` keeps the wish.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from engine.domain.civil import DAY, add, local_date
from engine.domain.words import Audience, Touch
from engine.ground.durations import Duration
from engine.rulebook.model import Level, Step
from engine.stages.books import Books
from engine.stages.plan.absence import is_absent
from engine.stages.plan.timing import Clockwork
from engine.store.book import levelling
from engine.store.book.planning import RepRow
from engine.store.database import Connection


class Placing(NamedTuple):
    """What days are chosen by."""

    clockwork: Clockwork
    reps: Mapping[str, RepRow]
    now: int


class Place(NamedTuple):
    """A touch on one of its days: the rep's civil day, the hour of its reminder or draft, and its new columns."""

    day: date
    at: int
    columns: dict[str, Any]


NO_ROOM = "no_room"
"""Why a touch was let go for which no day had room."""

_LOT_BITS, _PATIENCE_BITS, _PRIORITY_BITS = 22, 6, 16  # with the day they fit into 63 bits for a thousand years


def order_of(occurrence_key: str, opens_at: int, priority: int, patience: int) -> int:
    """Its turn: by the UTC day on which it opens, by its priority, by its patience, then as if drawn by lot.

    It is always the same. `patience`: how many days it may still be moved, less than 64; of one priority the nearest
    deadline first finds room for all wherever there is room for all (Jackson 1955).
    """
    lot = int.from_bytes(hashlib.blake2b(occurrence_key.encode(), digest_size=4).digest(), "big") >> 32 - _LOT_BITS
    turn = ((opens_at // DAY << _PRIORITY_BITS) + priority << _PATIENCE_BITS) + patience
    return (turn << _LOT_BITS) + lot


def patience_of(level: Level, opens_at: int, expires_at: int | None) -> int:
    """The days by which it may be moved when it opens, none of them behind the one on which it expires.

    Of working days there are five in a week here; which ones they are its options tell.
    """
    days = level.within.days + -(-level.within.workdays * 7 // 5)
    return days if expires_at is None else max(0, min(days, (expires_at - opens_at) // DAY))


def level(connection: Connection, books: Books, placing: Placing, limit: int) -> int:
    """Give up to so many touches their days, in their order; how many there were."""
    levelling.take_turns(connection)
    rows = levelling.to_place(connection, limit)
    if not rows:
        return 0
    steps = {(row.rule, row.revision, row.step): _step(connection, books, row) for row in rows}
    options = [(row, _options(row, steps[row.rule, row.revision, row.step], placing)) for row in rows]
    days = [place.day for _, places in options for place in places]
    load = Counter(levelling.loads(connection, {row.level_rep for row in rows}, min(days), max(days)))
    changes, without = [], []
    for row, places in options:
        step = steps[row.rule, row.revision, row.step]
        chosen = _choose(places, load, row.level_rep, step.level if step else None)
        if chosen is None:
            without.append(row.id)
            continue
        load[row.level_rep, chosen.day.isoformat()] += 1
        changes.append({"b_id": row.id, **{f"b_{name}": value for name, value in chosen.columns.items()}})
    levelling.place(connection, changes)
    levelling.let_go(connection, without, NO_ROOM, placing.now)
    return len(rows)


def _step(connection: Connection, books: Books, row: Any) -> Step | None:
    rule = books.rule(connection, row.rule, row.revision)
    return next((step for step in rule.steps if step.id == row.step), None) if rule else None


def _choose(places: list[Place], load: Mapping[tuple[str, str], int], rep: str, level: Level | None) -> Place | None:
    """The nearest day with room; if none has any, the emptiest, the nearest of several, or (`must_fit`) None."""
    if level is None:
        return places[0]
    free = (place for place in places if load[rep, place.day.isoformat()] < level.most)
    found = next(free, None)
    if found is not None or level.must_fit:
        return found
    return min(places, key=lambda place: load[rep, place.day.isoformat()])


def _options(row: Any, step: Step | None, placing: Placing) -> list[Place]:
    """The touch on its own day, then on every other day that is open to it, the nearest first.

    What is overdue has today for its day, or the next one on which its rep may be reminded, and moves on from there. So
    does a reminder that came when no day before its own was left, as long as it is worth it.
    """
    at = row.due_at if row.audience != Audience.LEAD else row.judge_at or row.due_at
    own = Place(_day_of(at, row, placing), at, _columns(row, at, placing))
    if step is None or step.level is None or not _may_move(row):
        return [own]
    zone = _zone(row, placing)
    wished = start = local_date(at, zone)
    earlier = step.level.earlier
    if at < placing.now and row.audience != Audience.LEAD:
        earlier = False
        reached = placing.clockwork.due_at(placing.now, step, Audience(row.audience), zone)
        start = local_date(reached, zone)
        today = _day_of(reached, row, placing)
        own = Place(today, at, {**own.columns, "level_on": today.isoformat()})
    found = _others(start, earlier, wished, row, step, placing)
    if earlier and not found and row.expires_at is not None and row.audience != Audience.LEAD:
        found = _others(start, False, wished, row, step, placing)
    return [own, *found]


def _others(start: date, earlier: bool, wished: date, row: Any, step: Step, placing: Placing) -> list[Place]:
    """Its places on the days before that one, or after it."""
    assert step.level is not None
    days = _days(start, step.level, earlier, placing.reps[row.level_rep], placing)
    places = (_on(day, wished, row, step, placing) for day in days)
    return [place for place in places if place is not None]


def _may_move(row: Any) -> bool:
    """What is not looked at yet, and reminders that a policy put off."""
    return bool(row.state == Touch.PLANNED or (row.state == Touch.DEFERRED and row.audience != Audience.LEAD))


def on_day(row: Any, step: Step, day_on: str, due_at: int, placing: Placing) -> Place | None:
    """A touch as it is planned anew, on the rep's day that was chosen before; None if that is no longer open to it.

    What was moved to that day, as `due_at` tells, keeps its hour there when the day has come.
    """
    found = next((place for place in _options(row, step, placing) if place.day.isoformat() == day_on), None)
    if found is None or found.at >= placing.now or _day_of(due_at, row, placing).isoformat() != day_on:
        return found
    zone = _zone(row, placing)
    return _on(local_date(due_at, zone), local_date(row.due_at, zone), row, step, placing) or found


def _days(start: date, level: Level, earlier: bool, rep: RepRow, placing: Placing) -> Iterator[date]:
    """The days of the office to which it may move, the nearest first; of working days, those on which he is there."""
    calendars, step = placing.clockwork.calendars, timedelta(days=-1 if earlier else 1)
    calendar = calendars.work(calendars.office_country, start.year - 1, start.year + 1)
    left, day = level.within.days + level.within.workdays, start
    while left > 0 and abs((day - start).days) < level.reach:
        day += step
        works = calendar.is_workday(day) and not is_absent(rep, day)
        left -= 1 if works or level.within.days else 0
        if works:
            yield day


def _on(day: date, wished: date, row: Any, step: Step, placing: Placing) -> Place | None:
    """The touch at its hour of that day instead of the wished one, if its window is open then, its rep is there, and
    it is neither past nor expired."""
    zone = _zone(row, placing)
    audience = Audience(row.audience)
    at = add(row.due_at if audience is not Audience.LEAD else row.judge_at, Duration(days=(day - wished).days), zone)
    if audience is not Audience.LEAD:
        at = placing.clockwork.due_at(at, step, audience, zone)
    too_late = row.expires_at is not None and at >= row.expires_at
    if local_date(at, zone) != day or at < placing.now or too_late:
        return None
    found = Place(_day_of(at, row, placing), at, _columns(row, at, placing))
    return None if is_absent(placing.reps[row.level_rep], found.day) else found


def _day_of(at: int, row: Any, placing: Placing) -> date:
    return local_date(at, placing.reps[row.level_rep].timezone)


def _zone(row: Any, placing: Placing) -> str:
    """By whose clock its hour is kept."""
    return str(row.lead_zone if row.audience == Audience.LEAD else placing.reps[row.level_rep].timezone)


def _columns(row: Any, at: int, placing: Placing) -> dict[str, Any]:
    """A reminder moves as a whole; of a greeting only the draft does. What is no longer planned stays where it is."""
    day_on = _day_of(at, row, placing).isoformat()
    if not _may_move(row):
        return {"due": row.due_at, "judge": row.judge_at, "day": row.day_on, "level_on": day_on}
    due_at = row.due_at if row.audience == Audience.LEAD else at
    return {"due": due_at, "judge": at, "day": local_date(due_at, row.lead_zone).isoformat(), "level_on": day_on}
