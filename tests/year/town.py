"""Who lives through the simulated year: customers of every grade and tier, their orders and dates, and their reps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from engine.domain.civil import DAY
from engine.service.sample_names import ENGLISH, INTERESTS, PRODUCTS, SIMPLIFIED, TEMPERAMENTS, TRADITIONAL
from engine.service.samples import Samples

START = date(2026, 3, 2)
"""A Monday after the Spring Festival's holidays: the year ends in the next ones, and has both Golden Weeks."""
GRADES = {"A": 8, "B": 20, "C": 37, "D": 35}
"""Of a hundred customers."""
SPAN = {"A": 7, "B": 30, "C": 91, "D": 182}
"""Days between two contacts, by grade."""
CUSTOMERS = {"A": 30, "B": 35, "C": 50, "D": 80}
"""Of a hundred of that grade have bought before."""
TIERS = {"platinum": 2, "gold": 6, "iron": 62, "lead": 30}
REGIONS = ("440106", "440305", "330106", "320102", "310115", "510104", "420106")
FLOODED = "510104"
AHEAD = 3
"""Days before a rep's holiday on which he says so."""
TEAM = 9
"""Reps of one manager."""

Row = dict[str, str]


@dataclass(frozen=True)
class Size:
    """How large a year: customers, customers of each rep, days; the same seed lives the same year."""

    leads: int
    per_rep: int
    days: int = 365
    seed: int = 7

    @property
    def start(self) -> int:
        return int(datetime(START.year, START.month, START.day, tzinfo=UTC).timestamp())

    @property
    def end(self) -> int:
        return self.start + self.days * DAY

    @property
    def reps(self) -> int:
        return max(2, round(self.leads / self.per_rep))


def people_of(size: Size) -> Samples:
    """Everybody, as rows to import."""
    pick = Random(size.seed)
    staff = _staff(size)
    sellers = [row["id"] for row in staff if row["role"] == "rep"]
    town = Samples([], staff, [], [], [], [], {})
    for index in range(size.leads):
        _settle(town, index, sellers[index % len(sellers)], size, pick)
    return town


