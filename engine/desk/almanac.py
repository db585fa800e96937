"""Looking days up: conversions, returns of dates, holidays, solar terms, and a year to hold against a wall calendar.

Everything here is for people: names in zh-Hans, zh-Hant or en (any other language: en). Errors are UsageErrors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from engine.domain.calendars.festivals import FESTIVALS, KNOWN, Festival
from engine.domain.calendars.house import Calendars
from engine.domain.calendars.lunar import LAST, YEARS, LunarDate, from_solar, to_solar
from engine.domain.calendars.other_calendars import OTHER, OtherDate
from engine.domain.calendars.public import countries, public_holidays
from engine.domain.calendars.solar_terms import TERMS, term_day, term_on, terms_of
from engine.domain.calendars.workdays import WorkCalendar
from engine.domain.dates import DatePolicy, Occurrence, next_occurrence, parse_life_date
from engine.ground.errors import UsageError


@dataclass(frozen=True)
class Converted:
    """One day in both calendars, with the solar term that begins on it and its date in another calendar."""

    solar: date
    lunar: LunarDate
    term: str | None
    other: OtherDate | None = None


def convert(text: str, language: str, other: str = "") -> Converted:
    """Read a solar or lunar date and tell both; `other` is hijri or hebrew."""
    with _as_usage():
        found = parse_life_date(text)
        if found.year is None:
            raise UsageError(f'"{text}" has no year, so no day; ask for its returns: followup calendar next {text}')
        if found.calendar == "lunar":
            day = to_solar(LunarDate(found.year, found.month, found.day, found.leap))
        else:
            day = date(found.year, found.month, found.day)
        return Converted(day, from_solar(day), _term(day, language), _other(day, other) if other else None)


def _other(day: date, calendar: str) -> OtherDate:
    try:
        return OTHER[calendar](day)
    except ModuleNotFoundError as error:
        hint = f"pip install 'followup[{calendar}]'"
        raise UsageError(f"the {calendar} calendar needs the package {error.name}; install it with: {hint}") from error


def next_returns(text: str, start: date, policy: DatePolicy, count: int) -> list[Occurrence]:
    """The next returns of a date on or after that day; fewer where the calendar ends."""
    found: list[Occurrence] = []
    with _as_usage():
        when = parse_life_date(text)
        while len(found) < count:
            coming = next_occurrence(when, start, policy)
            if coming is None:
                break
            found.append(coming)
            start = coming.on + timedelta(days=1)
    return found


def next_days(name: str, start: date, country: str, calendars: Calendars, count: int) -> list[date]:
    """The next days of a festival or solar term, by its id, on or after that day."""
    if name not in _festivals(calendars) | {term.key for term in TERMS}:
        raise UsageError(f'"{name}" is neither a date like lunar:--08-15 nor a festival or solar term like mid_autumn')
    found: list[date] = []
    for year in range(start.year, LAST.year):
        days = calendars.festival_days(name, year, country) or _term_days(name, year)
        found += [day for day in days if day >= start]
        if len(found) >= count:
            break
    return found[:count]


def _term_days(name: str, year: int) -> tuple[date, ...]:
    return (term_day(name, year),) if any(term.key == name for term in TERMS) else ()


@dataclass(frozen=True)
class DayOff:
    """A named day. `kind`: off, observed, in_lieu, workday (a made-up one), festival (a custom, not given off), or
    company (days of config.yaml). `worked` is what counts in the end. `provisional`: it may still move."""

    day: date
    name: str
    kind: str
    festival: str | None
    wishes: bool
    worked: bool
    provisional: bool


def holidays(calendars: Calendars, country: str, year: int, language: str) -> list[DayOff]:
    """Every named day of a country's civil year, in order: public holidays, moved days, festivals, company days."""
    _check(country, year)
    work = calendars.work(country, year - 1, year + 1)
    found = [*_public(calendars, work, country, year, language), *_company(calendars, work, country, year)]
    given = {(one.day, one.name) for one in found}
    for festival, day in kept(calendars, country, year):
        name = _named(festival, language, country)
        if (day, name) not in given:
            estimate = calendars.is_estimate(festival, year, country)
            wishes = festival not in FESTIVALS or FESTIVALS[festival].wishes
            found.append(DayOff(day, name, "festival", festival, wishes, work.is_workday(day), estimate))
    return sorted(found, key=lambda one: (one.day, one.kind, one.name))


