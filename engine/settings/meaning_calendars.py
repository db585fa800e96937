"""What the calendars of config.yaml must mean: festivals with days, corrections that agree, an office that opens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo

from engine.domain.windows import parse_break, parse_wall
from engine.settings.meaning_windows import wall_time_mistakes
from engine.settings.model import Settings
from engine.settings.wording import Location, Mistake

MOST_DAYS_OFF = 90
"""Days off a year that config may add to a calendar: enough that every year keeps working days. Ours."""
_COUNTRY = re.compile("[A-Z]{2}")


def calendar_mistakes(settings: Settings) -> Iterator[Mistake]:
    """Mistakes in `holidays`, `calendars` and `office`."""
    yield from _holidays(settings)
    yield from _calendars(settings)
    yield from _office(settings)


def twice(path: Location, words: tuple[object, ...]) -> Iterator[Mistake]:
    """Whatever stands in a list again."""
    for index, word in enumerate(words):
        if word in words[:index]:
            yield Mistake((*path, index), "C113", f'"{word}" stands here twice')


def unknown_country(path: Location, code: str, *, on_key: bool = False) -> Iterator[Mistake]:
    """A code that ISO 3166 cannot have."""
    if not _COUNTRY.fullmatch(code):
        hint = "use two capital letters as in ISO 3166, e.g. CN"
        yield Mistake(path, "C112", f'"{code}" is not a country code', hint, on_key)


def unknown_zone(path: Location, name: str) -> Iterator[Mistake]:
    """A time zone that the IANA database does not have."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        yield Mistake(path, "C112", f'there is no time zone "{name}"', "use an IANA name like Asia/Shanghai")


def _holidays(settings: Settings) -> Iterator[Mistake]:
    for name, holiday in settings.holidays.items():
        where: Location = ("holidays", name)
        if not holiday.default and not holiday.countries:
            yield Mistake(where, "C114", f"{name} has no days", "list them under default", on_key=True)
        yield from twice((*where, "default"), holiday.default)
        for country, days in holiday.countries.items():
            yield from twice((*where, "countries", country), days)
            yield from unknown_country((*where, "countries", country), country, on_key=True)


def _calendars(settings: Settings) -> Iterator[Mistake]:
    for country, days in settings.calendars.items():
        where: Location = ("calendars", country)
        yield from unknown_country(where, country, on_key=True)
        for key in ("off", "work", "files"):
            yield from twice((*where, key), getattr(days, key))
        for name, found in days.festival.items():
            yield from twice((*where, "festival", name), found)
        for index, day in enumerate(days.work):
            if day in days.off:
                yield Mistake((*where, "work", index), "C117", f"{day} stands under off too", "keep one of them")
        for year, count in Counter(day.year for day in set(days.off)).items():
            if count > MOST_DAYS_OFF:
                message = f"{country} has {count} days off in {year}, more than {MOST_DAYS_OFF}"
                yield Mistake((*where, "off"), "C117", message, "weekends and public holidays are known already")


def _office(settings: Settings) -> Iterator[Mistake]:
    office = settings.office
    yield from unknown_country(("office", "country"), office.country)
    yield from unknown_zone(("office", "timezone"), office.timezone)
    wrong = [
        *wall_time_mistakes(("office", "open"), office.open),
        *wall_time_mistakes(("office", "close"), office.close, end_of_day=True),
        *_breaks(office.breaks),
    ]
    yield from wrong
    if not wrong:
        breaks = (minute for text in office.breaks for minute in parse_break(text))
        minutes = [parse_wall(office.open), *breaks, parse_wall(office.close)]
        if any(first >= then for first, then in pairwise(minutes)):
            message = "the office's breaks must lie in order between its opening and its closing"
            yield Mistake(("office",), "C110", message, on_key=True)


def _breaks(breaks: tuple[str, ...]) -> Iterator[Mistake]:
    for index, text in enumerate(breaks):
        try:
            parse_break(text)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield Mistake(("office", "breaks", index), "C110", message, hint)
