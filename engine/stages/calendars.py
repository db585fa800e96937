"""The house's calendars, built once from config.yaml and the official calendars that it names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import MappingProxyType

from adapters.sources.holiday_cn import AnnouncedYear, UnreadableHolidays, read
from engine.domain.calendars.corrections import Corrections
from engine.domain.calendars.house import Calendars, NamedDays, Official
from engine.domain.calendars.office_hours import OfficeHours
from engine.domain.windows import parse_break, parse_wall
from engine.ground.errors import BadConfig, Problem
from engine.settings.model import Days, Settings

_LARGEST = 1_000_000
"""Bytes; a year of holiday-cn has some six thousand."""


def calendars_of(settings: Settings) -> Calendars:
    """The calendars under these settings. BadConfig: an official calendar cannot be read, or two tell of one year."""
    office = settings.office
    breaks = tuple(parse_break(text) for text in office.breaks)
    return Calendars(
        corrections={country: _corrections(days) for country, days in settings.calendars.items()},
        official={country: _official(days) for country, days in settings.calendars.items() if days.files},
        named={name: NamedDays(one.default, one.countries) for name, one in settings.holidays.items()},
        office_country=office.country,
        office_zone=office.timezone,
        hours=OfficeHours(parse_wall(office.open), parse_wall(office.close), breaks),
    )


def _corrections(days: Days) -> Corrections:
    return Corrections(frozenset(days.off), frozenset(days.work), MappingProxyType(dict(days.festival)))


def _official(days: Days) -> Official:
    """The official calendars of a country by year; every problem of every file at once."""
    problems: list[Problem] = []
    found: dict[int, tuple[tuple[date, bool], ...]] = {}
    first: dict[int, str] = {}
    for file, announced in _read_all(days.files, problems):
        if announced.year in first:
            message = f"it tells of {announced.year}, which {first[announced.year]} does too"
            problems.append(Problem(file, 1, 1, "C117", message, "keep one of them under calendars"))
        first[announced.year] = file
        found[announced.year] = tuple((entry.day, entry.off) for entry in announced.days)
    if problems:
        raise BadConfig(problems)
    return found


def _read_all(files: tuple[str, ...], problems: list[Problem]) -> Iterator[tuple[str, AnnouncedYear]]:
    for file in files:
        try:
            with Path(file).open("rb") as stream:
                yield file, read(stream.read(_LARGEST))
        except OSError as error:
            hint = "mend calendars in config.yaml"
            problems.append(Problem(file, 1, 1, "C117", f"cannot be read: {error.strerror}", hint))
        except UnreadableHolidays as error:
            problems.append(Problem(file, 1, 1, "C117", str(error)))
