"""How fast the lunar calendar converts, each way: wanted are 300,000 conversions in a second of one core."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from engine.domain.calendars.lunar import FIRST, LAST, from_solar, to_solar

WANTED = 300_000


class LunarRates(NamedTuple):
    """Conversions per CPU second."""

    to_solar: float
    from_solar: float


def lunar_rates(passes: int = 5) -> LunarRates:
    """Convert every day that the table knows, back and forth; the best of several passes."""
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    lunar = [from_solar(day) for day in days]
    return LunarRates(
        max(_rate(to_solar, lunar) for _ in range(passes)), max(_rate(from_solar, days) for _ in range(passes))
    )


def _rate(convert: Callable[[Any], object], dates: Iterable[object]) -> float:
    began, count = time.process_time(), 0
    for count, found in enumerate(dates, start=1):  # noqa: B007
        convert(found)
    return count / (time.process_time() - began)
