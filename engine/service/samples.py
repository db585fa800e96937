"""Sample customers for `init` and `demo`: invented people whose lives are laid around today.

Every rule that ships has something due at the hour they are made, in zones where it is mid-morning then. Each
rep looks after thirty customers; a customer's place among the thirty says what is going on with him.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from engine.domain.calendars.lunar import YEARS, LunarDate, from_solar, to_solar
from engine.domain.civil import DAY, add
from engine.ground.durations import Duration
from engine.service.sample_names import (
    COMPANIES,
    ENGLISH,
    FLOODED_CITY,
    FLOODED_DISTRICTS,
    INDUSTRIES,
    INTERESTS,
    PRODUCTS,
    REGIONS,
    REPS,
    SIMPLIFIED,
    TALKS,
    TEMPERAMENTS,
    TRADITIONAL,
)
from engine.service.sample_zones import morning_zones

Row = dict[str, str]
HOUR = 3600
PLACES = 30
"""Customers of one rep; the number of different lives."""
MANAGERS = 2


@dataclass(frozen=True)
class Samples:
    """Rows as `import` takes them, and what cannot be imported: what happened to these people lately.

    `interactions`: lead, rep, at, outcome, channel, note. `events`: kind, lead or region, starts_at, severity.
    `changes`: lead, field, value, at. `holidays`: festival -> its days, to be put into the config of a demo.
    Instants are seconds since the epoch.
    """

    leads: list[Row]
    reps: list[Row]
    records: list[Row]
    interactions: list[Mapping[str, str | int]]
    events: list[Mapping[str, str | int]]
    changes: list[Mapping[str, str | int]]
    holidays: Mapping[str, tuple[date, ...]]


@dataclass(frozen=True)
class _Morning:
    """The hour around which lives are laid."""

    now: int
    today: date
    zones: tuple[str, ...]
    random: Random


class _Talk(NamedTuple):
    """What was tried or said."""

    outcome: str
    channel: str = "phone"
    purpose: str = "call"
    note: str = ""


@dataclass(frozen=True)
class _Life:
    """What sets one customer apart from the ordinary one."""

    row: Row
    purchase_at: int = 0
    contacts_lately: int = 0
    event: str = ""
    becomes: str = ""
    record: Row = field(default_factory=dict)
    talks: tuple[tuple[int, _Talk], ...] = ()
    """With how many hours ago."""


def sample_people(now: int, leads: int = 300, reps: int = 12, seed: int = 7) -> Samples:
    """So many customers and reps (two of the reps are managers), the same ones for the same arguments.

    Raises ValueError for more reps than there are names, or fewer than three.
    """
    if not MANAGERS < reps <= len(REPS):
        raise ValueError(f"between {MANAGERS + 1} and {len(REPS)} reps can be made up, not {reps}")
    today, zones = morning_zones(now)
    morning = _Morning(now, today, zones, Random(seed))
    staff = _reps(morning, reps)
    sellers = [row["id"] for row in staff if row["role"] == "rep"]
    samples = Samples([], staff, [], [], [], [], _holidays(today))
    for index in range(leads):
        _settle(samples, morning, index, sellers[index // PLACES % len(sellers)])
    samples.events.append(
        {"kind": "flood", "region": FLOODED_CITY, "starts_at": now - 20 * 60, "severity": "severe"}
    )
    return samples


def write_samples(folder: Path, samples: Samples) -> None:
    """Write leads.csv, reps.csv and records.csv into the folder, which must exist."""
    for name, rows in (("leads", samples.leads), ("reps", samples.reps), ("records", samples.records)):
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _settle(samples: Samples, morning: _Morning, index: int, owner: str) -> None:
    """Make up one customer and everything that goes with him."""
    person = _person(morning, index, owner)
    ident = person["id"]
    life = _LIVES.get(index % PLACES, _quiet)(morning, index)
    samples.leads.append(person | life.row)
    if life.purchase_at:
        purchase = {"lead": ident, "kind": "purchase", "id": f"p-{index:04d}", "at": _iso(life.purchase_at)}
        samples.records.append(purchase | {"product": PRODUCTS[index % len(PRODUCTS)], "amount": "12800"})
    if life.record:
        samples.records.append({"lead": ident, "id": f"r-{index:04d}"} | life.record)
    for hours, talk in life.talks:
        at = morning.now - hours * HOUR
        samples.interactions.append({"lead": ident, "rep": owner, "at": at, **talk._asdict()})
    for ago in range(life.contacts_lately - 1, -1, -1):
        at = morning.now - ago * 6 * DAY - HOUR
        samples.interactions.append(
            {"lead": ident, "rep": owner, "at": at, "outcome": "reached", "channel": "phone", "note": ""}
        )
    if life.event:
        samples.events.append(
            {"kind": life.event, "lead": ident, "starts_at": morning.now - HOUR, "severity": ""}
        )
    if life.becomes:
        at = morning.now - 2 * HOUR - 300
        samples.changes.append({"lead": ident, "field": "stage", "value": life.becomes, "at": at})


def _person(morning: _Morning, index: int, owner: str) -> Row:
    """An ordinary customer: known for two years, spoken to the day before yesterday."""
    pick = morning.random
    tongue = (SIMPLIFIED, SIMPLIFIED, TRADITIONAL, SIMPLIFIED, ENGLISH, TRADITIONAL)[index % 6]
    family, roman = pick.choice(tongue.families)
    company = pick.choice(COMPANIES[tongue.locale])
    title = pick.choice(("Mr", "Ms"))
    return {
        "id": f"{roman}-{index:04d}",
        "name": tongue.pattern.format(family=family, given=pick.choice(tongue.given)),
        "account": company,
        "company": company,
        "salutation": pick.choice(tongue.salutations).format(family=family, title=title),
        "email": f"{roman}.{index:04d}@example.com",
        "owner": owner,
        "tier": pick.choice(("iron", "lead")),
        "grade": "C",
        "stage": "need",
        "status": "active",
        "temperament": pick.choice(TEMPERAMENTS),
        "region": pick.choice(REGIONS) if tongue is SIMPLIFIED else "",
        "country": tongue.country,
        "timezone": morning.zones[index % len(morning.zones)],
        "locale": tongue.locale,
        "registered_at": _iso(morning.now - pick.randint(500, 900) * DAY),
        "last_contact_at": _iso(morning.now - 2 * DAY - pick.randint(0, 5 * HOUR)),
        "contacts": str(pick.randint(2, 8)),
        "hope": pick.choice((*tongue.hopes, "")),
        "attrs.industry": pick.choice(INDUSTRIES),
        "attrs.interests": pick.choice(INTERESTS),
    }


def _reps(morning: _Morning, count: int) -> list[Row]:
    """Managers first; each leads one team. One of them is away today, the other one stands in for him."""
    rows = []
    for index, (name, address) in enumerate(REPS[:count]):
        team = index % MANAGERS
        rows.append({
            "id": address.replace(".", "-"), "name": name, "role": "manager" if index < MANAGERS else "rep",
            "email": f"{address}@example.com", "team": ("north", "south")[team],
            "manager": "" if index < MANAGERS else REPS[team][1].replace(".", "-"),
            "timezone": morning.zones[team % len(morning.zones)], "locale": "zh-Hans",
            "joined_at": _iso(morning.now - 1000 * DAY),
        })  # fmt: skip
    away, stand_in = rows[0], rows[1]
    away["absent_from"] = away["absent_to"] = morning.today.isoformat()
    away["delegate"] = stand_in["id"]
    return rows


# --- lives ----------------------------------------------------------------------------------------------


def _date(kind: str, days_ahead: int, tier: str, years: int) -> Callable[[_Morning, int], _Life]:
    """A date of that kind that returns in so many days."""

    def life(morning: _Morning, index: int) -> _Life:
        day = _years_before(morning.today + timedelta(days=days_ahead), years + index // PLACES)
        return _Life({f"date.{kind}": day.isoformat(), "tier": tier})

    return life


def _lunar_birthday(morning: _Morning, index: int) -> _Life:
    """A birthday by the lunar calendar, today: in a year that had the day, if there was one."""
    _, month, day, leap = today = from_solar(morning.today)
    first = today.year - 34 - index // PLACES
    year = next((year for year in range(first, YEARS[0], -1) if _exists(today._replace(year=year))), None)
    when = f"{'-' if year is None else year}-{'L' if leap else ''}{month:02}-{day:02}"
    return _Life({"date.birthday": f"lunar:{when}", "tier": "iron"})


def _exists(lunar: LunarDate) -> bool:
    try:
        to_solar(lunar)
    except ValueError:
        return False
    return True


def _quiet_since(grade: str, *, months: int = 0, days: int = 0) -> Callable[[_Morning, int], _Life]:
    """The last talk with him was so long ago."""

    def life(morning: _Morning, index: int) -> _Life:
        at = _ago(morning, index, Duration(months=months, days=days))
        return _Life({"grade": grade, "last_contact_at": _iso(at)})

    return life


def _registered(hours: int) -> Callable[[_Morning, int], _Life]:
    def life(morning: _Morning, _index: int) -> _Life:
        at = morning.now - hours * HOUR - 300
        return _Life({"registered_at": _iso(at), "last_contact_at": "", "contacts": "0", "stage": "new"})

    return life


def _bought(*, months: int = 0, days: int = 0) -> Callable[[_Morning, int], _Life]:
    def life(morning: _Morning, index: int) -> _Life:
        return _Life({"stage": "won"}, purchase_at=_ago(morning, index, Duration(months=months, days=days)))

    return life


def _ten_contacts(morning: _Morning, _index: int) -> _Life:
    row = {"registered_at": _iso(morning.now - 70 * DAY), "last_contact_at": "", "contacts": "0"}
    return _Life(row, contacts_lately=10)


def _won(_morning: _Morning, _index: int) -> _Life:
    return _Life({"stage": "quote", "grade": "A"}, becomes="won")


def _bereaved(morning: _Morning, index: int) -> _Life:
    """A bereavement on his birthday: the wish must not go out. Two of the reps have such a customer."""
    birthday = _date("birthday", 0, "iron", 50)(morning, index)
    return _Life(birthday.row, event="bereavement") if index < 2 * PLACES else _quiet(morning, index)


def _has(**record: str) -> Callable[[_Morning, int], _Life]:
    """Something agreed, owed or arranged; a cell `+7d` is that many days ahead, `+24h` so many hours."""

    def life(morning: _Morning, index: int) -> _Life:
        cells = {column: _ahead(morning, cell) for column, cell in record.items()}
        spoken = _Talk("reached", note=TALKS[index % len(TALKS)])
        return _Life({}, record=cells, talks=((50, spoken),))

    return life


def _ahead(morning: _Morning, cell: str) -> str:
    count = int(cell[1:-1]) if cell.startswith("+") else 0
    if cell.endswith("h") and count:
        return _iso(morning.now + count * HOUR)
    return (morning.today + timedelta(days=count)).isoformat() if cell.startswith("+") else cell


def _unanswered(_morning: _Morning, _index: int) -> _Life:
    """Called three days ago, and nobody was there."""
    return _Life({}, talks=((74, _Talk("no_answer")),))


def _unvisited(morning: _Morning, index: int) -> _Life:
    """A platinum customer whom nobody has visited for five weeks."""
    hours = (morning.now - _ago(morning, index, Duration(days=36))) // HOUR
    return _Life({"tier": "platinum"}, talks=((hours, _Talk("visited", "visit", "visit", TALKS[0])),))


def _complaining(morning: _Morning, index: int) -> _Life:
    """Dormant with an open complaint: what sells must wait."""
    dormant = _quiet_since("B", days=91)(morning, index)
    return _Life(dormant.row, event="complaint") if index < 2 * PLACES else _quiet(morning, index)


def _flooded(_morning: _Morning, index: int) -> _Life:
    return _Life({"region": FLOODED_DISTRICTS[index % 2], "country": "CN"})


def _quiet(_morning: _Morning, _index: int) -> _Life:
    return _Life({})


_LIVES: Mapping[int, Callable[[_Morning, int], _Life]] = dict(enumerate((
    _date("birthday", 0, "iron", 30),
    _date("birthday", 3, "lead", 35),
    _date("birthday", 2, "gold", 40),
    _date("signing", 0, "iron", 1),
    _date("signing", 3, "platinum", 2),
    _quiet_since("A", days=9),
    _quiet_since("B", months=1, days=2),
    _quiet_since("C", months=3, days=2),
    _quiet_since("D", months=6, days=2),
    _registered(2),
    _registered(20),
    _registered(26),
    _quiet_since("B", days=91),
    _bought(days=31),
    _bought(months=12, days=1),
    _ten_contacts,
    _won,
    _bereaved,
    _flooded,
    _complaining,
    _lunar_birthday,
    _has(kind="contract", ends_on="+60d", product=PRODUCTS[0], amount="96000"),
    _has(kind="receivable", due_on="+0d", product=PRODUCTS[2], amount="12800"),
    _has(kind="appointment", starts="+23h", product=PRODUCTS[3]),
    _date("founding", 7, "iron", 5),
    _unanswered,
    _unvisited,
)))  # fmt: skip


def _holidays(today: date) -> Mapping[str, tuple[date, ...]]:
    """One festival today; the other in a week, when reps begin to prepare for it."""
    return {"mid_autumn": (today,), "spring_festival": (today + timedelta(days=7),)}


def _ago(morning: _Morning, index: int, span: Duration) -> int:
    """That long before, by the customer's calendar."""
    return add(morning.now, -span, morning.zones[index % len(morning.zones)])


def _years_before(day: date, years: int) -> date:
    """The same day so many years before; a 29 February goes back further, to the next one there was."""
    while True:
        try:
            return day.replace(year=day.year - years)
        except ValueError:
            years += 1


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
