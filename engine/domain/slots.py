"""Slots: the civil minutes that a cron expression names, by somebody's own calendar and wall clock.

The expression's five fields and their meaning are those of Debian's cron. Here a slot is a date and a wall time and
knows no zone: `civil.instant` says when it is, so an hour that happens twice has each of its slots once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from cronsim import CronSim, CronSimError

MOST_A_DAY = 24
"""More often than hourly nobody wants to hear from us. Ours."""
_FIELDS = 5
_UP_TO_SUNDAY = re.compile(r"-sun\b", re.IGNORECASE)
_EXAMPLE_DAY = datetime(2024, 1, 1)  # noqa: DTZ001 (civil)
_LONGEST_WAIT = timedelta(days=366 * 9)
"""29 February may be eight years away."""


class Slot(NamedTuple):
    """A civil minute."""

    day: date
    wall: time

    @property
    def text(self) -> str:
        """`2026-11-23T08:00`"""
        return f"{self.day.isoformat()}T{self.wall:%H:%M}"

    @staticmethod
    def of(text: str) -> Slot:
        """The slot that `text` was made of."""
        found = datetime.fromisoformat(text)
        return Slot(found.date(), found.time())


def check_cron(expression: str) -> None:
    """ValueError says what is wrong with a cron expression: its fields, or how often it comes."""
    if len(expression.split()) != _FIELDS:
        raise ValueError("it has five fields: minute, hour, day, month, weekday")
    try:
        found = _from(expression, _EXAMPLE_DAY)
    except CronSimError as error:
        raise ValueError(str(error).lower()) from error
    often = len(found.minutes) * len(found.hours)
    if often > MOST_A_DAY:
        raise ValueError(f"it comes {often} times a day, at most {MOST_A_DAY} are allowed")
    if next(iter(found), _EXAMPLE_DAY + 2 * _LONGEST_WAIT) > _EXAMPLE_DAY + _LONGEST_WAIT:
        raise ValueError("there is no such day")


def slots(expression: str, first: date, last: date) -> Iterator[Slot]:
    """The slots of the days `first <= day <= last`, in order."""
    before = datetime.combine(first, time()) - timedelta(minutes=1)
    for found in _from(expression, before):
        if found.date() > last:
            return
        yield Slot(found.date(), found.time())


def has_slot(expression: str, slot: Slot) -> bool:
    """Whether the expression names that minute."""
    return slot in slots(expression, slot.day, slot.day)


def _from(expression: str, after: datetime) -> CronSim:
    """Everything after that civil moment. A week may be written mon-sun too, although cron's begins on Sunday."""
    return CronSim(_UP_TO_SUNDAY.sub("-7", expression), after)
