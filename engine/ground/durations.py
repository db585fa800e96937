"""Durations as ops people write them: `90m 5h 3d 2w 6mo 1y`, combined as `1y6mo`, negative as `-3d`.

`m` and `h` are elapsed time. `d w mo y` are civil: the same wall time that many days or months later
in somebody's zone (31 January + 1mo is the last of February). `wh` and `wd` are office hours and days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

UNITS = "mo|wh|wd|m|h|d|w|y"
_UNIT = re.compile(rf"(\d{{1,6}})({UNITS})")
_WHOLE = re.compile(rf"([+\-±]?)((?:\d{{1,6}}(?:{UNITS}))+)")

_CENTURY = 37_300 * 86_400
"""The longest duration taken, in seconds: a hundred years of 31-day months. Dates stay in the calendar."""


@dataclass(frozen=True)
class Duration:
    """A span of civil months and days, elapsed seconds, and working minutes and days. All carry one sign."""

    months: int = 0
    days: int = 0
    seconds: int = 0
    work_minutes: int = 0
    workdays: int = 0

    @property
    def is_civil(self) -> bool:
        """Whether it is counted in whole civil days or months only."""
        return self.seconds == 0 and self.work_minutes == 0

    @property
    def needs_office_calendar(self) -> bool:
        return bool(self.work_minutes or self.workdays)

    def __neg__(self) -> Duration:
        return Duration(-self.months, -self.days, -self.seconds, -self.work_minutes, -self.workdays)

    def times(self, n: int) -> Duration:
        """This span n times over; `1mo` three times is `3mo`, not three clamped steps."""
        return Duration(self.months * n, self.days * n, self.seconds * n, self.work_minutes * n, self.workdays * n)

    def plus(self, other: Duration) -> Duration:
        return Duration(
            self.months + other.months,
            self.days + other.days,
            self.seconds + other.seconds,
            self.work_minutes + other.work_minutes,
            self.workdays + other.workdays,
        )

    def longest_seconds(self) -> int:
        """An upper bound in elapsed seconds (31-day months, one spare day for zone changes); for windows.

        Working time is bounded by a calendar in which every third day is worked.
        """
        civil = abs(self.months) * 31 + abs(self.days) + abs(self.workdays) * 3
        civil += -(-abs(self.work_minutes) // 240) * 3
        spare = 86_400 if civil else 0
        return civil * 86_400 + abs(self.seconds) + spare


ZERO = Duration()


@lru_cache(maxsize=4096)  # a large house writes the same few hundred again and again
def parse_duration(text: str) -> Duration:
    """Read a duration; ValueError says what is wrong with it. `+0h` and `-3d` carry their sign."""
    whole = _WHOLE.fullmatch(text.strip())
    if whole is None or whole.group(1) == "±":
        raise ValueError(f'"{text}" is not a duration; write e.g. 90m, 5h, 3d, 2w, 6mo, 1y or 1y6mo')
    total = ZERO
    for count, unit in _UNIT.findall(whole.group(2)):
        total = total.plus(_one(int(count), unit))
    if total.longest_seconds() > _CENTURY:
        raise ValueError(f'"{text}" is longer than a hundred years')
    return -total if whole.group(1) == "-" else total


def parse_spread(text: str) -> Duration:
    """Read `±3d` (or `3d`), a spread to both sides."""
    return parse_duration(text.strip().removeprefix("±"))


def _one(n: int, unit: str) -> Duration:
    return {
        "m": Duration(seconds=n * 60),
        "h": Duration(seconds=n * 3600),
        "d": Duration(days=n),
        "w": Duration(days=n * 7),
        "mo": Duration(months=n),
        "y": Duration(months=n * 12),
        "wh": Duration(work_minutes=n * 60),
        "wd": Duration(workdays=n),
    }[unit]
