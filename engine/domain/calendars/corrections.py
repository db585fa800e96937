"""Corrections to a calendar: days that a company or an admin knows better, as config writes them.

`{off: [2026-05-18], work: [2026-05-16], festival: {founding: [2026-05-18]}}`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from engine.domain.calendars.workdays import WorkCalendar


@dataclass(frozen=True)
class Corrections:
    """Days off and worked ones, and `festivals`: the company's own days, and days of known festivals.

    Those of a known festival take the place of ours in the civil years in which there are any.
    """

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    festivals: Mapping[str, tuple[date, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def applied_to(self, calendar: WorkCalendar) -> WorkCalendar:
        """The calendar with these days on top. A provisional year stays so."""
        return calendar.with_days(self.off, self.work)

    def festival_days(self, festival_id: str, year: int) -> tuple[date, ...] | None:
        """That festival's days in the civil year, None where nothing is said of them."""
        return tuple(sorted(day for day in self.festivals.get(festival_id, ()) if day.year == year)) or None


def read_corrections(data: object) -> Corrections:
    """Corrections from plain YAML data; ValueError is one line that names the key and the value."""
    if not isinstance(data, Mapping):
        raise ValueError("corrections must be a mapping with off, work or festival")
    unknown = sorted(str(key) for key in data if key not in ("off", "work", "festival"))
    if unknown:
        raise ValueError(f'"{unknown[0]}" is not known here; write off, work or festival')
    festivals = data.get("festival", {})
    if not isinstance(festivals, Mapping):
        raise ValueError("festival must name each festival with its days, e.g. founding: [2026-05-18]")
    off, work = frozenset(_dates("off", data.get("off", ()))), frozenset(_dates("work", data.get("work", ())))
    if off & work:
        raise ValueError(f"{min(off & work)} stands under off and under work; leave it in one of the two")
    own = {str(name): tuple(_dates(f"festival {name}", days)) for name, days in festivals.items()}
    return Corrections(off, work, MappingProxyType(own))


def _dates(where: str, values: object) -> Iterator[date]:
    if not isinstance(values, list | tuple):
        raise ValueError(f"{where} must be a list of days, e.g. [2026-05-18]")
    for value in values:
        day = _civil(value)
        if day is None:
            raise ValueError(f'{where}: "{value}" is not a day; write e.g. 2026-05-18')
        yield day


def _civil(value: object) -> date | None:
    """A date, or text as 2026-05-18; other forms of ISO 8601 would let 20260518 pass."""
    if type(value) is date:
        return value
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return day if day is not None and day.isoformat() == value else None
