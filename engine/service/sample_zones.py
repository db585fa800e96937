"""Time zones in which it is mid-morning, whatever the hour."""

from __future__ import annotations

from datetime import date, time

from engine.domain.civil import local, local_date

MORNING = (time(9, 30), time(11, 30))
"""Local times from the first to before the second: wishes of nine o'clock are due, and everybody is at work."""

_POOL = (
    # Where many customers of Chinese-speaking sales teams live.
    "Asia/Shanghai", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Kuala_Lumpur", "Asia/Tokyo",
    "Asia/Bangkok", "Asia/Dubai", "Australia/Sydney", "Pacific/Auckland", "Europe/London", "Europe/Paris",
    "America/New_York", "America/Toronto", "America/Vancouver", "America/Los_Angeles", "America/Sao_Paulo",
    # One for every other whole hour, without summer time, so that there is never a gap.
    "Asia/Tashkent", "Asia/Dhaka", "Australia/Brisbane", "Pacific/Guadalcanal", "Pacific/Tarawa",
    "Africa/Nairobi", "Africa/Johannesburg", "Africa/Lagos", "Africa/Abidjan", "Atlantic/Cape_Verde",
    "America/Noronha", "America/Puerto_Rico", "America/Panama", "America/Costa_Rica", "America/Phoenix",
    "Pacific/Pitcairn", "Pacific/Gambier", "Pacific/Honolulu", "Pacific/Pago_Pago",
)  # fmt: skip


def morning_zones(now: int) -> tuple[date, tuple[str, ...]]:
    """The civil day and the zones in which it is mid-morning of that day at `now`; never none.

    Where both sides of the date line have morning, the side with more zones is taken.
    """
    by_day: dict[date, list[str]] = {}
    for zone in _POOL:
        if MORNING[0] <= local(now, zone).time() < MORNING[1]:
            by_day.setdefault(local_date(now, zone), []).append(zone)
    day, zones = max(by_day.items(), key=lambda entry: (len(entry[1]), entry[0]))
    return day, tuple(zones)
