"""How a festival's day is found: by the lunar calendar, a solar term, the civil calendar, or an announcement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from engine.domain.calendars.lunar import LunarDate, new_year, to_solar
from engine.domain.calendars.public import PublicHoliday, public_holidays
from engine.domain.calendars.solar_terms import term_day


@dataclass(frozen=True)
class Lunar:
    """A day of the Chinese calendar, in the regular month."""

    month: int
    day: int


@dataclass(frozen=True)
class LunarYearEnd:
    """The last day of lunar month 12, be it the 29th or the 30th."""


@dataclass(frozen=True)
class Term:
    """The civil day on which a solar term begins, by the term's key."""

    key: str


@dataclass(frozen=True)
class Fixed:
    """The same day every year."""

    month: int
    day: int


@dataclass(frozen=True)
class Nth:
    """The n-th of a weekday (0 is Monday) in a month; -1 is the last."""

    month: int
    weekday: int
    nth: int


@dataclass(frozen=True)
class Easter:
    """That many days after Easter Sunday of the western churches."""

    after: int = 0


@dataclass(frozen=True)
class Announced:
    """A day that authorities announce; taken from a country's public holidays by its English name there."""

    country: str
    name: str
    subdivision: str | None = None


How = Lunar | LunarYearEnd | Term | Fixed | Nth | Easter | Announced


def days_in(how: How, year: int) -> tuple[date, ...]:
    """Its days in that civil year, in order; none, one or two.

    ValueError: the year lies outside the lunar table or the solar terms (1901-2099).
    """
    return tuple(sorted(day for day in _candidates(how, year) if day.year == year))


def is_estimate(how: How, year: int) -> bool:
    """Whether the day in that civil year is not announced yet and may still move (the moon has to be sighted)."""
    return isinstance(how, Announced) and any(entry.estimated for entry in _announced(how, year))


def _candidates(how: How, year: int) -> Iterator[date]:
    """The days that may lie in the civil year; lunar ones also of the lunar year that began the year before."""
    match how:
        case Lunar(month, day):
            first = year if month < _MAY_RUN_OVER else year - 1
            for lunar_year in range(first, year + 1):
                yield to_solar(LunarDate(lunar_year, month, day))
        case LunarYearEnd():
            yield new_year(year) - timedelta(days=1)
        case Term(key):
            yield term_day(key, year)
        case Fixed(month, day):
            yield date(year, month, day)
        case Nth():
            yield _nth_weekday(how, year)
        case Easter(after):
            yield easter_sunday(year) + timedelta(days=after)
        case Announced():
            yield from (entry.day for entry in _announced(how, year))


_MAY_RUN_OVER = 11
"""From this lunar month on a day may lie in the next civil year."""


def _announced(how: Announced, year: int) -> Iterator[PublicHoliday]:
    """The day itself; what the country moves or adds to it has another kind or name."""
    for entry in public_holidays(how.country, year, "en", how.subdivision):
        if entry.name == how.name and entry.kind == "off":
            yield entry


def _nth_weekday(how: Nth, year: int) -> date:
    if how.nth < 0:
        after = date(year + how.month // 12, how.month % 12 + 1, 1)
        return after - timedelta(days=(after.weekday() - how.weekday - 1) % 7 + 1 + 7 * (-how.nth - 1))
    first = date(year, how.month, 1)
    return first + timedelta(days=(how.weekday - first.weekday()) % 7 + 7 * (how.nth - 1))


def easter_sunday(year: int) -> date:
    """Easter of the western churches: the anonymous Gregorian computus (Nature, 1876; Meeus, Astronomical
    Algorithms, chapter 8)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
