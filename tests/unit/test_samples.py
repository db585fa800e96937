"""Sample customers: at any hour of any weekday, every kind of life has something due."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from engine.domain.addresses import email
from engine.domain.cells import moment
from engine.domain.civil import local, local_date
from engine.domain.dates import DatePolicy, next_occurrence, parse_life_date
from engine.domain.people import lead_entry, rep_entry
from engine.domain.records import record_entry
from engine.service.sample_zones import morning_zones
from engine.service.samples import Samples, sample_people, write_samples
from engine.settings.load import load_settings
from engine.stages.imports import terms_of

HOUR, DAY = 3600, 86_400
ROOT = Path(__file__).parents[2]
WEEK = [int(datetime(2026, 3, 2, 0, 17, tzinfo=UTC).timestamp()) + hour * HOUR for hour in range(7 * 24)]
ODD_MINUTES = [WEEK[0] + offset for offset in (0, 12 * 60 + 59, 29 * 60, 42 * 60 + 59, 13 * HOUR + 13 * 60)]
LEAP_DAY = int(datetime(2028, 2, 29, 3, 0, tzinfo=UTC).timestamp())


def returns_in(kind: str, days: int) -> Callable[[dict[str, str], int], bool]:
    """Whether that date of a customer returns in so many days, by his own calendar."""

    def check(row: dict[str, str], now: int) -> bool:
        written = row.get(f"date.{kind}", "")
        if not written or written.startswith("lunar:"):
            return False
        day = local_date(now, row["timezone"]) + timedelta(days=days)
        return date.fromisoformat(written).strftime("%m%d") == day.strftime("%m%d")

    return check


def returns_by_the_moon_today(row: dict[str, str], now: int) -> bool:
    if not row.get("date.birthday", "").startswith("lunar:"):
        return False
    today = local_date(now, row["timezone"])
    found = next_occurrence(parse_life_date(row["date.birthday"]), today, DatePolicy())
    return found is not None and found.on == today


def quiet_for(grade: str, least: int, most: int) -> Callable[[dict[str, str], int], bool]:
    def check(row: dict[str, str], now: int) -> bool:
        if row["grade"] != grade or not row["last_contact_at"]:
            return False
        return least * DAY <= now - moment(row["last_contact_at"], "UTC") <= most * DAY

    return check


def registered(hours: int) -> Callable[[dict[str, str], int], bool]:
    def check(row: dict[str, str], now: int) -> bool:
        return row["contacts"] == "0" and 0 < now - moment(row["registered_at"], "UTC") - hours * HOUR < HOUR

    return check


KINDS: dict[str, Callable[[dict[str, str], int], bool]] = {
    "a birthday today": returns_in("birthday", 0),
    "a lunar birthday today": returns_by_the_moon_today,
    "a birthday to prepare for": returns_in("birthday", 3),
    "a birthday to be signed": lambda row, now: row["tier"] == "gold" and returns_in("birthday", 2)(row, now),
    "a signing anniversary today": returns_in("signing", 0),
    "a signing anniversary to prepare for": returns_in("signing", 3),
    "A is due": quiet_for("A", 9, 10),
    "B is due": quiet_for("B", 30, 34),
    "C is due": quiet_for("C", 90, 95),
    "D is due": quiet_for("D", 181, 188),
    "a first contact": registered(2),
    "a first contact that is late": registered(20),
    "a first contact for the manager": registered(26),
    "dormant": quiet_for("B", 91, 92),
}


@pytest.mark.parametrize("now", [*WEEK, *ODD_MINUTES, LEAP_DAY])
def test_it_is_mid_morning_where_the_people_are(now: int) -> None:
    day, zones = morning_zones(now)
    assert zones
    for zone in zones:
        assert time(9, 30) <= local(now, zone).time() < time(11, 30)
        assert local_date(now, zone) == day


@pytest.mark.parametrize("now", [*WEEK[::5], *ODD_MINUTES, LEAP_DAY])
def test_every_kind_of_life_is_there_at_any_hour(now: int) -> None:
    people = sample_people(now)
    missing = [kind for kind, check in KINDS.items() if not any(check(row, now) for row in people.leads)]
    assert missing == []
    kinds = {row["kind"] for row in people.events}
    assert {"flood", "bereavement", "complaint", "fair", "illness", "epidemic"} <= kinds
    flooded = [row for row in people.leads if row["region"].startswith("5101")]
    assert len(flooded) == 10
    bought = {(now - moment(row["at"], "UTC")) // DAY for row in people.records if row["kind"] == "purchase"}
    assert any(30 <= age <= 32 for age in bought)
    assert any(365 <= age <= 368 for age in bought)
    assert people.holidays["mid_autumn"] == (morning_zones(now)[0],)


def test_somebody_has_ten_contacts_and_somebody_just_ordered() -> None:
    people = sample_people(WEEK[0])
    counts = [sum(row["lead"] == lead["id"] for row in people.interactions) for lead in people.leads]
    assert {10, 12} <= set(counts)
    assert {("stage", "won"), ("stage", "quote")} <= {(row["field"], row["value"]) for row in people.changes}


def test_no_rep_has_more_work_than_the_catch_up_cap_lets_through() -> None:
    people = sample_people(WEEK[0])
    owners = [row["owner"] for row in people.leads]
    assert max(map(owners.count, set(owners))) == 30
    assert set(owners) - {""} == {row["id"] for row in people.reps if row["role"] == "rep"}


def test_the_same_people_come_from_the_same_seed() -> None:
    assert sample_people(WEEK[3]) == sample_people(WEEK[3])
    assert sample_people(WEEK[3]) != sample_people(WEEK[3], seed=8)


def test_every_row_can_be_imported_and_every_address_is_safe() -> None:
    people, terms = sample_people(LEAP_DAY), terms_of(load_settings(ROOT / "config.yaml"))
    for row in people.leads:
        lead_entry(row, terms)
        assert email(row["email"]).endswith("@example.com")
    for row in people.reps:
        rep_entry(row, terms)
        assert email(row["email"]).endswith("@example.com")
    for row in people.records:
        record_entry(row, terms, "UTC")
    assert len({row["id"] for row in people.leads}) == len(people.leads) == 300


def test_files_hold_the_rows(tmp_path: Path) -> None:
    people = sample_people(WEEK[0], leads=40, reps=4)
    write_samples(tmp_path, people)
    assert read_back(tmp_path / "leads.csv", people) == [row["id"] for row in people.leads]
    assert {path.name for path in tmp_path.iterdir()} == {"leads.csv", "reps.csv", "records.csv", "interactions.csv"}


@pytest.mark.parametrize("reps", [2, 99])
def test_a_staff_that_cannot_be_made_up_is_refused(reps: int) -> None:
    with pytest.raises(ValueError, match="reps can be made up"):
        sample_people(WEEK[0], reps=reps)


def read_back(path: Path, people: Samples) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [row["name"] for row in people.leads]
    return [row["id"] for row in rows]
