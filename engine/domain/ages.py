"""How old a moment is: where `age.last_contact: {gte: 90d}` draws its line.

Ages in civil units (`d w mo y`) are counted in civil days of the lead's zone, so a line never falls into the
middle of somebody's day; ages in `m` and `h` are elapsed time.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from engine.domain.civil import add_civil, day_start, local_date
from engine.ground.durations import Duration


class Cut(NamedTuple):
    """Instants `start <= t < end` are exactly that old; earlier ones are older, later ones younger."""

    start: int
    end: int


@lru_cache(maxsize=65_536)
def cut(now: int, age: Duration, zone_name: str) -> Cut:
    """The instants that are exactly `age` old at `now` in that zone."""
    if not age.is_civil:
        exact = now - age.seconds - (age.days * 86_400 + age.months * 30 * 86_400)
        return Cut(exact, exact + 1)
    day = add_civil(local_date(now, zone_name), -age)
    return Cut(day_start(day, zone_name), day_start(day + timedelta(days=1), zone_name))
