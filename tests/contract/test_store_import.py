"""Imports into both databases: what lands, what a second run does, what changes leave behind."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from datetime import date
from datetime import time as clock
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from engine.domain.civil import instant
from engine.settings.model import Attribute, Settings
from engine.stages.imports import How, run_import
from engine.store.database import Database
from engine.store.facts.date_policies import known_policies, want_policies
from engine.store.facts.dates import resolve_leads, resolve_page, roll_dates
from engine.store.tables import account, date_next, date_record, dirty_lead, lead, opportunity, record, rep, transition

NOW = 1_771_000_000  # 2026-02-13T16:26:40Z
DAY = 86_400
SETTINGS = Settings(attributes={"hobby": Attribute(type="text"), "cars": Attribute(type="int")})

LEADS = """\
id,name,company,owner,tier,stage,region,timezone,registered_at,contacts,last_contact_at,date.birthday,attrs.hobby
wang,王伟,Acme,li,gold,new,510104,,2025-01-05,3,2026-01-02T09:00,1988-02-15,围棋
zhao,Zhao Min,,li,platinum,quote,5101,Europe/Berlin,,,,--02-29,
sun,孙丽,Acme,,,,,,,,,lunar:1987-L06-10,
"""


def write(folder: Path, text: str, name: str = "leads.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(db: Database, table: Table) -> list[dict[str, Any]]:
    with db.reading() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]


def by_id(db: Database, table: Table = lead) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in rows(db, table)}


def imported(db: Database, folder: Path, text: str, what: Any = "leads", now: int = NOW) -> tuple[int, ...]:
    report = run_import(db, SETTINGS, what, write(folder, text, f"{what}.csv"), now)
    return report.added, report.changed, report.unchanged, report.quarantined


def clear_dirt(db: Database) -> None:
    with db.writing() as connection:
        connection.execute(dirty_lead.delete())


def test_leads_land_with_their_account_and_dates(database: Database, tmp_path: Path) -> None:
    report = run_import(database, SETTINGS, "leads", write(tmp_path, LEADS), NOW)
    assert (report.added, report.quarantined, report.quarantine_file) == (3, 0, None)
    assert report.unknown_owners == 1
    wang = by_id(database)["wang"]
    assert wang["name"] == "王伟"
    assert wang["attrs"] == {"hobby": "围棋"}
    assert (wang["timezone"], wang["country"], wang["locale"], wang["status"]) == (
        "Asia/Shanghai", "CN", "zh-Hans", "active",
    )  # fmt: skip
    assert (wang["contacts"], wang["last_contact_ref"]) == (3, "import")
    assert wang["owner_since_at"] == wang["registered_at"]
    assert [(row["id"], row["name"], row["contacts"]) for row in rows(database, account)] == [("Acme", "Acme", 3)]
    assert {row["lead"] for row in rows(database, dirty_lead)} == {"wang", "zhao", "sun"}
    assert rows(database, transition) == []


def test_dates_are_stored_and_resolved(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)
    nexts = {row["date_record"]: (row["next_on"], row["nth"], row["anchor_year"]) for row in rows(database, date_next)}
    assert nexts == {
        "wang:birthday": ("2026-02-15", 38, 2026), "zhao:birthday": ("2026-02-28", None, 2026),
        "sun:birthday": ("2026-07-23", 39, 2026),
    }  # fmt: skip
    sun = by_id(database, date_record)["sun:birthday"]
    assert (sun["calendar"], sun["year"], sun["month"], sun["day"], sun["leap"]) == ("lunar", 1987, 6, 10, True)


def test_a_second_import_of_the_same_file_leaves_no_trace(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)
    clear_dirt(database)
    before = [rows(database, table) for table in (lead, account, date_record, date_next)]
    assert imported(database, tmp_path, LEADS, now=NOW + 5) == (0, 0, 3, 0)
    assert [rows(database, table) for table in (lead, account, date_record, date_next)] == before
    assert rows(database, dirty_lead) == []


def test_a_change_leaves_a_transition_a_version_and_a_dirty_row(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)
    clear_dirt(database)
    version = by_id(database)["wang"]["judge_version"]
    text = LEADS.replace(",gold,new,", ",gold,won,").replace("wang,王伟,Acme,li", "wang,王伟,Acme,chen")
    assert imported(database, tmp_path, text, now=NOW + 60) == (0, 1, 2, 0)
    wang = by_id(database)["wang"]
    assert (wang["owner"], wang["previous_owner"], wang["owner_since_at"]) == ("chen", "li", NOW + 60)
    assert (wang["stage"], wang["stage_since_at"]) == ("won", NOW + 60)
    assert wang["judge_version"] == version + 1
    changes = {(row["field"], row["previous"], row["value"], row["at"]) for row in rows(database, transition)}
    assert changes == {("owner", "li", "chen", NOW + 60), ("stage", "new", "won", NOW + 60)}
    assert [row["lead"] for row in rows(database, dirty_lead)] == ["wang"]


def test_a_corrected_birthday_makes_the_lead_dirty_and_moves_its_next_return(
    database: Database, tmp_path: Path
) -> None:
    imported(database, tmp_path, LEADS)
    clear_dirt(database)
    assert imported(database, tmp_path, LEADS.replace("1988-02-15", "1988-12-25")) == (0, 1, 2, 0)
    assert {row["date_record"]: row["next_on"] for row in rows(database, date_next)}["wang:birthday"] == "2026-12-25"
    assert [row["lead"] for row in rows(database, dirty_lead)] == ["wang"]
    assert imported(database, tmp_path, LEADS.replace("1988-02-15", "")) == (0, 1, 2, 0)
    assert by_id(database, date_record)["wang:birthday"]["gone"] is True
    assert {row["date_record"] for row in rows(database, date_next)} == {"zhao:birthday", "sun:birthday"}


def test_an_old_file_never_takes_contacts_back(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, "id,name,contacts,last_contact_at\nwang,W,9,2026-02-01\n")
    assert imported(database, tmp_path, "id,name,contacts,last_contact_at\nwang,W,3,2026-01-01\n") == (0, 0, 1, 0)
    assert by_id(database)["wang"]["contacts"] == 9


def test_columns_the_file_does_not_have_stay_and_blank_cells_clear(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)
    imported(database, tmp_path, "id,name,tier,attrs.hobby,attrs.cars\nwang,王伟,,,2\n")
    wang = by_id(database)["wang"]
    assert (wang["tier"], wang["attrs"], wang["stage"], wang["owner"]) == (None, {"cars": 2}, "new", "li")


def test_a_dry_run_counts_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    report = run_import(database, SETTINGS, "leads", write(tmp_path, LEADS + "bad\n"), NOW, how=How(dry_run=True))
    assert (report.added, report.quarantined) == (3, 1)
    assert rows(database, lead) == []


def test_a_changed_rep_makes_his_leads_dirty(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)
    clear_dirt(database)
    reps = "id,name,email,team,manager,timezone,absent_from\nli,李娜,li@example.com,west,boss,,\nboss,Chef,,,,,\n"
    assert imported(database, tmp_path, reps, "reps") == (2, 0, 0, 0)
    of_schedules = ""
    assert {row["lead"] for row in rows(database, dirty_lead)} == {of_schedules, "wang", "zhao"}
    clear_dirt(database)
    assert imported(database, tmp_path, reps, "reps") == (0, 0, 2, 0)
    assert rows(database, dirty_lead) == []
    moved = reps.replace("boss,Chef,,,,", "boss,Chef,,,,Asia/Tokyo")
    assert imported(database, tmp_path, moved, "reps") == (0, 1, 1, 0)
    assert {row["lead"] for row in rows(database, dirty_lead)} == {of_schedules, "wang", "zhao"}
    assert by_id(database, rep)["boss"]["timezone"] == "Asia/Tokyo"


RECORDS = """\
lead,kind,id,product,at,starts,ends_on,due_on,amount,stage,expected_close,note
wang,purchase,p1,车,2026-02-01T10:00,,,,9.5,,,"two
lines"
wang,purchase,p2,,2026-01-01,,,,,,,
zhao,appointment,a1,,,2026-03-01T09:00,,,,,,
zhao,contract,c1,,,,2026-12-31,,,,,
sun,receivable,r1,,,,,2026-05-01,100,,,
sun,opportunity,o1,roof,,,,,5000,quote,2026-04-01,
wang,date,d1,child_birthday,--06-01,,,,,,,Mimi
nobody,purchase,p9,,2026-01-01,,,,,,,
"""


def test_records_land_in_their_tables_and_purchases_count_as_orders(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)
    assert imported(database, tmp_path, RECORDS, "records") == (7, 0, 0, 1)
    wang = by_id(database)["wang"]
    assert (wang["orders"], wang["last_order_at"]) == (2, by_id(database, record)["p1"]["at"])
    assert by_id(database, account)["Acme"]["orders"] == 2
    berlin_nine = by_id(database, record)["a1"]["starts_at"]
    assert time.gmtime(berlin_nine)[:5] == (2026, 3, 1, 8, 0)
    assert by_id(database, opportunity)["o1"]["open"] is True
    assert {row["date_record"]: row["next_on"] for row in rows(database, date_next)}["d1"] == "2026-06-01"
    clear_dirt(database)
    assert imported(database, tmp_path, RECORDS, "records") == (0, 0, 7, 1)
    assert rows(database, dirty_lead) == []
    assert by_id(database)["wang"]["orders"] == 2


def test_what_is_paid_dropped_or_ended_stays_on_record_and_its_lead_is_judged_anew(
    database: Database, tmp_path: Path
) -> None:
    imported(database, tmp_path, LEADS)
    imported(database, tmp_path, RECORDS, "records")
    clear_dirt(database)
    paid = "lead,kind,id,due_on,gone\nsun,receivable,r1,2026-05-01,%s\nsun,receivable,r2,2026-06-01,%s\n"
    assert imported(database, tmp_path, paid % ("yes", ""), "records") == (1, 1, 0, 0)
    known = by_id(database, record)
    assert (known["r1"]["gone"], known["r1"]["amount"], known["r2"]["gone"]) == (True, 100, False)
    assert {row["lead"] for row in rows(database, dirty_lead)} == {"sun"}
    assert imported(database, tmp_path, paid % ("no", "no"), "records") == (0, 1, 1, 0)
    assert by_id(database, record)["r1"]["gone"] is False
    taken_back = "lead,kind,id,at,gone\nwang,purchase,p3,2026-02-02,yes\n"
    assert imported(database, tmp_path, taken_back, "records") == (1, 0, 0, 0)
    assert by_id(database)["wang"]["orders"] == 2


def test_an_opportunity_that_moves_on_is_a_transition(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)
    imported(database, tmp_path, RECORDS, "records")
    assert imported(database, tmp_path, RECORDS.replace(",quote,", ",won,"), "records", NOW + 60) == (0, 1, 6, 1)
    moved = by_id(database, opportunity)["o1"]
    assert (moved["stage"], moved["stage_since_at"], moved["open"]) == ("won", NOW + 60, False)
    change = rows(database, transition)[-1]
    assert (change["subject"], change["field"], change["previous"], change["value"]) == (
        "opportunity#o1", "stage", "quote", "won",
    )  # fmt: skip


def test_dates_roll_on_after_the_catch_up_time_and_not_before(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)

    def next_birthday() -> str:
        return str({row["date_record"]: row["next_on"] for row in rows(database, date_next)}["wang:birthday"])

    def roll(now: int) -> int:
        with database.writing() as connection:
            return roll_dates(connection, now, SETTINGS, limit=10)

    birthday = instant(date(2026, 2, 15), clock(12), "UTC")
    assert roll(birthday + 14 * DAY) == 0
    assert next_birthday() == "2026-02-15"
    assert roll(birthday + 17 * DAY) == 1
    assert next_birthday() == "2027-02-15"
    assert roll(birthday + 17 * DAY) == 0


MARCH = "mar1.leap_else_regular.last_day"
LEAP_ONLY = "feb28.leap_only.last_day"


def nexts_under(db: Database) -> set[tuple[str, str, str]]:
    return {(row["date_record"], row["policy"], row["next_on"]) for row in rows(db, date_next)}


def test_every_date_is_resolved_under_new_policies_in_one_pass_over_pages(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)
    march = SETTINGS.model_copy(update={"feb_29": "mar1"})
    with database.writing() as connection:
        want_policies(connection, [MARCH, LEAP_ONLY])
        assert resolve_page(connection, "", 2, NOW, march) == "wang:birthday"
        assert resolve_page(connection, "wang:birthday", 2, NOW, march) == "zhao:birthday"
        assert resolve_page(connection, "zhao:birthday", 2, NOW, march) is None
        assert known_policies(connection) == {MARCH: False, LEAP_ONLY: False}
    assert nexts_under(database) == {
        ("sun:birthday", MARCH, "2026-07-23"), ("wang:birthday", MARCH, "2026-02-15"),
        ("zhao:birthday", MARCH, "2026-03-01"), ("sun:birthday", LEAP_ONLY, "2036-08-01"),
        ("wang:birthday", LEAP_ONLY, "2026-02-15"), ("zhao:birthday", LEAP_ONLY, "2026-02-28"),
    }  # fmt: skip


def test_a_date_is_written_under_every_policy_in_use(database: Database, tmp_path: Path) -> None:
    with database.writing() as connection:
        want_policies(connection, [SETTINGS.date_policy.text, LEAP_ONLY])
    imported(database, tmp_path, "id,name,date.birthday\nsun,孙丽,lunar:1987-L06-10\n")
    assert nexts_under(database) == {
        ("sun:birthday", SETTINGS.date_policy.text, "2026-07-23"), ("sun:birthday", LEAP_ONLY, "2036-08-01"),
    }  # fmt: skip


def test_a_date_written_while_a_policy_came_into_force_is_made_good_with_its_lead(
    database: Database, tmp_path: Path
) -> None:
    imported(database, tmp_path, LEADS)
    with database.writing() as connection:
        want_policies(connection, [SETTINGS.date_policy.text, LEAP_ONLY])
        resolve_leads(connection, ["sun"], NOW, SETTINGS)
        resolve_leads(connection, ["sun"], NOW, SETTINGS)
    assert [row["date_record"] for row in rows(database, date_next) if row["policy"] == LEAP_ONLY] == ["sun:birthday"]


def test_a_foreign_row_that_is_no_day_never_returns_and_stops_nobody(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, LEADS)
    with database.writing() as connection:
        connection.execute(date_record.update().where(date_record.c.lead == "sun").values(day=31))
        connection.execute(date_next.delete())
        resolve_page(connection, "", 10, NOW, SETTINGS)
    assert {row["date_record"]: row["next_on"] for row in rows(database, date_next)} == {
        "sun:birthday": None, "wang:birthday": "2026-02-15", "zhao:birthday": "2026-02-28",
    }  # fmt: skip


def test_dates_that_never_were_are_quarantined_with_the_reason(database: Database, tmp_path: Path) -> None:
    garbage = ["lunar:1990-L05-31", "0000-00-00", "1850-05-12", "2026-02-30"]
    text = "id,name,date.birthday\n" + "".join(f"g{n},G,{one}\n" for n, one in enumerate(garbage)) + "ok,O,--02-29\n"
    report = run_import(database, SETTINGS, "leads", write(tmp_path, text), NOW)
    assert (report.added, report.quarantined) == (1, 4)
    assert report.quarantine_file is not None
    said = report.quarantine_file.read_text(encoding="utf-8")
    assert "lunar 1990 leap month 5 has 29 days, no day 31" in said
    assert said.count("years are known from 1900 to 2099") == 2
    assert "2026-02 has 28 days" in said


def big_file(folder: Path, total: int, broken: Sequence[int]) -> Path:
    path = folder / "big.csv"
    header = ["id", "name", "company", "email", "phone", "channels", "owner", "tier", "grade", "stage", "status"]
    header += ["region", "timezone", "registered_at", "contacts", "last_contact_at", "date.birthday", "hope"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for n in range(total):
            tier = "diamond" if n in broken else "gold"
            writer.writerow([
                f"L{n}", f"客户{n}", f"Company {n % 500}", f"l{n}@example.com", "+86 138 0000 0000", "email",
                f"rep{n % 12}", tier, "A", "new", "active", f"5101{4 + n % 5:02}", "Asia/Shanghai", "2025-03-01T08:00",
                n % 30, "2026-01-01", f"19{50 + n % 50}-{n % 12 + 1:02}-11", "更好",
            ])  # fmt: skip
    return path


def test_ten_thousand_leads_with_broken_rows_cost_under_ten_cpu_seconds(database: Database, tmp_path: Path) -> None:
    path = big_file(tmp_path, 10_000, range(0, 10_000, 500))
    began = time.process_time()
    report = run_import(database, SETTINGS, "leads", path, NOW)
    assert time.process_time() - began < 10  # of our own CPU: what neighbours take is not ours
    assert (report.added, report.quarantined) == (9_980, 20)
    assert report.quarantine_file is not None
    with report.quarantine_file.open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.DictReader(file))
    assert len(kept) == 20
    assert (kept[1]["row"], kept[1]["id"]) == ("502", "L500")
    assert kept[1]["reason"] == 'tier: "diamond" is not one of platinum, gold, iron, lead'
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(lead)).scalar_one() == 9_980


@pytest.mark.parametrize("what", ["leads", "records"])
def test_an_empty_table_is_no_error(database: Database, tmp_path: Path, what: str) -> None:
    header = {"leads": "id,name\n", "records": "id,lead,kind\n"}[what]
    assert imported(database, tmp_path, header, what) == (0, 0, 0, 0)
