"""Dates and instants as people type them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import click

from engine.domain.civil import day_start, zone


@dataclass(frozen=True)
class Given:
    """`2026-02-14`, or `2026-02-14T09:00` with or without an offset; without one it is somebody's wall clock."""

    when: date | datetime

    def instant(self, zone_name: str) -> int:
        """The instant (seconds UTC); of a day, its first. Wall times are read in that zone."""
        if not isinstance(self.when, datetime):
            return day_start(self.when, zone_name)
        local = self.when if self.when.tzinfo else self.when.replace(tzinfo=zone(zone_name))
        return int(local.timestamp())

    def end(self, zone_name: str) -> int:
        """The same, but of a day the instant at which it is over."""
        if isinstance(self.when, datetime):
            return self.instant(zone_name)
        return day_start(self.when + timedelta(days=1), zone_name)


class WhenType(click.ParamType):  # type: ignore[type-arg]
    """An option that takes a day or an instant."""

    name = "ISO8601"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Given:
        if isinstance(value, Given):
            return value
        found = _read(str(value))
        if found is None:
            self.fail(f'"{value}" is no date or time; write 2026-02-14 or 2026-02-14T09:00+08:00', param, ctx)
        return Given(found)


def _read(text: str) -> date | datetime | None:
    """None: not a date of the years 1900 to 2200."""
    try:
        found: date | datetime = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 else None
