"""Days, weeks and months as reports are made of: civil, whole, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from engine.domain.civil import add_months, day_start

PeriodKind = Literal["daily", "weekly", "monthly"]


@dataclass(frozen=True)
class Period:
    """A day, a week from Monday to Sunday, or a calendar month. `until` is the first day behind it."""

    kind: PeriodKind
    first: date
    until: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.until - timedelta(days=1)

    def bounds(self, zone: str) -> tuple[int, int]:
        """[start, end) in seconds UTC, by the clock of that zone."""
        return day_start(self.first, zone), day_start(self.until, zone)

    def before(self) -> Period:
        """The one before it."""
        return period_of(self.kind, self.first - timedelta(days=1))

    def after(self) -> Period:
        """The one behind it."""
        return period_of(self.kind, self.until)


def period_of(kind: PeriodKind, day: date) -> Period:
    """The one that the day lies in."""
    if kind == "daily":
        return Period(kind, day, day + timedelta(days=1))
    if kind == "weekly":
        monday = day - timedelta(days=day.weekday())
        return Period(kind, monday, monday + timedelta(days=7))
    first = day.replace(day=1)
    return Period(kind, first, add_months(first, 1))


def reported(kind: PeriodKind, today: date) -> Period:
    """What a report tells of where nobody says: today; the last week or month that is over."""
    current = period_of(kind, today)
    return current if kind == "daily" else current.before()


def run_up(period: Period, count: int) -> tuple[Period, ...]:
    """That many in a row, the period itself the last of them."""
    found = [period]
    while len(found) < count:
        found.append(found[-1].before())
    return tuple(reversed(found))
