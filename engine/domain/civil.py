"""Between civil time (a date and a wall time in a zone) and instants (seconds since the epoch, UTC).

A wall time that a zone skips (spring) is the first valid instant after the gap; one that happens twice
(autumn) is its first. Zones come from the IANA database through `zoneinfo`.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.ground.durations import Duration

DAY = 86_400


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name; ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError(f'there is no time zone "{name}"; use a name like Asia/Shanghai') from error


def is_zone(name: str) -> bool:
    """Whether there is a zone of that name."""
    try:
        zone(name)
    except (ValueError, TypeError):
        return False
    return True


@lru_cache(maxsize=65_536)
def instant(day: date, wall: time, zone_name: str) -> int:
    """The instant at which `wall` shows on `day` in that zone.

    In a gap: the first valid instant after it. In a fold: the first of the two.
    """
    tz = zone(zone_name)
    local = datetime.combine(day, wall, tz)
    stamp = int(local.timestamp())
    in_gap = datetime.fromtimestamp(stamp, tz).utcoffset() != local.utcoffset()
    return _end_of_gap(local, tz) if in_gap else stamp


def _end_of_gap(local: datetime, tz: ZoneInfo) -> int:
    """The first instant after the gap in which `local` lies: bisect on the change of offset."""
    low = int(local.timestamp()) - 2 * DAY
    high = low + 4 * DAY
    naive = local.replace(tzinfo=None)
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, tz).replace(tzinfo=None) > naive:
            high = middle
        else:
            low = middle
    return high


def local(at: int, zone_name: str) -> datetime:
    """The zone's wall clock at that instant, aware."""
    return datetime.fromtimestamp(at, zone(zone_name))


def local_date(at: int, zone_name: str) -> date:
    """The civil date in that zone at that instant."""
    return local(at, zone_name).date()


def day_start(day: date, zone_name: str) -> int:
    """The first instant of a civil day (not always midnight)."""
    return instant(day, time(0), zone_name)


def utc_date(at: int) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def utc_midnight(day: date) -> int:
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY


_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def add_months(day: date, months: int) -> date:
    """That many months on, the day of month clamped to the month's last."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    kept = day.day if day.day <= _EVERY_MONTH_HAS else min(day.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, kept)


_EVERY_MONTH_HAS = 28  # days


def add_civil(day: date, span: Duration) -> date:
    """A civil date moved by the span's months, then days. Elapsed and working parts are not looked at."""
    moved = add_months(day, span.months) if span.months else day
    return moved + timedelta(days=span.days) if span.days else moved


def add(at: int, span: Duration, zone_name: str) -> int:
    """An instant moved by a span: civil parts keep the wall time in that zone, elapsed parts are seconds."""
    if not (span.months or span.days):
        return at + span.seconds
    tz = zone(zone_name)
    shown = datetime.fromtimestamp(at, tz)
    days = add_civil(shown.date(), span).toordinal() - shown.toordinal() if span.months else span.days
    # Whole days on, the wall shows the same unless the zone changed its offset in between: seldom, and looked at.
    guess = at + days * DAY
    there = datetime.fromtimestamp(guess, tz)
    if there.fold or there.utcoffset() != shown.utcoffset():
        guess = instant(add_civil(shown.date(), span), shown.time().replace(fold=0), zone_name)
    return guess + span.seconds
