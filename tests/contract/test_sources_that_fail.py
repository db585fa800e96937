"""What is wrong over there is named; the rest goes on, and nothing that was not taken is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.gates.objections import Gates
from engine.stages.sync.pull import Order, pull
from engine.store.database import Database
from engine.store.facts.sources import state_of
from engine.store.tables import gate_event
from engine.store.upgrade import create_all
from tests.contract.crm import CUSTOMERS, NOW, PLAIN, Crm, counted

GOOD = (1, "王伟", None, "li", "gold", "1988-02-15", "2026-02-01 10:00:00")
ALSO = (9, "孙丽", None, "chen", "gold", "--03-01", "2026-02-09 10:00:00")


@pytest.fixture
def crm(database: Database, crm_url: str) -> Crm:
    found = Crm(database, crm_url)
    found.run(CUSTOMERS)
    return found


def test_a_null_in_the_key_is_named_and_the_rest_goes_on(crm: Crm) -> None:
    crm.add(GOOD, (None, "Nobody", None, None, None, None, "2026-02-05 10:00:00"), ALSO)
    assert counted(crm.pull()) == {"fetched": 3, "added": 2, "quarantined": 1}
    assert crm.refused() == {
        "(no key) changed 2026-02-05 10:00:00": "no: is empty, and it tells rows apart"
    }
    crm.run("UPDATE customer SET no = 5 WHERE no IS NULL")
    assert counted(crm.pull(NOW + 60, full=True))["added"] == 1
    assert crm.refused() == {}


def test_an_invalid_date_is_kept_aside_and_asked_for_until_it_is_mended(crm: Crm) -> None:
    crm.add(GOOD, (2, "赵敏", "no mail", None, "diamond", "2026-02-30", "2026-02-02 10:00:00"), ALSO)
    assert counted(crm.pull()) == {"fetched": 3, "added": 2, "quarantined": 1}
    assert crm.refused() == {
        "2": 'email: "no mail" is not one e-mail address; write user@example.com; '
        'tier: "diamond" is not one of platinum, gold, iron, lead; date.birthday: "2026-02-30" is not a day of the '
        'solar calendar: 2026-02 has 28 days'
    }
    assert counted(crm.pull(NOW + 60)) == {"fetched": 2, "unchanged": 1, "quarantined": 1}
    crm.run("UPDATE customer SET born = '2026-02-28', mail = NULL, level = 'gold' WHERE no = 2")  # as it was changed
    assert counted(crm.pull(NOW + 120)) == {"fetched": 2, "unchanged": 1, "added": 1}
    assert crm.refused() == {}


def test_a_refused_row_that_is_deleted_is_forgotten(crm: Crm) -> None:
    crm.add(GOOD, (2, "赵敏", None, None, None, "2026-02-30", "2026-02-02 10:00:00"))
    crm.pull()
    crm.run("DELETE FROM customer WHERE no = 2")
    assert counted(crm.pull(NOW + 60)) == {}
    assert crm.refused() == {}


def test_two_rows_that_become_the_same_lead_are_told(crm: Crm) -> None:
    crm.add(GOOD, (1, "Double", None, None, None, None, "2026-02-05 10:00:00"))
    assert counted(crm.pull()) == {"fetched": 2, "added": 1, "quarantined": 1}
    assert crm.refused() == {"1": 'id: "1" is there already, in the row 1'}


def test_a_renamed_column_is_named_and_nothing_is_taken_without_it(crm: Crm) -> None:
    crm.add(GOOD)
    crm.pull()
    crm.run("ALTER TABLE customer RENAME COLUMN level TO levels")
    crm.add(ALSO)
    pulled = crm.pull(NOW + 60)
    assert pulled.failure == 'the table "customer" has no column "level", but "levels"'
    crm.run("ALTER TABLE customer RENAME COLUMN levels TO level")
    assert counted(crm.pull(NOW + 120)) == {"fetched": 2, "added": 1, "unchanged": 1}
    assert set(crm.leads()) == {"1", "9"}


def test_a_source_that_is_away_is_tried_again_ever_later(crm: Crm) -> None:
    crm.add(GOOD)
    away, there = "postgresql://127.0.0.1:1/crm?connect_timeout=2", crm.url
    crm.url = away if crm.ours.dialect == "postgresql" else "sqlite:////nowhere/crm.sqlite"
    waits = []
    for n in range(8):
        assert crm.pull(NOW + n).failure
        with crm.ours.reading() as connection:
            state = state_of(connection, "crm")
        assert state.retry_at is not None
        waits.append(state.retry_at - NOW - n)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    crm.url = there
    assert counted(crm.pull(NOW + 9000)) == {"fetched": 1, "added": 1}
    with crm.ours.reading() as connection:
        assert state_of(connection, "crm")[-3:] == (None, 0, None)


NUMBERED = "INSERT INTO customer (no, title, changed) VALUES (:no, 'N', :changed)"


def fill(crm: Crm, count: int) -> None:
    """Customers 0 to `count`, changed a minute after each other."""
    crm.run(CUSTOMERS, "CREATE INDEX customer_changed ON customer (changed, no)")
    with crm.engine.begin() as connection:
        minutes = ((n, f"{1 + n // 1440:02} {n // 60 % 24:02}:{n % 60:02}:00") for n in range(count))
        connection.execute(text(NUMBERED), [{"no": n, "changed": f"2026-01-{at}"} for n, at in minutes])


def test_a_server_that_drops_the_connection_is_asked_for_the_rest_later(pg_url: str, ours: Database) -> None:
    crm = Crm(ours, pg_url)
    fill(crm, 4000)
    pieces = iter(range(4))

    def cut_before_the_third() -> bool:
        if next(pieces) == 2:
            crm.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend'")  # fmt: skip
        return False

    order = Order("crm", crm.settings.sources["crm"], pg_url, stopped=cut_before_the_third)
    broken = pull(ours, crm.settings, Gates(), order, NOW)
    assert broken.failure is not None
    taken = broken.counts["added"]
    assert 0 < taken < 4000
    rest = counted(crm.pull(NOW + 60))
    assert (rest["added"], rest["unchanged"]) == (4000 - taken, 3)  # three stand within the overlap
    assert len(crm.leads()) == 4000


def test_a_pull_that_is_stopped_goes_on_from_there(database: Database, crm_url: str) -> None:
    crm = Crm(database, crm_url)
    fill(crm, 3000)
    asked = iter([False, True])
    order = Order("crm", crm.settings.sources["crm"], crm_url, stopped=lambda: next(asked))
    stopped = pull(database, crm.settings, Gates(), order, NOW)
    assert (stopped.failure, stopped.counts["added"]) == (None, 1000)
    assert counted(crm.pull(NOW + 60)) == {"fetched": 2003, "added": 2000, "unchanged": 3}


def test_a_file_that_breaks_off_half_way_is_asked_for_the_rest_later(tmp_path: Path, ours: Database) -> None:
    trap = "SELECT *, CASE no WHEN 2500 THEN abs(-9223372036854775807 - 1) END AS trap FROM customer"
    section = PLAIN.replace("table: customer", f'query: "{trap}"').replace("no: id,", "no: id, trap: company,")
    crm = Crm(ours, f"sqlite:///{tmp_path / 'crm.sqlite'}", section)
    fill(crm, 3000)
    broken = crm.pull()
    assert (broken.failure, broken.counts["added"]) == ("integer overflow", 2000)
    crm.run("UPDATE customer SET no = 3000 WHERE no = 2500")
    assert counted(crm.pull(NOW + 60)) == {"fetched": 1003, "added": 1000, "unchanged": 3}
    assert len(crm.leads()) == 3000


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Database]:
    db = Database(f"sqlite:///{tmp_path / 'ours.sqlite'}")
    create_all(db)
    yield db
    db.close()


def test_nothing_can_be_written_over_there(database: Database, crm_url: str) -> None:
    writes = {"sqlite": "WITH x AS (SELECT 1) INSERT INTO customer (no) SELECT 7",
              "postgresql": "WITH x AS (INSERT INTO customer (no) VALUES (7) RETURNING *) SELECT * FROM x"}
    crm = Crm(database, crm_url, PLAIN.replace("table: customer", f'query: "{writes[database.dialect]}"'))
    crm.run(CUSTOMERS)
    assert crm.pull().failure
    assert crm.rows("SELECT * FROM customer") == []


GATES = """
gates:
  - id: keeps_gold
    summary: gold stays gold
    on: {set: {tier: iron}}
    require: {actor.role: {ne: source}}
    otherwise: refuse
  - id: nobody_goes
    summary: nobody of chen's goes
    on: {set: {status: gone}}
    require: {owner: {ne: chen}}
    otherwise: refuse
"""


def test_gates_stand_before_a_pull_too_and_what_they_refuse_is_asked_for_again(crm: Crm) -> None:
    book, problems = load_rulebook({"gates.yaml": GATES}, catalogue_for(Settings(), {}))
    assert book is not None, problems
    gates = Gates.of(book, crm.settings)
    crm.add(GOOD, ALSO)
    crm.pull(gates=gates)
    crm.run("UPDATE customer SET level = 'iron', title = '王', changed = '2026-02-10 10:00:00' WHERE no = 1",
            "DELETE FROM customer WHERE no = 9")  # fmt: skip
    assert counted(crm.pull(NOW + 60, gates=gates, full=True))["quarantined"] == 2
    assert set(crm.refused()) == {"1", "9"}
    assert crm.refused()["1"].startswith("refused by gate keeps_gold: gold stays gold")
    assert crm.leads()["1"]["name"] == "王伟"
    with crm.ours.reading() as connection:
        kept = connection.execute(gate_event.select()).mappings().first()
    assert kept is not None
    assert (kept["actor"], kept["role"], kept["cause"]) == ("crm", "source", "source crm")
    assert counted(crm.pull(NOW + 120))["changed"] == 1  # the gate is gone
    assert crm.leads()["1"]["tier"] == "iron"
