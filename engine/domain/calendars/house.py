"""The calendars of one house: which days each country works, our office, and who keeps which festival when.

What config says comes first: corrections of a country, then official calendars in the holiday-cn format, then what
the packages know. Pure: everything that stands in files was read before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from engine.domain.calendars.corrections import Corrections
from engine.domain.calendars.festivals import FESTIVALS, KNOWN, festival_days, is_provisional
from engine.domain.calendars.lunar import YEARS
from engine.domain.calendars.office_hours import Office, OfficeHours
from engine.domain.calendars.public import countries
from engine.domain.calendars.workdays import WorkCalendar, work_calendar
from engine.domain.civil import local_date
from engine.domain.words import Shift
from engine.ground.durations import Duration

LONGEST_SHIFT = 31
"""Days within which a shift looks for a working day; in a longer closure everything stays on its day. Ours."""

_FEWEST_WORKDAYS = 200
"""Working days of a year, or more; how many years a calendar must span is reckoned from it."""

_WEEKENDS_ONLY = WorkCalendar("")

Official = Mapping[int, tuple[tuple[date, bool], ...]]
"""Official calendars by year, each as (day, whether it is off)."""


@dataclass(frozen=True)
class NamedDays:
    """The days of a festival as config names them; `default` for the countries that it does not name."""

    default: tuple[date, ...] = ()
    countries: Mapping[str, tuple[date, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, country: str, year: int) -> tuple[date, ...]:
        """Its days there in that civil year; none where config says nothing of the year."""
        return tuple(sorted(day for day in self.countries.get(country, self.default) if day.year == year))


class Where(NamedTuple):
    """Some countries, or (`elsewhere`) all but those."""

    countries: tuple[str, ...]
    elsewhere: bool = False


class Kept(NamedTuple):
    """A festival on one of its days: who keeps it by his country, and where those live who observe it anyhow."""

    day: date
    anchor: str
    keepers: Where
    observers: Where


@dataclass(frozen=True)
class Calendars:
    """All of them. `office_country`, `office_zone` and `hours` are those of the office that counts `wd` and `wh`."""

    corrections: Mapping[str, Corrections] = field(default_factory=lambda: MappingProxyType({}))
    official: Mapping[str, Official] = field(default_factory=lambda: MappingProxyType({}))
    named: Mapping[str, NamedDays] = field(default_factory=lambda: MappingProxyType({}))
    office_country: str = "CN"
    office_zone: str = "Asia/Shanghai"
    hours: OfficeHours = field(default_factory=OfficeHours)
    _spans: dict[tuple[str, int, int], WorkCalendar] = field(default_factory=dict, compare=False, repr=False)
    _kept: dict[tuple[str, int], tuple[Kept, ...]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def configured(self) -> frozenset[str]:
        """The countries of which config says something."""
        return frozenset({self.office_country, *self.corrections, *self.official})

    def work(self, country: str, first: int, last: int) -> WorkCalendar:
        """The country's calendar for these civil years. Of a country that nobody knows only weekends are known."""
        key = (country, first, last)
        if key not in self._spans:
            self._spans[key] = self._built(country, range(max(first, YEARS[0]), min(last, YEARS[-1]) + 1))
        return self._spans[key]

    def _built(self, country: str, years: range) -> WorkCalendar:
        known = work_calendar(country, years) if years and country in countries() else _WEEKENDS_ONLY
        official = self.official.get(country, {})
        known = known.with_announced({year: days for year, days in official.items() if year in years})
        return self.corrections.get(country, Corrections()).applied_to(known)

    def shifted(self, day: date, shift: Shift, country: str) -> date:
        """The day itself if the country works it, else the nearest worked one on that side."""
        if shift is Shift.NONE:
            return day
        calendar = self.work(country, day.year - 1, day.year + 1)
        step = timedelta(days=1 if shift is Shift.NEXT else -1)
        found = day
        for _ in range(LONGEST_SHIFT):
            if calendar.is_workday(found):
                return found
            found += step
        return day

    def moved(self, day: date, workdays: int) -> date:
        """The civil day that many working days of the office later."""
        return self._office(day, Duration(workdays=workdays)).calendar.add_workdays(day, workdays) if workdays else day

    def later(self, at: int, span: Duration) -> int:
        """The instant moved by the working days and hours of a span; its other parts are not looked at."""
        if not span.needs_office_calendar:
            return at
        return self._office(local_date(at, self.office_zone), span).add(at, span)

    def _office(self, day: date, span: Duration) -> Office:
        days = abs(span.workdays) + abs(span.work_minutes) // self.hours.minutes
        reach = 1 + days // _FEWEST_WORKDAYS
        calendar = self.work(self.office_country, day.year - reach, day.year + reach)
        return Office(calendar, self.hours, self.office_zone)

    def festival_days(self, festival: str, year: int, country: str) -> tuple[date, ...]:
        """The festival's days in that civil year, for somebody of that country who keeps it."""
        return self._said(festival, year, country) or _calculated(festival, year, country)

    def keeps(self, festival: str, year: int, country: str) -> bool:
        """Whether people of that country keep it: config names a day for them, or it is a custom there."""
        if self._said(festival, year, country):
            return True
        return festival in KNOWN and country in KNOWN[festival].keepers

    def _said(self, festival: str, year: int, country: str) -> tuple[date, ...]:
        """What config says: the country's own correction, else a named day."""
        correction = self.corrections.get(country, Corrections()).festival_days(festival, year)
        return correction or self.named.get(festival, NamedDays()).of(country, year)

    def kept_between(self, festival: str, first: date, last: date) -> Iterator[Kept]:
        """Every day of the festival from `first` to `last`, each with all the countries that share it."""
        for year in range(first.year, last.year + 1):
            key = (festival, year)
            if key not in self._kept:
                self._kept[key] = tuple(self._days_of(festival, year))
            yield from (kept for kept in self._kept[key] if first <= kept.day <= last)

    def _days_of(self, festival: str, year: int) -> Iterator[Kept]:
        special = self._special(festival)
        days = {country: self.festival_days(festival, year, country) for country in (*special, "")}
        for day, anchor in sorted({pair for found in days.values() for pair in _anchored(festival, found)}):
            here = [country for country, found in days.items() if (day, anchor) in _anchored(festival, found)]
            keepers = [country for country in here if self.keeps(festival, year, country)]
            yield Kept(day, anchor, _where(keepers, special), _where(here, special))

    def _special(self, festival: str) -> frozenset[str]:
        """The countries whose day, or whose custom, may differ from everybody else's."""
        said = {country for country, one in self.corrections.items() if festival in one.festivals}
        named = self.named[festival].countries if festival in self.named else {}
        known = KNOWN.get(festival)
        local = {country for country, _ in known.local} if known else set()
        return frozenset({*said, *named, *local, *(known.keepers if known else ())})

    def day_of(self, anchor: str, country: str, observances: Collection[str]) -> date | None:
        """Where the festival of an anchor lies now for somebody; None if it is not his, or no longer."""
        festival, _, when = anchor.partition(":")
        year = int(when[:4])
        if festival not in observances if observances else not self.keeps(festival, year, country):
            return None
        found = _anchored(festival, self.festival_days(festival, year, country))
        return next((day for day, known in found if known == anchor), None)

    def is_published(self, country: str, year: int) -> bool:
        """Whether the official calendar of that civil year is known."""
        return not self.work(country, year - 1, year + 1).is_provisional(year)

    def is_estimate(self, festival: str, year: int, country: str) -> bool:
        """Whether the festival's day there is still to be announced, and config says nothing of it."""
        if festival not in KNOWN or self._said(festival, year, country):
            return False
        return is_provisional(festival, year, country)

    def digest(self, country: str, year: int) -> str:
        """What tells two states of a country's data for that year apart: days off, worked days, festivals."""
        calendar = self.work(country, year - 1, year + 1)
        days = [
            sorted(day.isoformat() for day in chosen if day.year == year) for chosen in (calendar.off, calendar.work)
        ]
        names = {*FESTIVALS, *self.named, *self.corrections.get(country, Corrections()).festivals}
        festivals = [
            (name, self.keeps(name, year, country), *map(str, self.festival_days(name, year, country)))
            for name in sorted(names)
        ]
        office = (self.hours, self.office_zone) if country == self.office_country else ()
        text = repr((days, sorted(calendar.weekend), festivals, office))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _calculated(festival: str, year: int, country: str) -> tuple[date, ...]:
    return festival_days(festival, year, country) if festival in KNOWN and year in YEARS[1:] else ()


def _anchored(festival: str, days: tuple[date, ...]) -> list[tuple[date, str]]:
    """Each day with its anchor: `mid_autumn:2026`, and the day where a festival comes twice in the civil year."""
    return [(day, f"{festival}:{day.year if len(days) == 1 else day.isoformat()}") for day in days]


def _where(chosen: list[str], special: frozenset[str]) -> Where:
    """Of the special countries and everybody else (""), those that are chosen."""
    if "" in chosen:
        return Where(tuple(sorted(special - set(chosen))), elsewhere=True)
    return Where(tuple(sorted(chosen)))
