"""Who of the reps is a new one: he gets leads without an owner first."""

from __future__ import annotations

from engine.domain.civil import add
from engine.ground.durations import Duration


def is_new(joined_at: int | None, new_for: Duration, zone: str, now: int) -> bool:
    """Whether he joined less than `new_for` ago, by his own clock. Of whom it is not known, he is not."""
    return joined_at is not None and now < add(joined_at, new_for, zone)
