"""Office hours: working minutes and days (`wh`, `wd`) counted over a calendar of working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from engine.domain.calendars.workdays import WorkCalendar
from engine.domain.civil import instant, local
from engine.ground.durations import Duration


@dataclass(frozen=True)
class OfficeHours:
    """Minutes of the day (0-1440): open from `opens` to before `closes`, without the breaks, which come in order."""

    opens: int = 9 * 60
    closes: int = 18 * 60
    breaks: tuple[tuple[int, int], ...] = ((12 * 60, 13 * 60),)

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= 1440:
            raise ValueError("an office must close after it opens, on the same day")
        if any(start >= end for start, end in self.spans()) or any(start >= end for start, end in self.breaks):
            raise ValueError("breaks must lie within the office hours, one after the other, each with its end last")

    def spans(self) -> tuple[tuple[int, int], ...]:
        """What is worked of a day, in order: (start, end) in minutes."""
        starts = (self.opens, *(end for _, end in self.breaks))
        ends = (*(start for start, _ in self.breaks), self.closes)
        return tuple(zip(starts, ends, strict=True))

    @property
    def minutes(self) -> int:
        """How much is worked in a day."""
        return sum(end - start for start, end in self.spans())


def add_work_minutes(wall: datetime, n: int, calendar: WorkCalendar, hours: OfficeHours) -> datetime:
    """The wall time after n minutes of office time, or before, if n is negative; both without a zone.

    Time that is not worked costs nothing. Counting forward ends no later than closing time, backward no earlier than
    opening; 0 moves nothing.
    """
    left, forward = timedelta(minutes=abs(n)), n > 0
    while left:
        start, end = _span_ahead(wall, calendar, hours, forward)
        wall = max(wall, start) if forward else min(wall, end)
        taken = min(left, end - wall if forward else wall - start)
        wall, left = wall + taken if forward else wall - taken, left - taken
    return wall


def _span_ahead(wall: datetime, calendar: WorkCalendar, hours: OfficeHours, forward: bool) -> tuple[datetime, datetime]:
    """The worked span in which time can be spent next, seen from `wall` in that direction."""
    day = wall.date()
    if calendar.is_workday(day):
        spans = [(_at(day, start), _at(day, end)) for start, end in hours.spans()]
        for start, end in spans if forward else reversed(spans):
            if wall < end if forward else start < wall:
                return start, end
    day = calendar.add_workdays(day, 1 if forward else -1)
    start_minute, end_minute = hours.spans()[0 if forward else -1]
    return _at(day, start_minute), _at(day, end_minute)


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


@dataclass(frozen=True)
class Office:
    """Where `wh` and `wd` are counted: a calendar and hours, on the wall clock of an IANA zone."""

    calendar: WorkCalendar
    hours: OfficeHours
    zone: str

    def add(self, at: int, span: Duration) -> int:
        """The instant moved by the span's working days, then its working minutes; other parts are not looked at.

        Working days keep the wall time.
        """
        if not span.needs_office_calendar:
            return at
        wall = local(at, self.zone).replace(tzinfo=None)
        wall = datetime.combine(self.calendar.add_workdays(wall.date(), span.workdays), wall.time())
        wall = add_work_minutes(wall, span.work_minutes, self.calendar, self.hours)
        return instant(wall.date(), wall.time(), self.zone)
