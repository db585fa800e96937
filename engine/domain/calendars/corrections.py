"""Corrections to a calendar: days that a company or an admin knows better."""

from __future__ import annotations

from collections.abc import Mapping
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
