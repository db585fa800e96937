"""What customers may expect: not too much, nothing festive in mourning, nothing sold while they complain."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

from engine.domain.civil import DAY, day_start, local
from tests.year.record import ZONE, Record, day_of

HOUR = 3600
GAP, WEEK = 2 * HOUR, 7 * DAY
QUIET = 49
"""Civil days, that of the death or the illness among them: the seven weeks of custom."""
LAST_TICK = time(18, 29)
LEVEL, FESTIVE_LEVEL = 7, 12
"""Levelled reminders of a rep's day, and of a day on which he prepares a festival."""


def once(record: Record) -> Iterator[str | None]:
    """No message leaves twice."""
    for touch, times in Counter(one["touch"] for one in record.messages).items():
        yield f"touch {touch} left {times} times" if times > 1 else None


def apart(record: Record) -> Iterator[str | None]:
    """Two messages to one customer are two hours apart."""
    for lead, ones in record.to_customers.items():
        for before, after in pairwise(ones):
            related = before["anchor"] == after["anchor"]
            near = after["sent_at"] - before["sent_at"] < GAP and not related
            yield f"{lead}: {_two(before, after)}" if near else None


def sold_twice_a_week(record: Record) -> Iterator[str | None]:
    """What sells comes to nobody who had two messages in the seven days before."""
    for lead, ones in record.to_customers.items():
        for one in (each for each in ones if each["category"] == "sales"):
            before = [other for other in ones if one["sent_at"] - WEEK < other["sent_at"] < one["sent_at"]]
            yield f"{lead}: {one['rule']} after {len(before)}" if len(before) >= 2 else None


def one_wish_a_day(record: Record) -> Iterator[str | None]:
    """Nobody is wished twice on one day."""
    for lead, ones in record.to_customers.items():
        for day, times in Counter(day_of(one["sent_at"]) for one in ones if one["category"] == "festive").items():
            yield f"{lead}: {times} wishes on {day}" if times > 1 else None


def one_note_a_week(record: Record) -> Iterator[str | None]:
    """However often nobody answers, one message a week says so."""
    for lead, ones in record.to_customers.items():
        for before, after in pairwise(one for one in ones if one["rule"] == "no-answer"):
            yield f"{lead}: {_two(before, after)}" if after["sent_at"] - before["sent_at"] < 5 * DAY else None


def nothing_in_mourning(record: Record) -> Iterator[str | None]:
    """In the 49 days from a death or an illness on nothing festive leaves, and nothing that sells."""
    for event in _kinds(record, ("bereavement", "illness")):
        until = day_start(day_of(event["starts_at"]) + timedelta(days=QUIET), ZONE)
        yield from _silent(record, event, until, ("festive", "sales"))


def nothing_sold_to_complainers(record: Record) -> Iterator[str | None]:
    """While a complaint is open nothing sells."""
    for event in _kinds(record, ("complaint",)):
        yield from _silent(record, event, event["ends_at"] or record.size.end, ("sales",))


def complainers_are_called(record: Record) -> Iterator[str | None]:
    """A complaint holds no working call: the rhythm goes on."""
    for event in _kinds(record, ("complaint",)):
        ends = event["ends_at"] or record.size.end
        for one in record.touches_of.get(event["whom"], ()):
            if one["rule"] in ("contact-rhythm", "need-rhythm") and event["recorded_at"] <= one["due_at"] < ends:
                held = one["policy"] == "complaint-open"
                yield f"{one['occurrence_key']} was kept back" if held else None


def no_day_is_too_full(record: Record) -> Iterator[str | None]:
    """No rep's day has more levelled reminders than its level, from the first day on."""
    for (rep, day), ones in per_day(record).items():
        festive = any(one["rule"] in ("spring-festival-notes", "mid-autumn-eve") for one in ones)
        too_full = len(ones) > (FESTIVE_LEVEL if festive else LEVEL)
        yield f"{rep} on {day}: {len(ones)}" if too_full else None


CHECKS = (
    once, apart, sold_twice_a_week, one_wish_a_day, one_note_a_week, nothing_in_mourning, nothing_sold_to_complainers,
    complainers_are_called, no_day_is_too_full,
)  # fmt: skip


def per_day(record: Record) -> dict[tuple[str, date], list[Mapping[str, Any]]]:
    """The levelled reminders of each rep's day.

    What is due in the last hour in which he is written to leaves with the next morning's tick of this house.
    """
    days: dict[tuple[str, date], list[Mapping[str, Any]]] = defaultdict(list)
    for one in record.messages:
        if one["level_rep"] is not None and one["audience"] != "lead":
            too_late = local(one["due_at"], ZONE).time() > LAST_TICK and one["sent_at"] - one["due_at"] < 3 * DAY
            days[one["receiver"], day_of(one["due_at"] if too_late else one["sent_at"])].append(one)
    return days


def _kinds(record: Record, kinds: Collection[str]) -> Iterator[Mapping[str, Any]]:
    return (event for event in record.happened if event["kind"] in kinds)


def _silent(record: Record, event: Mapping[str, Any], until: int, categories: Collection[str]) -> Iterator[str | None]:
    """Of what was planned for him meanwhile: whether it left, once we knew. What a colleague hands on is his word."""
    sent = {one["touch"]: one["sent_at"] for one in record.about.get(event["whom"], ())}
    for one in (one for one in record.touches_of.get(event["whom"], ()) if one["handed_by"] is None):
        at = sent.get(one["id"], one["due_at"])
        if one["category"] in categories and event["recorded_at"] <= at < until and event["starts_at"] <= at:
            days = (at - event["starts_at"]) // DAY
            yield f"{one['occurrence_key']} left {days} days after" if one["id"] in sent else None


def _two(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return f"{after['rule']} {(after['sent_at'] - before['sent_at']) // 60} minutes after {before['rule']}"
