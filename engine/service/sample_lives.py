"""What goes on in sample customers' lives, laid around today: a place among thirty says which life is whose."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

from engine.domain.calendars.lunar import YEARS, LunarDate, from_solar, to_solar
from engine.domain.civil import DAY, add
from engine.ground.durations import Duration
from engine.service.sample_names import FLOODED_DISTRICTS, PRODUCTS, TALKS

Row = dict[str, str]

HOUR = 3600

PLACES = 30
"""Customers of one rep; the number of different lives."""


@dataclass(frozen=True)
class Morning:
    """The hour around which lives are laid."""

    now: int
    today: date
    zones: tuple[str, ...]
    random: Random


class Talk(NamedTuple):
    """What was tried or said."""

    outcome: str
    channel: str = "phone"
    purpose: str = "call"
    note: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Life:
    """What sets one customer apart from the ordinary one."""

    row: Row
    purchase_at: int = 0
    contacts_lately: int = 0
    event: str = ""
    event_in: int = -HOUR
    event_lasts: int | None = None
    becomes: str = ""
    became_ago: int = 2 * HOUR
    what: str = "stage"
    """What became so: stage, status or loyalty."""
    record: Row = field(default_factory=dict)
    orders_before: int = 0
    """Besides: how often he had bought in the years before."""
    talks: tuple[tuple[int, Talk], ...] = ()
    """With how many hours ago. All other spans are in seconds from now."""


def anniversary(kind: str, days_ahead: int, tier: str, years: int) -> Callable[[Morning, int], Life]:
    """A date of that kind that returns in so many days."""

    def life(morning: Morning, index: int) -> Life:
        day = _years_before(morning.today + timedelta(days=days_ahead), years + index // PLACES)
        return Life({f"date.{kind}": day.isoformat(), "tier": tier})

    return life


def _lunar_birthday(morning: Morning, index: int) -> Life:
    """A birthday by the lunar calendar, today: in a year that had the day, if there was one."""
    _, month, day, leap = today = from_solar(morning.today)
    first = today.year - 34 - index // PLACES
    year = next((year for year in range(first, YEARS[0], -1) if _exists(today._replace(year=year))), None)
    when = f"{'-' if year is None else year}-{'L' if leap else ''}{month:02}-{day:02}"
    return Life({"date.birthday": f"lunar:{when}", "tier": "iron"})


def _exists(lunar: LunarDate) -> bool:
    try:
        to_solar(lunar)
    except ValueError:
        return False
    return True


def quiet_since(grade: str, *, months: int = 0, days: int = 0) -> Callable[[Morning, int], Life]:
    """The last talk with him was so long ago."""

    def life(morning: Morning, index: int) -> Life:
        at = ago(morning, index, Duration(months=months, days=days))
        return Life({"grade": grade, "last_contact_at": iso(at)})

    return life


def _registered(hours: int) -> Callable[[Morning, int], Life]:
    def life(morning: Morning, _index: int) -> Life:
        at = morning.now - hours * HOUR - 300
        return Life({"registered_at": iso(at), "last_contact_at": "", "contacts": "0", "stage": "new"})

    return life


def bought(*, months: int = 0, days: int = 0) -> Callable[[Morning, int], Life]:
    def life(morning: Morning, index: int) -> Life:
        return Life({"stage": "won"}, purchase_at=ago(morning, index, Duration(months=months, days=days)))

    return life


def _ten_contacts(morning: Morning, _index: int) -> Life:
    row = {"registered_at": iso(morning.now - 70 * DAY), "last_contact_at": "", "contacts": "0"}
    return Life(row, contacts_lately=10)


def _won(_morning: Morning, _index: int) -> Life:
    return Life({"stage": "quote", "grade": "A"}, becomes="won")


def _bereaved(morning: Morning, index: int) -> Life:
    """A bereavement on his birthday: the wish must not go out. Two of the reps have such a customer."""
    birthday = anniversary("birthday", 0, "iron", 50)(morning, index)
    return Life(birthday.row, event="bereavement") if index < 2 * PLACES else quiet(morning, index)


def has(**record: str) -> Callable[[Morning, int], Life]:
    """Something agreed, owed or arranged; a cell `+7d` is that many days ahead, `-4d` behind, `+24h` so many hours."""

    def life(morning: Morning, index: int) -> Life:
        cells = {column: _ahead(morning, cell) for column, cell in record.items()}
        spoken = Talk("reached", note=TALKS[index % len(TALKS)])
        return Life({}, record=cells, talks=((50, spoken),))

    return life


def _ahead(morning: Morning, cell: str) -> str:
    if not re.fullmatch(r"[+-]\d+[dh]", cell):
        return cell
    count = int(cell[:-1])
    day = morning.today + timedelta(days=count)
    return iso(morning.now + count * HOUR) if cell.endswith("h") else day.isoformat()


def _unanswered(_morning: Morning, _index: int) -> Life:
    """Called three days ago, and nobody was there."""
    return Life({}, talks=((74, Talk("no_answer")),))


def _unvisited(morning: Morning, index: int) -> Life:
    """A platinum customer whom nobody has visited for five weeks."""
    hours = (morning.now - ago(morning, index, Duration(days=36))) // HOUR
    return Life({"tier": "platinum"}, talks=((hours, Talk("visited", "visit", "visit", TALKS[0])),))


def _complaining(morning: Morning, index: int) -> Life:
    """Dormant with an open complaint: what sells must wait."""
    dormant = quiet_since("B", days=91)(morning, index)
    return Life(dormant.row, event="complaint") if index < 2 * PLACES else quiet(morning, index)


def _flooded(_morning: Morning, index: int) -> Life:
    return Life({"region": FLOODED_DISTRICTS[index % 2], "country": "CN"})


def quiet(_morning: Morning, _index: int) -> Life:
    return Life({})


LIVES: Mapping[int, Callable[[Morning, int], Life]] = dict(enumerate((
    anniversary("birthday", 0, "iron", 30),
    anniversary("birthday", 3, "lead", 35),
    anniversary("birthday", 2, "gold", 40),
    anniversary("signing", 0, "iron", 1),
    anniversary("signing", 3, "platinum", 2),
    quiet_since("A", days=9),
    quiet_since("B", months=1, days=2),
    quiet_since("C", months=3, days=2),
    quiet_since("D", months=6, days=2),
    _registered(2),
    _registered(20),
    _registered(26),
    quiet_since("B", days=91),
    bought(days=31),
    bought(months=12, days=1),
    _ten_contacts,
    _won,
    _bereaved,
    _flooded,
    _complaining,
    _lunar_birthday,
    has(kind="receivable", due_on="+0d", product=PRODUCTS[2], amount="12800"),
    has(kind="appointment", starts="+23h", product=PRODUCTS[3]),
    _unanswered,
    _unvisited,
)))  # fmt: skip


def ago(morning: Morning, index: int, span: Duration) -> int:
    """That long before, by the customer's calendar."""
    return add(morning.now, -span, morning.zones[index % len(morning.zones)])


def _years_before(day: date, years: int) -> date:
    """The same day so many years before; a 29 February goes back further, to the next one there was."""
    while True:
        try:
            return day.replace(year=day.year - years)
        except ValueError:
            years += 1


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