def _staff(size: Size) -> list[Row]:
    """A manager to every nine reps; who comes last joined a month ago, and one in twelve neglects some customers."""
    managers = -(-size.reps // TEAM)
    rows = [
        {"id": f"boss-{n}", "name": f"经理{n}", "role": "manager", "email": f"boss-{n}@example.com", "team": "managers",
         "manager": "boss-0" if n else "", "joined_at": _day(-1500)}
        for n in range(managers)
    ]  # fmt: skip
    for n in range(size.reps):
        rows.append({
            "id": f"rep-{n:02d}", "name": f"业务{n:02d}", "role": "rep", "email": f"rep-{n:02d}@example.com",
            "team": "sales", "manager": f"boss-{n // TEAM}", "delegate": f"rep-{(n + 1) % size.reps:02d}",
            "joined_at": _day(-30 if n == size.reps - 1 else -900 + 10 * n),
        })  # fmt: skip
    return rows


def _settle(town: Samples, index: int, owner: str, size: Size, pick: Random) -> None:
    grade = _draw(GRADES, pick)
    bought = pick.randrange(100) < CUSTOMERS[grade]
    row = _person(index, owner, grade, pick)
    known = pick.randint(400, 1600) if bought else pick.randint(20, 300)
    contacts = pick.randint(13, 60) if bought else pick.randint(1, 8)
    row |= {"registered_at": _at(size, -known, pick), "contacts": str(contacts)}
    row["last_contact_at"] = _at(size, -pick.randint(1, SPAN[grade] if bought else min(13, SPAN[grade])), pick)
    if bought:
        row |= {"stage": "won", "loyalty": pick.choice(("new", "new", "regular", "old", "loyal"))}
        _trade(town, row, known, size, pick)
    else:
        stage = {"A": "quote", "B": "design"}.get(grade, pick.choice(("contacted", "need")))
        row |= {"stage": stage, "loyalty": "potential"}
    row |= _days_of_life(pick)
    town.leads.append(row)


def _person(index: int, owner: str, grade: str, pick: Random) -> Row:
    tongue = (SIMPLIFIED, SIMPLIFIED, SIMPLIFIED, TRADITIONAL, ENGLISH)[index % 5]
    family, roman = pick.choice(tongue.families)
    return {
        "id": f"{roman}-{index:04d}", "name": tongue.pattern.format(family=family, given=pick.choice(tongue.given)),
        "account": f"co-{index // 2}" if index % 10 < 2 else f"co-{index}x",
        "salutation": pick.choice(tongue.salutations).format(family=family, title="Mr"),
        "email": f"{roman}.{index:04d}@example.com", "owner": owner, "grade": grade, "status": "active",
        "tier": _draw(TIERS, pick), "key": "true" if pick.randrange(100) < 2 else "",
        "temperament": pick.choice(TEMPERAMENTS), "country": tongue.country, "locale": tongue.locale,
        "region": pick.choice(REGIONS) if tongue is SIMPLIFIED else "",
        "timezone": {"CN": "Asia/Shanghai", "TW": "Asia/Taipei", "SG": "Asia/Singapore"}[tongue.country],
        "hope": pick.choice((*tongue.hopes, "")), "attrs.interests": pick.choice((*INTERESTS, "", "")),
    }  # fmt: skip


def _trade(town: Samples, row: Row, known: int, size: Size, pick: Random) -> None:
    """What he has bought, agreed and owes."""
    ago = pick.randint(10, min(known, 700))
    base = {"lead": row["id"], "product": pick.choice(PRODUCTS)}
    bought = {"kind": "purchase", "id": f"{row['id']}-p0", "at": _at(size, -ago, pick)}
    town.records.append(base | bought)
    row["date.signing"] = _day(-ago)
    if pick.randrange(100) < 30:
        row["date.installation"] = _day(20 - ago)
    if pick.randrange(100) < 20:
        row["attrs.consumables_end"] = _day(pick.randint(10, 360))
    if pick.randrange(100) < 30:
        ends = {"kind": "contract", "id": f"{row['id']}-c0", "ends_on": _day(pick.randint(5, 400))}
        town.records.append(base | ends)
    if pick.randrange(100) < 15:
        due = {"kind": "receivable", "id": f"{row['id']}-r0", "due_on": _day(pick.randint(5, 300))}
        town.records.append(base | due)


def _days_of_life(pick: Random) -> Row:
    """Four of five have told their birthday, one in eight of those by the lunar calendar; fewer of the rest."""
    days: Row = {}
    if pick.randrange(100) < 80:
        born = START - timedelta(days=pick.randint(25 * 365, 65 * 365))
        days["date.birthday"] = born.isoformat()
        if pick.randrange(8) == 0:
            days["date.birthday"] = f"lunar:{born.year}-{born.month:02d}-{min(born.day, 29):02d}"
    for kind, percent in (("wedding", 15), ("spouse_birthday", 12), ("child_birthday", 15), ("founding", 20)):
        if pick.randrange(100) < percent:
            days[f"date.{kind}"] = _day(-pick.randint(400, 12 * 365))
    return days


def _draw(shares: dict[str, int], pick: Random) -> str:
    return pick.choices(list(shares), list(shares.values()))[0]


def _day(days: int) -> str:
    return (START + timedelta(days=days)).isoformat()


def _at(size: Size, days: int, pick: Random) -> str:
    at = size.start + days * DAY + pick.randint(3600, 9 * 3600)
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def away_on(size: Size, number: int) -> list[date]:
    """The days on which that rep is on holiday: two weeks in a year, half a year apart, never with his delegate."""
    learnt = range(8 + number * 14 % (size.days - 24), size.days - 14, 182)
    return [START + timedelta(days=day + AHEAD + n) for day in learnt for n in range(7)]


def neglects(rep: str, lead: str) -> bool:
    """One rep in twelve never gets round to one in four of his customers."""
    kind, _, number = rep.partition("-")
    return kind == "rep" and int(number) % 12 == 1 and int(lead[-4:]) // 3 % 4 == 0


def ids(rows: Sequence[Row]) -> list[str]:
    return [row["id"] for row in rows]
