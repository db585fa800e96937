"""Logging, circumstances and consent: what is counted, who is covered, what is judged again."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sqlalchemy import select, text, update

from engine.domain.people import LeadEntry
from engine.ground.errors import FollowupError
from engine.store.circumstance_tables import coverage
from engine.store.database import Database
from engine.store.facts.circumstances import Happening, add_circumstance, end_circumstance, list_circumstances
from engine.store.facts.dirty import Stamp, touch_leads_where
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.people import change_leads, upsert_leads
from engine.store.facts.suppressions import entries_of, lift, suppress, wrong_fields
from engine.store.tables import account, dirty_lead, lead, transition
from engine.store.upgrade import create_all

NOW = 1_771_000_000
HOUR = 3600
DEFAULTS = {"timezone": "Asia/Shanghai", "locale": "zh-Hans", "country": "CN"}


@pytest.fixture
def db(database: Database) -> Database:
    """Wang and Zhao of one company in Chengdu, Sun in Canton; nothing dirty."""
    people = {"wang": ("acme", "510104"), "zhao": ("acme", "5101"), "sun": (None, "4403")}
    entries = [
        LeadEntry(ident, {"name": ident, "account": company, "region": region, "owner": "li"})
        for ident, (company, region) in people.items()
    ]
    with database.writing() as connection:
        upsert_leads(connection, entries, DEFAULTS, Stamp(NOW, "test"))
        connection.execute(dirty_lead.delete())
        connection.execute(update(lead).values(judge_version=0))
    return database


def of(db: Database, ident: str) -> dict[str, Any]:
    with db.reading() as connection:
        return dict(connection.execute(select(lead).where(lead.c.id == ident)).mappings().one())


def dirty(db: Database) -> list[str]:
    with db.reading() as connection:
        return list(connection.execute(select(dirty_lead.c.lead).order_by(dirty_lead.c.lead)).scalars())


def covered(db: Database) -> set[str]:
    with db.reading() as connection:
        return set(connection.execute(select(coverage.c.lead)).scalars())


def log(db: Database, ident: str, at: int, *, effective: bool = True, who: str = "wang") -> bool:
    outcome = "reached" if effective else "no_answer"
    with db.writing() as connection:
        return log_interaction(connection, Interaction(ident, who, at, outcome, effective), NOW)


def test_a_contact_counts_for_lead_owner_order_and_account(db: Database) -> None:
    assert log(db, "i1", NOW + HOUR)
    wang = of(db, "wang")
    assert (wang["contacts"], wang["contacts_since_owner"], wang["contacts_since_order"]) == (1, 1, 1)
    assert (wang["last_contact_at"], wang["last_contact_ref"], wang["last_outcome"]) == (NOW + HOUR, "i1", "reached")
    assert (wang["judge_version"], of(db, "zhao")["judge_version"], of(db, "sun")["judge_version"]) == (1, 1, 0)
    assert dirty(db) == ["wang", "zhao"], "policies may read what is counted of the account"
    with db.reading() as connection:
        assert connection.execute(select(account.c.contacts)).scalar_one() == 1


def test_an_attempt_moves_only_the_last_attempt(db: Database) -> None:
    log(db, "i1", NOW, effective=False)
    wang = of(db, "wang")
    assert (wang["attempts"], wang["last_attempt_at"], wang["last_outcome"]) == (1, NOW, "no_answer")
    assert (wang["contacts"], wang["last_contact_at"]) == (0, None)


def test_a_contact_logged_late_counts_but_does_not_turn_time_back(db: Database) -> None:
    log(db, "i2", NOW + HOUR)
    log(db, "i1", NOW - 5 * HOUR)
    wang = of(db, "wang")
    assert (wang["contacts"], wang["last_contact_at"], wang["last_contact_ref"]) == (2, NOW + HOUR, "i2")
    assert wang["contacts_since_owner"] == 1  # before this owner's time


def test_the_same_interaction_counts_once(db: Database) -> None:
    assert log(db, "i1", NOW)
    assert not log(db, "i1", NOW)
    assert of(db, "wang")["contacts"] == 1


def test_nothing_is_logged_for_a_lead_that_is_not_there(db: Database) -> None:
    with pytest.raises(FollowupError, match='no lead "nobody"'):
        log(db, "i1", NOW, who="nobody")


def test_a_new_owner_begins_a_new_epoch(db: Database) -> None:
    log(db, "i1", NOW)
    with db.writing() as connection:
        assert change_leads(connection, {"wang": {"owner": "chen"}}, Stamp(NOW + HOUR, "li", "handover")) == {"wang"}
        assert change_leads(connection, {"wang": {"owner": "chen"}}, Stamp(NOW + HOUR, "li")) == set()
        cause = connection.execute(select(transition.c.actor, transition.c.cause)).one()
    wang = of(db, "wang")
    assert (wang["previous_owner"], wang["owner_since_at"], wang["contacts_since_owner"]) == ("li", NOW + HOUR, 0)
    assert (wang["contacts"], tuple(cause)) == (1, ("li", "handover"))


def test_a_flood_covers_the_leads_of_its_region_and_follows_those_who_move(db: Database) -> None:
    flood = Happening("flood1", "flood", NOW, region="5101", severity="severe")
    with db.writing() as connection:
        assert add_circumstance(connection, flood, "ops", NOW) == 2
        assert add_circumstance(connection, flood, "ops", NOW) is None
    assert covered(db) == {"wang", "zhao"}
    assert dirty(db) == ["wang", "zhao"]
    moves = {"sun": {"region": "510199"}, "wang": {"region": "44"}}
    with db.writing() as connection:
        change_leads(connection, moves, Stamp(NOW, "test"))
        newcomer = LeadEntry("qian", {"name": "q", "region": "510104"})
        upsert_leads(connection, [newcomer], DEFAULTS, Stamp(NOW, "test"))
    assert covered(db) == {"zhao", "sun", "qian"}


def test_who_is_invited_stays_invited_wherever_he_moves(db: Database) -> None:
    fair = Happening("fair1", "fair", NOW, region="5101", invited=("wang", "sun"))
    with db.writing() as connection:
        assert add_circumstance(connection, fair, "ops", NOW) == 3
        change_leads(connection, {"wang": {"region": "44"}, "zhao": {"region": "44"}}, Stamp(NOW, "test"))
        assert [row["leads"] for row in list_circumstances(connection)] == [2]
    assert covered(db) == {"wang", "sun"}


def test_a_bereavement_covers_one_lead_until_it_is_ended(db: Database) -> None:
    with db.writing() as connection:
        add_circumstance(connection, Happening("b1", "bereavement", NOW, lead="sun"), "li", NOW)
        assert [row["id"] for row in list_circumstances(connection, active_at=NOW + HOUR)] == ["b1"]
        end_circumstance(connection, "b1", NOW + HOUR, "li", NOW)
        assert list_circumstances(connection, active_at=NOW + HOUR) == []
        assert [row["ended_by"] for row in list_circumstances(connection, lead_id="sun")] == ["li"]
        assert list_circumstances(connection, lead_id="wang") == []
    assert dirty(db) == ["sun", "sun"]
    assert of(db, "sun")["judge_version"] == 2


@pytest.mark.parametrize(
    ("happening", "said"),
    [
        (Happening("x", "flood", NOW), "to a lead, to several or to a region"),
        (Happening("x", "fair", NOW, region="51", invited=("wang", "nobody")), 'no lead "nobody"'),
        (Happening("x", "illness", NOW, lead="nobody"), 'no lead "nobody"'),
    ],
)
def test_a_circumstance_applies_to_somebody(db: Database, happening: Happening, said: str) -> None:
    with pytest.raises(FollowupError, match=said), db.writing() as connection:
        add_circumstance(connection, happening, "ops", NOW)


def test_ending_what_is_not_there_says_where_to_look(db: Database) -> None:
    with pytest.raises(FollowupError, match="followup event list"), db.writing() as connection:
        end_circumstance(connection, "nothing", NOW, "ops", NOW)


def test_withdrawn_consent_is_kept_once_and_judged_at_once(db: Database) -> None:
    with db.writing() as connection:
        assert suppress(connection, "wang", "email", "", "asked on the phone", "li", NOW)
        assert not suppress(connection, "wang", "email", "", "asked again", "li", NOW + 1)
    assert of(db, "wang")["judge_version"] == 1
    assert dirty(db) == ["wang"]


def test_who_stopped_what_and_who_let_it_go_on_is_kept(db: Database) -> None:
    with db.writing() as connection:
        suppress(connection, "wang", "email", "sales", "asked on the phone", "li", NOW)
        assert lift(connection, "wang", "email", "sales", "ops", NOW + 5)
        assert not lift(connection, "wang", "email", "sales", "ops", NOW + 6)
        columns = [transition.c[name] for name in ("subject", "previous", "value", "actor", "at", "cause")]
        kept = select(*columns).where(transition.c.field == "stopped").order_by(transition.c.id)
        told = [tuple(row) for row in connection.execute(kept)]
    assert told == [
        ("suppression", None, "sales by email", "li", NOW, "asked on the phone"),
        ("suppression", "sales by email", None, "ops", NOW + 5, None),
    ]


def test_an_address_that_does_not_reach_him_is_stopped_as_long_as_it_is_his(db: Database) -> None:
    with db.writing() as connection:
        change_leads(connection, {"wang": {"phone": "+8613800000000"}}, Stamp(NOW, "test"))
        suppress(connection, "wang", "sms", "", "wrong_phone", "li", NOW, address="+8613800000000")
        assert (len(entries_of(connection, "wang")), wrong_fields(connection, "wang")) == (1, {"phone"})
        change_leads(connection, {"wang": {"phone": "+8613900000000"}}, Stamp(NOW, "test"))
        assert (entries_of(connection, "wang"), wrong_fields(connection, "wang")) == ([], set())


def test_who_changes_many_leads_locks_them_in_one_order(pg_url: str) -> None:
    db, other = Database(pg_url), Database(pg_url)
    create_all(db)
    with db.writing() as connection:
        for ident in ("zhao", "wang", "sun"):
            upsert_leads(connection, [LeadEntry(ident, {"name": ident})], DEFAULTS, Stamp(NOW, "test"))

    def all_change() -> None:
        with db.writing() as connection:
            touch_leads_where(connection, lead.c.id.is_not(None), "test", NOW)

    with other.writing() as connection:
        connection.execute(select(lead.c.id).where(lead.c.id == "wang").with_for_update())
        changing = threading.Thread(target=all_change)
        changing.start()
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while changing.is_alive() and not connection.execute(waits).scalar_one():
            time.sleep(0.01)
        connection.execute(select(lead.c.id).where(lead.c.id == "zhao").with_for_update(nowait=True))
    changing.join()
    assert of(db, "zhao")["judge_version"] == of(db, "sun")["judge_version"] == 2
    db.close()
    other.close()
