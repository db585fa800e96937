"""The sources of docs/sources.md at work, on tables that are shaped like those of the programs they are for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.domain.civil import DAY
from engine.settings.load import read_settings
from engine.stages.acts import Talk, log_talk, set_lead
from engine.stages.gates.objections import Gates
from engine.store.database import Database
from engine.store.tables import opportunity
from tests.contract.crm import NOW, Crm, counted

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")
SOURCES = "sources:\n" + "".join(re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))

PLAIN = """
CREATE TABLE customer (no INTEGER PRIMARY KEY, full_name TEXT, company TEXT, mail TEXT, caretaker TEXT, born DATE,
  changed_at TIMESTAMP, care TEXT, last_talk TIMESTAMP);
INSERT INTO customer VALUES (7, '王伟', 'Acme', 'wang@example.com', 'li', '1988-02-15', '2026-02-01 10:00:00', NULL,
  NULL);
INSERT INTO customer VALUES (8, '赵敏', NULL, NULL, 'li', NULL, '2026-02-02 10:00:00', NULL, NULL)
"""
ODOO = """
CREATE TABLE res_users (id INTEGER PRIMARY KEY, login TEXT);
CREATE TABLE res_country (id INTEGER PRIMARY KEY, code TEXT);
CREATE TABLE res_partner (id INTEGER PRIMARY KEY, name TEXT, is_company BOOLEAN, commercial_company_name TEXT,
  email TEXT, phone TEXT, user_id INTEGER, country_id INTEGER, active BOOLEAN, create_date TIMESTAMP,
  write_date TIMESTAMP);
CREATE TABLE crm_stage (id INTEGER PRIMARY KEY, is_won BOOLEAN);
CREATE TABLE crm_lead (id INTEGER PRIMARY KEY, name TEXT, partner_id INTEGER, type TEXT, stage_id INTEGER,
  probability DOUBLE PRECISION, expected_revenue NUMERIC, date_deadline DATE, active BOOLEAN, write_date TIMESTAMP);
INSERT INTO res_users VALUES (2, 'li@example.com');
INSERT INTO res_country VALUES (48, 'CN');
INSERT INTO res_partner VALUES (1, 'Acme', true, 'Acme', NULL, NULL, NULL, 48, true, '2025-01-01 01:02:03.456',
  '2026-02-01 01:02:03.456');
INSERT INTO res_partner VALUES (10, '孙丽', NULL, 'Acme', 'sun@example.com', '+86 138 0000 0000', 2, 48, true,
  '2025-03-01 08:00:00', '2026-02-01 10:00:00.123456');
INSERT INTO crm_stage VALUES (1, false), (4, true);
INSERT INTO crm_lead VALUES (5, 'Roof', 10, 'opportunity', 1, 72.5, 50000.00, '2026-04-01', true,
  '2026-02-01 10:00:00.5');
