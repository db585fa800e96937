"""Sample customers for `init` and `demo`: invented people whose lives are laid around today.

Every rule that ships has something due at the hour they are made, in zones where it is mid-morning then. Each
rep looks after thirty customers; a customer's place among the thirty says what is going on with him.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from engine.domain.civil import DAY
from engine.service.sample_lives import (
    HOUR,
    LIVES,
    PLACES,
    Life,
    Morning,
    Row,
    iso,
    quiet,
)
from engine.service.sample_names import (
    COMPANIES,
    ENGLISH,
    FLOODED_CITY,
    INDUSTRIES,
    INTERESTS,
    PRODUCTS,
    REGIONS,
    REPS,
    SIMPLIFIED,
    TEMPERAMENTS,
    TRADITIONAL,
)
from engine.service.sample_rare_lives import RARE
from engine.service.sample_zones import morning_zones

MANAGERS = 2


@dataclass(frozen=True)
class Samples:
    """Rows as `import` takes them, and what cannot be imported: what happened to these people lately.

    `events`: kind, lead or region, starts_at, severity.
    `changes`: lead, field, value, at. `holidays`: festival -> its days, to be put into the config of a demo.
    Instants are seconds since the epoch.
    """

    leads: list[Row]
    reps: list[Row]
    records: list[Row]
    interactions: list[Row]
    events: list[Mapping[str, str | int]]
    changes: list[Mapping[str, str | int]]
    holidays: Mapping[str, tuple[date, ...]]


def sample_people(now: int, leads: int = 300, reps: int = 12, seed: int = 7) -> Samples:
    """So many customers and reps (two of the reps are managers), the same ones for the same arguments.

    Raises ValueError for more reps than there are names, or fewer than three.
    """
    if not MANAGERS < reps <= len(REPS):
        raise ValueError(f"between {MANAGERS + 1} and {len(REPS)} reps can be made up, not {reps}")
    today, zones = morning_zones(now)
    morning = Morning(now, today, zones, Random(seed))
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
    """Write a file for each thing that is imported into the folder, which must exist."""
    for name in ("leads", "reps", "records", "interactions"):
        rows: list[Row] = getattr(samples, name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _settle(samples: Samples, morning: Morning, index: int, owner: str) -> None:
    """Make up one customer and everything that goes with him."""
    person = _person(morning, index, owner)
    ident = person["id"]
    life = _life(index)(morning, index)
    samples.leads.append(person | life.row)
    if life.purchase_at:
        purchase = {"lead": ident, "kind": "purchase", "id": f"p-{index:04d}", "at": iso(life.purchase_at)}
        samples.records.append(purchase | {"product": PRODUCTS[index % len(PRODUCTS)], "amount": "12800"})
    if life.record:
        told = life.record if life.record.get("product", "-") else life.record | {"product": PRODUCTS[0]}
        samples.records.append({"lead": ident, "id": f"r-{index:04d}"} | told)
    for hours, talk in life.talks:
        at = morning.now - hours * HOUR
        samples.interactions.append(
            {"id": _talk_id(samples), "lead": ident, "rep": owner, "at": iso(at), **talk._asdict()}
        )
    for ago in range(life.contacts_lately - 1, -1, -1):
        at = morning.now - ago * 6 * DAY - HOUR - 300
        samples.interactions.append(
            {"id": _talk_id(samples), "lead": ident, "rep": owner, "at": iso(at), "outcome": "reached",
             "channel": "phone", "note": ""}
        )
    if life.event:
        begins = morning.now + life.event_in
        event: dict[str, str | int] = {"kind": life.event, "lead": ident, "starts_at": begins, "severity": ""}
        samples.events.append(event if life.event_lasts is None else event | {"ends_at": begins + life.event_lasts})
    if life.becomes:
        at = morning.now - life.became_ago - 300
        samples.changes.append({"lead": ident, "field": life.what, "value": life.becomes, "at": at})
    for number in range(life.orders_before):
        at = morning.now - (400 + 200 * number) * DAY
        earlier = {"lead": ident, "kind": "purchase", "id": f"b{number}-{index:04d}", "at": iso(at)}
        samples.records.append(earlier | {"product": PRODUCTS[index % len(PRODUCTS)], "amount": "9600"})


def _life(index: int) -> Callable[[Morning, int], Life]:
    """His place's life; the last five of each rep's thirty lead lives of their own."""
    rep, place = divmod(index, PLACES)
    if place in LIVES:
        return LIVES[place]
    rare = rep * (PLACES - len(LIVES)) + place - len(LIVES)
    return RARE[rare] if rare < len(RARE) else quiet


def _talk_id(samples: Samples) -> str:
    return f"t-{len(samples.interactions):04d}"


def _person(morning: Morning, index: int, owner: str) -> Row:
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
        "registered_at": iso(morning.now - pick.randint(500, 900) * DAY),
        "last_contact_at": iso(morning.now - 2 * DAY - pick.randint(0, 5 * HOUR)),
        "contacts": str(pick.randint(2, 8)),
        "hope": pick.choice((*tongue.hopes, "")),
        "attrs.industry": pick.choice(INDUSTRIES),
        "attrs.interests": pick.choice(INTERESTS),
    }


def _reps(morning: Morning, count: int) -> list[Row]:
    """Managers first; each leads one team. One of them is away today, the other one stands in for him."""
    rows = []
    for index, (name, address) in enumerate(REPS[:count]):
        team = index % MANAGERS
        rows.append({
            "id": address.replace(".", "-"), "name": name, "role": "manager" if index < MANAGERS else "rep",
            "email": f"{address}@example.com", "team": ("sales", "projects")[team],
            "manager": "" if index < MANAGERS else REPS[team][1].replace(".", "-"),
            "timezone": morning.zones[team % len(morning.zones)], "locale": "zh-Hans",
            "joined_at": iso(morning.now - 1000 * DAY),
        })  # fmt: skip
    away, stand_in = rows[0], rows[1]
    away["absent_from"] = away["absent_to"] = morning.today.isoformat()
    away["delegate"] = stand_in["id"]
    return rows


def _holidays(today: date) -> Mapping[str, tuple[date, ...]]:
    """One festival today; the other in a week, when reps begin to prepare for it."""
    return {"mid_autumn": (today,), "spring_festival": (today + timedelta(days=7),)}
