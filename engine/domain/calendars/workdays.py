"""Working days with moved ones (调休), per country. Civil dates; no zone, no clock.

A day is worked if the calendar says so, else if it is no weekend and no day off. What is known of a year comes in
layers, the later winning: `holidays`, files in the holiday-cn format, corrections from config.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from engine.domain.calendars.public import is_announced, public_holidays, weekend_of

_LONGEST_CLOSURE = 366
"""Days without a working one after which a calendar is taken for wrong."""

_FIVE_DAYS = {"HK": frozenset({5, 6})}
"""Where offices keep a five-day week though the law counts Saturday as a weekday."""


@dataclass(frozen=True)
class WorkCalendar:
    """Which civil days an office works.

    `weekend`: weekdays (0 is Monday) off unless in `work`. `off`, `work`: single days, none in both. `announced`: the
    years whose official calendar is known; in any other year the days are an estimate.
    """

    country: str
    weekend: frozenset[int] = frozenset({5, 6})
    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    announced: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if len(self.weekend) > 6 or not self.weekend <= set(range(7)):
            raise ValueError(f"the weekend of {self.country} must leave a weekday to work")
        if self.off & self.work:
            raise ValueError(f"{min(self.off & self.work)} cannot be both off and worked; leave it in one of the two")

    def is_workday(self, day: date) -> bool:
        return day in self.work or (day.weekday() not in self.weekend and day not in self.off)

    def is_provisional(self, year: int) -> bool:
        """Whether that year's official calendar is not yet known: its days may still move."""
        return year not in self.announced

    def next_workday(self, day: date) -> date:
        """The day itself if it is worked, else the first worked one after it.

        ValueError: none within a year, or before the calendar ends.
        """
        return self._nearest(day, 1)

    def previous_workday(self, day: date) -> date:
        """The day itself if it is worked, else the last worked one before it. ValueError as above."""
        return self._nearest(day, -1)

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th worked day after `day` (before it, if n is negative), not counting itself; `day` for 0."""
        step = 1 if n > 0 else -1
        for _ in range(abs(n)):
            day = self._nearest(_moved(day, step), step)
        return day

    def with_days(self, off: Iterable[date], work: Iterable[date]) -> WorkCalendar:
        """These days laid on top. ValueError: a day is in both."""
        gone, come = frozenset(off), frozenset(work)
        if gone & come:
            raise ValueError(f"{min(gone & come)} cannot be both off and worked; leave it in one of the two")
        return replace(self, off=(self.off - come) | gone, work=(self.work - gone) | come)

    def with_announced(self, years: Mapping[int, Iterable[tuple[date, bool]]]) -> WorkCalendar:
        """Official calendars by year, each as (day, whether it is off), laid on top; their years are announced now.

        Estimates of a year that was provisional are forgotten. Give all at once: one year's calendar may hold days of
        its neighbours.
        """
        forgotten = {year for year in years if self.is_provisional(year)}
        estimates_gone = replace(
            self,
            off=frozenset(day for day in self.off if day.year not in forgotten),
            work=frozenset(day for day in self.work if day.year not in forgotten),
            announced=self.announced | years.keys(),
        )
        days = dict(entry for year in sorted(years) for entry in years[year])
        return estimates_gone.with_days(
            (day for day, is_off in days.items() if is_off), (day for day, is_off in days.items() if not is_off)
        )

    def _nearest(self, day: date, step: int) -> date:
        found = day
        for _ in range(_LONGEST_CLOSURE):
            if self.is_workday(found):
                return found
            found = _moved(found, step)
        raise ValueError(f"the calendar of {self.country} has no working day within a year of {day}")


def work_calendar(
    country: str, years: Iterable[int], subdivision: str | None = None, weekend: frozenset[int] | None = None
) -> WorkCalendar:
    """The country's calendar for those civil years, from its public holidays; other years know only weekends.

    ValueError: the country or its subdivision is unknown, `weekend` is the whole week, or there are no years.
    """
    span = sorted(set(years))
    if not span:
        raise ValueError(f"the calendar of {country} needs a year")
    if weekend is None:
        weekend = _FIVE_DAYS.get(country) or weekend_of(country, span[-1], subdivision)
    days = [entry for year in span for entry in public_holidays(country, year, "en", subdivision)]
    work = frozenset(entry.day for entry in days if entry.kind == "workday")
    return WorkCalendar(
        country=country,
        weekend=weekend,
        off=frozenset(entry.day for entry in days) - work,
        work=work,
        announced=frozenset(year for year in span if is_announced(country, year, subdivision)),
    )


def _moved(day: date, step: int) -> date:
    try:
        return day + timedelta(days=step)
    except OverflowError as error:
        raise ValueError(f"the calendar ends on {day}") from error