def _public(
    calendars: Calendars, work: WorkCalendar, country: str, year: int, language: str
) -> Iterator[DayOff]:
    keepers = {(day, _named(one, language, country)): one for one, day in kept(calendars, country, year)}
    provisional = not calendars.is_published(country, year)
    for entry in public_holidays(country, year, language):
        festival = keepers.get((entry.day, entry.name)) if entry.kind == "off" else None
        wishes = festival is not None and festival in FESTIVALS and FESTIVALS[festival].wishes
        estimated = entry.estimated or (provisional and entry.kind != "off")
        worked = work.is_workday(entry.day)
        yield DayOff(entry.day, entry.name, entry.kind, festival, wishes, worked, estimated)


def _company(calendars: Calendars, work: WorkCalendar, country: str, year: int) -> Iterator[DayOff]:
    corrections = calendars.corrections.get(country)
    for day in sorted(corrections.off | corrections.work) if corrections else ():
        if day.year == year:
            yield DayOff(day, "config.yaml", "company", None, False, work.is_workday(day), False)


def kept(calendars: Calendars, country: str, year: int) -> Iterator[tuple[str, date]]:
    """Every festival that people of the country keep, on each of its days."""
    for festival in sorted(_festivals(calendars)):
        if calendars.keeps(festival, year, country):
            for day in calendars.festival_days(festival, year, country):
                yield festival, day


def _festivals(calendars: Calendars) -> set[str]:
    """Ours and those that config.yaml adds."""
    own = (name for one in calendars.corrections.values() for name in one.festivals)
    return {*FESTIVALS, *calendars.named, *own}


def _named(festival: str, language: str, country: str) -> str:
    known: Festival | None = KNOWN.get(festival)
    return known.name(language, country) if known else festival


def is_provisional(calendars: Calendars, country: str, year: int) -> bool:
    """Whether that year's official calendar is not published yet."""
    return not calendars.is_published(country, year)


def terms(year: int, language: str) -> list[tuple[date, str, str]]:
    """The 24 solar terms of a civil year: day, key, name."""
    with _as_usage():
        return [(day, term.key, term.name(_spoken(language))) for day, term in terms_of(year)]


def _term(day: date, language: str) -> str | None:
    found = term_on(day) if day.year in YEARS[1:] else None
    return found.name(_spoken(language)) if found else None


def _spoken(language: str) -> str:
    return language if language in ("zh-Hans", "zh-Hant") else "en"


@dataclass(frozen=True)
class Day:
    """One day of a wall calendar. `mark`: off (on a weekday), work (on a weekend), or nothing."""

    day: date
    lunar: LunarDate
    term: str | None
    named: tuple[str, ...]
    worked: bool
    mark: str


def days_of(calendars: Calendars, country: str, year: int, language: str) -> list[Day]:
    """Every day of a civil year as a wall calendar of the country has it."""
    _check(country, year)
    work = calendars.work(country, year - 1, year + 1)
    named: dict[date, dict[str, None]] = {}
    for one in holidays(calendars, country, year, language):
        if one.kind in ("off", "festival"):
            named.setdefault(one.day, {})[one.name] = None
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    return [_day(day, work, tuple(named.get(day, ())), language) for day in days]


def _day(day: date, work: WorkCalendar, named: tuple[str, ...], language: str) -> Day:
    worked, weekend = work.is_workday(day), day.weekday() in work.weekend
    mark = "work" if worked and weekend else "off" if not worked and not weekend else ""
    return Day(day, from_solar(day), _term(day, language), named, worked, mark)


def _check(country: str, year: int) -> None:
    if country not in countries():
        raise UsageError(f'no calendar is known of "{country}"; write two letters of ISO 3166, e.g. --country CN')
    if year not in YEARS[1:]:
        raise UsageError(f"years are known from {YEARS[1]} to {YEARS[-1]}, not {year}")


@contextmanager
def _as_usage() -> Iterator[None]:
    """What the calendars refuse is a mistake of the call."""
    try:
        yield
    except ValueError as error:
        raise UsageError(str(error)) from error
