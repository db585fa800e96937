"""The customers of the benchmarks: a thousand whose touches fall on one day, and any number of others.

Those of a day are the same at every size. The others have dates all over the year, but none that a rule looks
at during these days, so that the number due stays and only the number of customers grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from engine.domain.civil import DAY, add, utc_date, utc_midnight
from engine.domain.keys import spread
from engine.ground.durations import Duration, parse_duration

FIRST_DAY = utc_midnight(date(2026, 6, 17))
"""A Wednesday far from any change of clocks: whoever comes due on it is released by the tick."""
NEW_DAY = FIRST_DAY + 3 * DAY
"""The day that comes into view of the tick."""
BEFORE = FIRST_DAY
"""The instant at which the days before NEW_DAY were planned."""
TICK = FIRST_DAY + DAY + 14 * 3600
"""The tick: the horizon moves on to the end of NEW_DAY, and FIRST_DAY's thousand have come due everywhere."""

ZONES = ("Asia/Shanghai", "Asia/Tokyo", "Asia/Kolkata", "Europe/Berlin", "America/New_York")
REGIONS = dict(zip(ZONES, ("11", "12", "13", "14", "15"), strict=True))
"""A region of the book for the customers of each zone: a fifth of every life."""
REPS = 60
EACH = 100
"""Customers of each life on each day; with those whose second step it is, a thousand touches a day: ten times this."""
RHYTHM = {"A": "1w", "B": "1mo", "C": "3mo", "D": "6mo"}
_HOUR = 6 * 3600  # of the day in UTC: the hour of timestamps, so that a change of clocks moves none to another day


@dataclass
class Life:
    """One customer, as far as planning is concerned. Instants are seconds since the epoch."""

    id: str
    zone: str
    owner: str
    tier: str | None = None
    grade: str | None = None
    registered: int = FIRST_DAY - 500 * DAY
    owner_since: int | None = None
    last_contact: int | None = None
    dates: dict[str, date] = field(default_factory=dict)
    purchase: int | None = None


def due_lives(each: int = EACH, prefix: str = "") -> Iterator[Life]:
    """Everybody with something on FIRST_DAY or NEW_DAY, and on the days around the latter: `each` of every kind.

    `prefix` is what rules of a {region} have before their ids, which choose the jitter.
    """
    for days in (0, 2, 3, 4):
        for kind in KINDS:
            for n in range(each):
                yield _life(kind, FIRST_DAY + days * DAY, f"due-{days}-{kind}-{n:03d}", n, prefix)
    for n in range(each):
        yield _life("birthday", FIRST_DAY, f"due-0-second-{n:03d}", n)  # instead of a second step on this day
        yield _passed(n)


KINDS = ("birthday", "note", "signing", "first_month", "handover", "rhythm", "dormant", "usage", "yearly")


def _life(kind: str, day: int, name: str, n: int, prefix: str = "") -> Life:
    """Somebody who has a touch of that kind on that UTC day."""
    life = Life(name, ZONES[n % len(ZONES)], rep_id(n))
    at = day + _HOUR
    match kind:
        case "birthday":
            life.dates["birthday"] = _years_before(utc_date(day), 40)
        case "note":
            life.tier = "platinum"
            life.dates["birthday"] = _years_before(utc_date(day + 3 * DAY), 50)
        case "signing":
            life.dates["signing"] = _years_before(utc_date(day + 3 * DAY), 2)
        case "first_month":
            life.registered = at - 30 * DAY
        case "handover":
            life.owner_since = at - 14 * DAY
        case "rhythm":
            life.grade = "ABCD"[n % 4]
            life.last_contact = _before_jitter(life, parse_duration(RHYTHM[life.grade]), day, prefix)
        case "dormant":
            life.last_contact = at - 90 * DAY
        case "usage":
            life.purchase = at - 30 * DAY
        case "yearly":
            life.purchase = add(at, Duration(months=-12 * (1 + n % 3)), life.zone)
    return life


def _passed(n: int) -> Life:
    """Somebody whose birthday is just too long ago to be made good: the tick moves it on to the next year."""
    life = Life(f"due-passed-{n:03d}", ZONES[n % len(ZONES)], rep_id(n))
    life.dates["birthday"] = _years_before(utc_date(TICK - 16 * DAY), 40)
    return life


def _before_jitter(life: Life, span: Duration, day: int, prefix: str) -> int:
    """A last contact whose first return, moved by the rule's jitter, falls on that UTC day."""
    for shift in (0, 1, -1):
        value = add(day + _HOUR + shift * DAY, -span, life.zone)
        anchor = f"last_contact:interaction#{contact_id(life.id)}@{_stamp(value)}+0"
        moved = spread(f"{prefix.format(region=REGIONS[life.zone])}contact-rhythm|{life.id}|{anchor}", 1)
        if day <= add(add(value, span, life.zone), Duration(days=moved), life.zone) < day + DAY:
            return value
    return _before_jitter(_renamed(life), span, day, prefix)


def _renamed(life: Life) -> Life:
    life.id += "x"
    return life


def _stamp(at: int) -> str:
    return f"{utc_date(at):%Y%m%d}T{at % DAY // 3600:02d}{at % 3600 // 60:02d}{at % 60:02d}Z"


def other_life(n: int) -> Life:
    """Customer number `n` of those who have nothing to do with these days."""
    life = Life(f"lead-{n:07d}", ZONES[n % len(ZONES)], rep_id(n))
    life.tier = ("platinum", "gold", "iron", "lead")[n % 4]
    life.grade = ("A", "B", "C", "D", None)[n % 5]
    life.registered = FIRST_DAY - (400 + n % 1500) * DAY - n % 86_399
    if n % 10:
        life.last_contact = FIRST_DAY - _quiet_days_ago(n) * DAY - n % 86_399
    life.dates["birthday"] = date(1950 + n % 50, 1, 1) + timedelta(days=_quiet_day_of_year(n))
    if n % 3 == 0:
        life.purchase = FIRST_DAY - (60 + n % 240) * DAY - n % 86_399
    return life


def _quiet_days_ago(n: int) -> int:
    """Between what the rhythm of A and B, dormant, and the rhythm of C and D look at."""
    return (62 + n % 18) if n % 2 else (215 + n % 500)


def _quiet_day_of_year(n: int) -> int:
    """Anywhere in the year but three weeks before and after FIRST_DAY."""
    around = utc_date(FIRST_DAY).timetuple().tm_yday
    return (around + 21 + n % 322) % 365


def rep_id(n: int) -> str:
    return f"rep-{n % REPS:02d}"


def contact_id(lead: str) -> str:
    return f"c-{lead}"


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years)
