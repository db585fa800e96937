"""The holiday-cn JSON format: the State Council's days off and make-up working days of one year.

`{"year": 2026, "papers": [...], "days": [{"name": "元旦", "date": "2026-01-01", "isOffDay": true}, ...]}`,
as https://github.com/NateScarlet/holiday-cn publishes it. A year's file may hold days of its neighbours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class UnreadableHolidays(ValueError):
    """The text is not a usable holiday-cn file. The message is one line that says where and what to do."""


class MovedDay(NamedTuple):
    """One civil day: off, or worked although it is a weekend."""

    day: date
    name: str
    off: bool


@dataclass(frozen=True)
class AnnouncedYear:
    """What the State Council decreed for a year. Its days stand in order, each once."""

    year: int
    days: tuple[MovedDay, ...]


def read(text: str | bytes) -> AnnouncedYear:
    """Read one file. UnreadableHolidays: it is malformed, contradicts itself, or its year is not announced yet."""
    try:
        data = json.loads(text.removeprefix("\ufeff") if isinstance(text, str) else text)
    except (ValueError, RecursionError) as error:
        raise UnreadableHolidays(f"not a JSON file: {_one_line(error)}") from error
    if not isinstance(data, dict):
        raise UnreadableHolidays("not a holiday-cn file: it must be an object with year and days")
    year, entries = data.get("year"), data.get("days")
    if type(year) is not int or not date.min.year < year < date.max.year:
        raise UnreadableHolidays(f"year: {_shown(year)} is not a year; write e.g. 2026")
    if not isinstance(entries, list):
        raise UnreadableHolidays("days: must be a list of days with name, date and isOffDay")
    if not entries:
        raise UnreadableHolidays(f"days: {year} has none; its calendar is not announced yet, import it when it is")
    days = [_day(entry, year, f"days[{index}]") for index, entry in enumerate(entries)]
    return AnnouncedYear(year, _each_once(days))


def _day(entry: object, year: int, where: str) -> MovedDay:
    if not isinstance(entry, dict):
        raise UnreadableHolidays(f"{where}: must be an object with name, date and isOffDay")
    name, off, written = entry.get("name"), entry.get("isOffDay"), entry.get("date")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise UnreadableHolidays(f"{where}.name: {_shown(name)} is not a name")
    if not isinstance(off, bool):
        raise UnreadableHolidays(f"{where}.isOffDay: {_shown(off)} must be true or false")
    day = _civil(written)
    if day is None:
        raise UnreadableHolidays(f"{where}.date: {_shown(written)} is not a day; write e.g. 2026-01-01")
    if abs(day.year - year) > 1:
        raise UnreadableHolidays(f"{where}.date: {day} does not belong to the calendar of {year}")
    return MovedDay(day, name.strip(), off)


def _civil(written: object) -> date | None:
    """The day, if it is written as 2026-01-01 and exists. Other ISO 8601 forms (2026-W01-4) are not in the format."""
    try:
        day = date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return day if day is not None and day.isoformat() == written else None


def _each_once(days: list[MovedDay]) -> tuple[MovedDay, ...]:
    found: dict[date, MovedDay] = {}
    for entry in days:
        if found.setdefault(entry.day, entry).off != entry.off:
            raise UnreadableHolidays(f"days: {entry.day} is both off and worked; remove one of the two")
    return tuple(sorted(found.values()))


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    text = text if text.isprintable() else json.dumps(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