INSERT INTO crm_lead VALUES (6, 'Somebody asked', NULL, 'lead', 1, 0, 0, NULL, true, '2026-02-01 10:00:00')
"""
PAST = """
CREATE TABLE talk (no INTEGER PRIMARY KEY, customer INTEGER, held_at TIMESTAMP, clerk TEXT, result TEXT, words TEXT);
CREATE TABLE sale (no INTEGER PRIMARY KEY, customer INTEGER, sold_at TIMESTAMP, article TEXT, price NUMERIC);
INSERT INTO talk VALUES (1, 7, '2025-11-20 10:00:00', 'li', 'call', 'wants a door');
INSERT INTO talk VALUES (2, 7, '2025-12-20 10:00:00', 'li', 'no reply', NULL);
INSERT INTO sale VALUES (1, 7, '2025-06-01 10:00:00', 'door', 1200)
"""
ESPO = """
CREATE TABLE account (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE "user" (id TEXT PRIMARY KEY, user_name TEXT);
CREATE TABLE contact (id TEXT PRIMARY KEY, first_name TEXT, last_name TEXT, account_id TEXT, assigned_user_id TEXT,
  deleted BOOLEAN, created_at TIMESTAMP, modified_at TIMESTAMP);
CREATE TABLE "lead" (id TEXT PRIMARY KEY, first_name TEXT, last_name TEXT, account_name TEXT, status TEXT,
  deleted BOOLEAN, modified_at TIMESTAMP);
CREATE TABLE email_address (id TEXT PRIMARY KEY, name TEXT, lower TEXT);
CREATE TABLE entity_email_address (entity_id TEXT, email_address_id TEXT, entity_type TEXT, "primary" BOOLEAN,
  deleted BOOLEAN);
INSERT INTO account VALUES ('a1', 'Acme');
INSERT INTO "user" VALUES ('u1', 'li');
INSERT INTO contact VALUES ('5f0c', '伟', '王', 'a1', 'u1', false, '2025-03-01 08:00:00', '2026-02-01 10:00:00');
INSERT INTO "lead" VALUES ('77aa', 'Ada', NULL, 'Initech', 'In Process', false, '2026-02-01 10:00:00');
INSERT INTO email_address VALUES ('e1', 'Wang@Example.com', 'wang@example.com'), ('e2', 'old@x.com', 'old@x.com');
INSERT INTO entity_email_address VALUES ('5f0c', 'e1', 'Contact', true, false), ('5f0c', 'e2', 'Contact', false, false)
"""


@pytest.fixture
def house(database: Database, crm_url: str) -> Crm:
    found = Crm(database, crm_url)
    settings, problems = read_settings(SOURCES, "config.yaml")
    assert settings is not None, problems
    found.settings = settings
    return found


def test_a_plain_table_comes_in_and_hears_of_what_happens_here(house: Crm) -> None:
    house.run(*PLAIN.split(";\n"))
    assert counted(house.pull()) == {"fetched": 2, "added": 2}
    wang = house.leads()["7"]
    assert (wang["name"], wang["account"], wang["owner"]) == ("王伟", "Acme", "li")
    set_lead(house.ours, house.settings, Gates(), "7", {"status": "suspended"}, "boss", NOW)
    log_talk(house.ours, house.settings, Talk("7", "reached", NOW - 60), "boss", NOW)
    assert counted(house.pull(NOW + 60))["written_back"] == 1
    told = house.rows("SELECT caretaker, care, last_talk FROM customer ORDER BY no")
    assert [tuple(map(str, row)) for row in told] == [
        ("li", "suspended", "2026-02-14 00:25:40"), ("li", "None", "None"),
    ]  # fmt: skip
    assert "written_back" not in counted(house.pull(NOW + 120))


def test_a_statement_that_fails_is_named_and_told_again(house: Crm) -> None:
    house.run(*PLAIN.split(";\n"))
    house.pull()
    set_lead(house.ours, house.settings, Gates(), "7", {"status": "suspended"}, "boss", NOW)
    house.run("ALTER TABLE customer RENAME COLUMN care TO cares")
    failure = house.pull(NOW + 60).failure
    assert failure is not None
    assert failure.startswith("write_back: ")
    house.run("ALTER TABLE customer RENAME COLUMN cares TO care")
    assert counted(house.pull(NOW + 120))["written_back"] == 1


def test_odoo_partners_and_their_opportunities_come_in(house: Crm) -> None:
    house.run(*ODOO.split(";\n"))
    assert counted(house.pull(name="odoo_partners")) == {"fetched": 1, "added": 1}
    assert counted(house.pull(name="odoo_opportunities")) == {"fetched": 1, "added": 1}
    sun = house.leads()["10"]
    assert (sun["owner"], sun["country"], sun["account"], sun["phone"]) == (
        "li@example.com", "CN", "Acme", "+8613800000000",
    )  # fmt: skip
    assert datetime.fromtimestamp(sun["registered_at"], UTC).isoformat() == "2025-03-01T08:00:00+00:00"
    assert chance(house) == ("10", "Roof", "quote", 50000.0, "2026-04-01", True)
    house.run("UPDATE crm_lead SET stage_id = 4, write_date = '2026-02-03 10:00:00' WHERE id = 5",
              "UPDATE res_partner SET active = false, write_date = '2026-02-03 10:00:00' WHERE id = 10")  # fmt: skip
    assert counted(house.pull(NOW + 60, name="odoo_opportunities")) == {"fetched": 1, "changed": 1}
    assert counted(house.pull(NOW + 60, name="odoo_partners")) == {"fetched": 1, "gone": 1}
    assert chance(house)[2:] == ("won", 50000.0, "2026-04-01", False)
    assert house.leads()["10"]["status"] == "gone"


def test_an_opportunity_waits_for_its_customer(house: Crm) -> None:
    house.run(*ODOO.split(";\n"))
    assert counted(house.pull(name="odoo_opportunities")) == {"fetched": 1, "quarantined": 1}
    assert house.refused() == {"crm_lead-5": 'lead: there is no lead "10"'}
    house.pull(name="odoo_partners")
    assert counted(house.pull(NOW + 60, name="odoo_opportunities"))["added"] == 1
    assert house.refused() == {}


def chance(house: Crm) -> tuple[object, ...]:
    columns = ("lead", "product", "stage", "amount", "expected_close_on", "open")
    with house.ours.reading() as connection:
        return tuple(connection.execute(select(*(opportunity.c[name] for name in columns))).one())


def test_what_was_said_and_sold_before_counts_and_what_comes_later_is_news(house: Crm) -> None:
    house.run(*PLAIN.split(";\n"), *PAST.split(";\n"))
    for name in ("crm", "crm_talks", "crm_sales"):
        house.pull(name=name)
    wang = house.leads()["7"]
    assert (wang["contacts"], wang["attempts"], wang["orders"], wang["history_at"]) == (1, 1, 1, NOW)
    assert datetime.fromtimestamp(wang["last_contact_at"], UTC).isoformat() == "2025-11-20T02:00:00+00:00"
    house.run("INSERT INTO talk VALUES (3, 7, '2026-02-14 09:00:00', 'li', 'visit', NULL)")
    assert counted(house.pull(NOW + DAY, name="crm_talks"))["added"] == 1
    wang = house.leads()["7"]
    assert (wang["contacts"], wang["history_at"]) == (2, NOW)
    house.run("UPDATE talk SET result = 'call' WHERE no = 3")
    assert counted(house.pull(NOW + 2 * DAY, name="crm_talks"))["quarantined"] == 1
    assert "what was logged stays" in house.refused()["talk-3"]


def test_espo_contacts_and_leads_come_in(house: Crm) -> None:
    house.run(*ESPO.split(";\n"))
    assert counted(house.pull(name="espo_contacts")) == {"fetched": 1, "added": 1}
    assert counted(house.pull(name="espo_leads")) == {"fetched": 1, "added": 1}
    leads = house.leads()
    wang, ada = leads["5f0c"], leads["lead-77aa"]
    assert (wang["name"], wang["email"], wang["owner"], wang["account"]) == ("王伟", "wang@example.com", "li", "Acme")
    assert (ada["name"], ada["account"], ada["stage"]) == ("Ada", "Initech", "contacted")
    house.run("UPDATE contact SET deleted = true, modified_at = '2026-02-03 10:00:00'")
    assert counted(house.pull(NOW + 60, name="espo_contacts")) == {"fetched": 1, "gone": 1}


def test_every_source_of_the_page_is_tried_here(house: Crm) -> None:
    assert set(house.settings.sources) == {
        "crm", "crm_talks", "crm_sales", "odoo_partners", "odoo_opportunities", "espo_contacts", "espo_leads",
    }  # fmt: skip
