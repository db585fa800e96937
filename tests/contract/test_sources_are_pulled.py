"""A table of another database becomes leads: all of it once, then what changed, was deleted, or came back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.stages.acts import set_lead
from engine.stages.gates.objections import Gates
from engine.store.database import Database
from tests.contract.crm import CUSTOMERS, NOW, PLAIN, Crm, counted

WANG = (1, "王伟", "wang@example.com", "li", "gold", "1988-02-15", "2026-02-01 10:00:00")
ZHAO = (2, "赵敏", None, "li", "iron", "", "2026-02-02 10:00:00")
SUN = (3, "孙丽", None, "chen", "gold", "--03-01", "2026-02-03 10:00:00")


@pytest.fixture
def crm(database: Database, crm_url: str) -> Crm:
    found = Crm(database, crm_url)
    found.run(CUSTOMERS)
    return found


def test_the_first_pull_takes_everything(crm: Crm) -> None:
    crm.add(WANG, ZHAO, SUN)
    pulled = crm.pull()
    assert counted(pulled) == {"fetched": 3, "added": 3}
    assert pulled.owners == {"li", "chen"}  # no such reps yet
    wang = crm.leads()["1"]
    assert (wang["name"], wang["email"], wang["owner"], wang["tier"]) == ("王伟", "wang@example.com", "li", "gold")
    assert crm.dirty() == ["1", "2", "3"]


def test_instants_without_a_zone_are_of_the_declared_one(database: Database, crm_url: str) -> None:
    for zone, hour in (("UTC", 8), ("Asia/Shanghai", 0)):
        crm = Crm(database, crm_url, PLAIN + f"  timezone: {zone}\n")
        crm.run("DROP TABLE IF EXISTS customer", CUSTOMERS)
        crm.add(WANG)
        assert crm.pull(full=True).failure is None
        assert datetime.fromtimestamp(crm.leads()["1"]["registered_at"], UTC).hour == hour


def test_a_second_pull_reads_what_is_level_with_the_watermark_and_changes_nothing(crm: Crm) -> None:
    crm.add(WANG, ZHAO, SUN)
    crm.pull()
    crm.dirty()
    assert counted(crm.pull(NOW + 60)) == {"fetched": 1, "unchanged": 1}
    assert crm.dirty() == []


def test_changed_and_new_rows_are_all_that_plan_has_to_look_at(crm: Crm) -> None:
    crm.add(WANG, ZHAO)
    crm.pull()
    crm.dirty()
    crm.run("UPDATE customer SET level = 'platinum', changed = '2026-02-05 10:00:00' WHERE no = 1")
    crm.add((*SUN[:6], "2026-02-05 10:00:00"))
    assert counted(crm.pull(NOW + 60)) == {"fetched": 3, "added": 1, "changed": 1, "unchanged": 1}
    assert crm.dirty() == ["1", "3"]


def test_a_row_that_comes_level_with_the_watermark_later_is_found(crm: Crm) -> None:
    crm.add(SUN)
    crm.pull()
    crm.add((*ZHAO[:6], SUN[6]))  # the same instant, and a smaller key
    assert counted(crm.pull(NOW + 60)) == {"fetched": 2, "added": 1, "unchanged": 1}


def test_a_row_that_is_committed_late_is_found(crm: Crm) -> None:
    crm.add(SUN)
    crm.pull()
    crm.add((*ZHAO[:6], "2026-02-03 09:58:30"))
    assert counted(crm.pull(NOW + 60)) == {"fetched": 2, "added": 1, "unchanged": 1}


def test_rows_without_a_watermark_are_looked_at_every_time(crm: Crm) -> None:
    crm.add(WANG, (*ZHAO[:6], None))
    assert counted(crm.pull()) == {"fetched": 2, "added": 2}
    crm.run("UPDATE customer SET title = '赵' WHERE no = 2")
    assert counted(crm.pull(NOW + 60)) == {"fetched": 2, "changed": 1, "unchanged": 1}


def test_a_watermark_in_the_far_future_hides_nothing(crm: Crm) -> None:
    crm.add(WANG, (*SUN[:6], "2099-01-01 00:00:00"))
    crm.pull()
    crm.add(ZHAO)
    assert counted(crm.pull(NOW + 60)) == {"fetched": 3, "added": 1, "unchanged": 2}


def test_without_a_watermark_every_row_is_read_and_only_changes_count(database: Database, crm_url: str) -> None:
    crm = Crm(database, crm_url, PLAIN.replace("  watermark: changed\n", ""))
    crm.run(CUSTOMERS)
    crm.add(WANG, ZHAO)
    assert counted(crm.pull()) == {"fetched": 2, "added": 2}
    crm.dirty()
    crm.run("UPDATE customer SET level = 'platinum' WHERE no = 1", "DELETE FROM customer WHERE no = 2")
    assert counted(crm.pull(NOW + 60)) == {"fetched": 1, "changed": 1, "gone": 1}
    assert crm.dirty() == ["1", "2"]


def test_another_mapping_reads_everything_again(crm: Crm, database: Database) -> None:
    crm.add(WANG, ZHAO)
    crm.pull()
    richer = Crm(database, crm.url, PLAIN.replace("no: id,", "no: id, level2: grade,"))
    richer.run("ALTER TABLE customer ADD COLUMN level2 TEXT DEFAULT 'B'")
    assert counted(richer.pull(NOW + 60)) == {"fetched": 2, "changed": 2}
    assert richer.leads()["1"]["grade"] == "B"
    assert counted(richer.pull(NOW + 120)) == {"fetched": 1, "unchanged": 1}


def test_a_dry_run_counts_and_changes_nothing(crm: Crm) -> None:
    crm.add(WANG, (*ZHAO[:5], "2026-02-30", ZHAO[6]))
    assert counted(crm.pull(dry_run=True)) == {"fetched": 2, "added": 1, "quarantined": 1}
    assert (crm.leads(), crm.refused(), crm.dirty()) == ({}, {}, [])
    assert counted(crm.pull()) == {"fetched": 2, "added": 1, "quarantined": 1}


def test_a_deleted_row_becomes_gone_when_keys_are_compared_and_active_when_it_is_back(crm: Crm) -> None:
    crm.add(WANG, ZHAO)
    crm.pull()
    crm.run("DELETE FROM customer WHERE no = 2")
    assert counted(crm.pull(NOW + 60)).get("gone") is None  # every twelfth pull compares
    crm.dirty()
    assert counted(crm.pull(NOW + 120, full=True))["gone"] == 1
    assert (crm.leads()["2"]["status"], crm.dirty()) == ("gone", ["2"])
    crm.add((*ZHAO[:6], "2026-02-06 10:00:00"))
    assert counted(crm.pull(NOW + 180))["changed"] == 1
    assert crm.leads()["2"]["status"] == "active"


def test_keys_are_compared_every_so_many_pulls(database: Database, crm_url: str) -> None:
    crm = Crm(database, crm_url, PLAIN + "  compare: 3\n")
    crm.run(CUSTOMERS)
    crm.add(WANG, ZHAO)
    crm.pull()
    crm.run("DELETE FROM customer WHERE no = 1")
    gone = [counted(crm.pull(NOW + n)).get("gone", 0) for n in range(1, 6)]
    assert gone == [0, 1, 0, 0, 0]


@pytest.mark.parametrize(("flag", "yes", "no"), [("deleted", "true", "false"), ("not active", "false", "true")])
def test_a_flag_tells_who_is_gone(database: Database, crm_url: str, flag: str, yes: str, no: str) -> None:
    crm = Crm(database, crm_url, PLAIN + f"  deleted_flag: {flag}\n")
    column = flag.removeprefix("not ")
    crm.run(CUSTOMERS, f"ALTER TABLE customer ADD COLUMN {column} BOOLEAN DEFAULT {no}")
    crm.run(f"INSERT INTO customer (no, title, changed, {column}) VALUES (1, 'A', '2026-02-01 10:00:00', {no}),"
            f" (2, 'B', '2026-02-01 10:00:00', {yes})")  # fmt: skip
    assert counted(crm.pull()) == {"fetched": 2, "added": 1, "unchanged": 1}
    crm.run(f"UPDATE customer SET {column} = {yes}, changed = '2026-02-02 10:00:00' WHERE no = 1")
    assert counted(crm.pull(NOW + 60)) == {"fetched": 2, "unchanged": 1, "gone": 1}
    assert crm.leads()["1"]["status"] == "gone"
    crm.run(f"UPDATE customer SET {column} = {no}, changed = '2026-02-03 10:00:00' WHERE no = 1")
    crm.pull(NOW + 120)
    assert crm.leads()["1"]["status"] == "active"


def test_half_of_all_rows_missing_at_once_is_taken_for_an_accident(database: Database, crm_url: str) -> None:
    crm = Crm(database, crm_url, PLAIN.replace("  watermark: changed\n", ""))
    crm.run(CUSTOMERS)
    crm.add(*((n, f"N{n}", None, None, None, None, None) for n in range(40)))
    crm.pull()
    crm.run("DELETE FROM customer WHERE no < 30")
    assert crm.pull(NOW + 60).failure == (
        "30 of 40 rows are missing at once, so nobody is taken for gone; if it is meant: followup sync crm --full"
    )
    assert {one["status"] for one in crm.leads().values()} == {"active"}
    assert counted(crm.pull(NOW + 120, full=True))["gone"] == 30


def by_hand(crm: Crm, lead: str, **fields: str) -> None:
    set_lead(crm.ours, crm.settings, Gates(), lead, fields, "boss", NOW + 30)


def test_what_was_set_here_is_not_undone_by_what_they_change_elsewhere(crm: Crm) -> None:
    crm.add(WANG)
    crm.pull()
    by_hand(crm, "1", tier="platinum")
    crm.run("UPDATE customer SET mail = 'w@example.com', level = 'iron', changed = '2026-02-05 10:00:00'")
    crm.pull(NOW + 60)
    wang = crm.leads()["1"]
    assert (wang["tier"], wang["email"]) == ("platinum", "w@example.com")


@pytest.mark.parametrize(
    ("owned", "tier"), [("owned_by_source: [tier]", "iron"), ("owned_by_followup: [tier]", "gold")]
)
def test_an_owned_field_is_always_its_owners(database: Database, crm_url: str, owned: str, tier: str) -> None:
    crm = Crm(database, crm_url, f"{PLAIN}  {owned}\n")
    crm.run(CUSTOMERS)
    crm.add(WANG)
    crm.pull()
    assert crm.leads()["1"]["tier"] == "gold"  # the first pull fills it, whoever owns it
    crm.run("UPDATE customer SET level = 'iron', changed = '2026-02-05 10:00:00'")
    crm.pull(NOW + 60)
    assert crm.leads()["1"]["tier"] == tier
    by_hand(crm, "1", tier="platinum")
    crm.pull(NOW + 90, full=True)
    assert crm.leads()["1"]["tier"] == ("iron" if "source" in owned else "platinum")


def test_a_hundred_pieces_cost_what_they_change(crm: Crm) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    with crm.engine.begin() as connection:
        connection.exec_driver_sql(_numbers(5000, first))
    assert counted(crm.pull()) == {"fetched": 5000, "added": 5000}
    crm.dirty()
    crm.run("UPDATE customer SET level = 'platinum', changed = '2026-02-12 00:00:00' WHERE no % 100 = 7")
    pulled = counted(crm.pull(NOW + 60))
    assert (pulled["changed"], pulled["fetched"]) == (50, 53)  # three more stand within two minutes of the watermark
    assert len(crm.dirty()) == 50


def _numbers(count: int, first: datetime) -> str:
    rows = ", ".join(
        f"({n}, 'N{n}', NULL, NULL, 'gold', NULL, NULL, '{first + timedelta(minutes=n):%Y-%m-%d %H:%M:%S}')"
        for n in range(count)
    )
    return f"INSERT INTO customer VALUES {rows}"
