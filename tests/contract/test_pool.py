"""The public pool: its order, claims that only one rep wins, and what is remembered of who had the lead."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.ground.errors import FollowupError, UsageError
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.acts import set_lead
from engine.stages.gates.objections import Gates
from engine.stages.gates.records import Refused
from engine.stages.pool import claim, give_back
from engine.store.database import Database
from engine.store.lookups.pool import pool, pool_size
from engine.store.tables import lead, rep, transition

NOW = 1_771_000_000
DAY = 86_400
SETTINGS = Settings()
TIERS, GRADES = SETTINGS.vocabularies.tiers, SETTINGS.vocabularies.grades
OPEN = Gates()
REP = {"timezone": "Asia/Shanghai", "locale": "en"}
LEAD = REP | {"shard": 0, "name": "x", "country": "CN", "registered_at": 0}
COOL_OFF = """
gates:
  - id: pool-cool-off
    on: {assign: rep}
    if: {actor.role: rep}
    require: {not: {assignee: previous_owner, age.pooled: {lt: 30d}}, actor.claims_today: {lt: 2}}
    otherwise: refuse
"""


@pytest.fixture
def db(database: Database) -> Database:
    with database.writing() as connection:
        connection.execute(insert(rep), [REP | {"id": who, "name": who} for who in ("li", "wei")])
    return database


@pytest.fixture
def cool_off() -> Gates:
    book, problems = load_rulebook({"gates.yaml": COOL_OFF}, catalogue_for(SETTINGS, {}))
    assert book, problems
    return Gates.of(book, SETTINGS)


def add(db: Database, ident: str, **values: Any) -> str:
    with db.writing() as connection:
        connection.execute(insert(lead), [LEAD | {"id": ident} | values])
    return ident


def pooled(db: Database, ident: str, **values: Any) -> str:
    return add(db, ident, **{"status": "pooled", "pooled_at": NOW - DAY, **values})


def known(db: Database, ident: str, *columns: str) -> tuple[Any, ...]:
    with db.reading() as connection:
        return tuple(connection.execute(select(*(lead.c[name] for name in columns)).where(lead.c.id == ident)).one())


def test_the_pool_lists_key_customers_then_tiers_grades_and_who_waited_longest(db: Database) -> None:
    pooled(db, "f", tier=None, grade=None)
    pooled(db, "e", tier="gold", grade="B")
    pooled(db, "d", tier="gold", grade="A", pooled_at=NOW - DAY)
    pooled(db, "c", tier="gold", grade="A", pooled_at=NOW - 2 * DAY)
    pooled(db, "b", tier="platinum", grade="D")
    pooled(db, "a", tier="iron", key=True)
    add(db, "owned", owner="li", key=True)
    with db.reading() as connection:
        assert [row["id"] for row in pool(connection, TIERS, GRADES, 10)] == list("abcdef")
        assert [row["id"] for row in pool(connection, TIERS, GRADES, 2)] == ["a", "b"]
        assert pool_size(connection) == 6


def test_a_claimed_lead_has_an_owner_and_is_looked_after(db: Database) -> None:
    pooled(db, "wang", previous_owner="wei")
    claim(db, OPEN, "wang", "li", NOW)
    assert known(db, "wang", "owner", "status", "previous_owner", "pooled_at", "owner_since_at") == (
        "li", "active", "wei", None, NOW,
    )  # fmt: skip


def test_a_lead_given_back_remembers_who_had_him(db: Database) -> None:
    add(db, "wang", owner="li")
    give_back(db, SETTINGS, OPEN, "wang", "li", NOW)
    assert known(db, "wang", "owner", "status", "previous_owner", "pooled_at") == (None, "pooled", "li", NOW)


def test_who_gives_back_a_lead_that_is_a_colleagues_by_now_changes_nothing(db: Database) -> None:
    add(db, "wang", owner="wei")
    with pytest.raises(UsageError, match="no longer li's"):
        give_back(db, SETTINGS, OPEN, "wang", "li", NOW, owner="li")
    assert known(db, "wang", "owner", "status") == ("wei", "active")


def test_pooling_by_the_status_alone_takes_the_owner_away_too(db: Database) -> None:
    add(db, "wang", owner="li")
    set_lead(db, SETTINGS, OPEN, "wang", {"status": "pooled"}, "chief", NOW)
    assert known(db, "wang", "owner", "status", "previous_owner", "pooled_at") == (None, "pooled", "li", NOW)
    set_lead(db, SETTINGS, OPEN, "wang", {"owner": "wei"}, "chief", NOW)
    assert known(db, "wang", "owner", "status", "previous_owner", "pooled_at") == ("wei", "active", "li", None)


def test_who_is_not_in_the_pool_cannot_be_claimed(db: Database) -> None:
    add(db, "wang", owner="wei")
    with pytest.raises(FollowupError, match="wang is not in the pool: his owner is wei"):
        claim(db, OPEN, "wang", "li", NOW)


def test_only_reps_claim(db: Database) -> None:
    pooled(db, "wang")
    with pytest.raises(UsageError, match='there is no rep "wej"; did you mean "wei"?'):
        claim(db, OPEN, "wang", "wej", NOW)


def test_a_rep_waits_for_his_own_and_takes_no_more_than_his_share_of_a_day(db: Database, cool_off: Gates) -> None:
    for ident in ("a", "b", "c"):
        pooled(db, ident, previous_owner="wei")
    with pytest.raises(Refused, match="pool-cool-off"):
        claim(db, cool_off, "a", "wei", NOW)
    claim(db, cool_off, "a", "li", NOW)
    claim(db, cool_off, "b", "li", NOW)
    with pytest.raises(Refused, match=r"actor\.claims_today: wanted lt 2, found 2"):
        claim(db, cool_off, "c", "li", NOW)
    claim(db, cool_off, "c", "li", NOW + DAY)


def test_setting_oneself_as_owner_of_a_pooled_lead_is_a_claim_too(db: Database, cool_off: Gates) -> None:
    for ident in ("a", "b", "c"):
        pooled(db, ident)
    claim(db, cool_off, "a", "li", NOW)
    set_lead(db, SETTINGS, cool_off, "b", {"owner": "li"}, "li", NOW)
    with pytest.raises(Refused, match="found 2"):
        set_lead(db, SETTINGS, cool_off, "c", {"owner": "li"}, "li", NOW)


@pytest.fixture
def racing() -> Any:
    """Run these calls at the same instant, each in a thread with its own connection; what each came to."""
    def run(*calls: Any) -> list[str]:
        start, told = threading.Barrier(len(calls)), [""] * len(calls)

        def play(n: int, call: Any) -> None:
            start.wait()
            try:
                call()
                told[n] = "got him"
            except FollowupError as error:
                told[n] = str(error)

        threads = [threading.Thread(target=play, args=pair) for pair in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return told

    return run


def test_of_two_who_claim_at_once_one_gets_the_lead(db: Database, racing: Any) -> None:
    for n in range(10):
        ident = pooled(db, f"lead-{n}")
        told = racing(*(lambda who=who, ident=ident: claim(db, OPEN, ident, who, NOW) for who in ("li", "wei")))
        (owner,) = known(db, ident, "owner")
        assert sorted(told) == ["got him", f"{ident} is not in the pool: his owner is {owner}"]
        with db.reading() as connection:
            owners = select(transition.c.value).where(transition.c.lead == ident, transition.c.field == "owner")
            assert connection.execute(owners).scalars().all() == [owner]


def test_claims_at_once_of_one_rep_do_not_pass_his_share_together(db: Database, cool_off: Gates, racing: Any) -> None:
    for n in range(4):
        pooled(db, f"lead-{n}")
    told = racing(*(lambda n=n: claim(db, cool_off, f"lead-{n}", "li", NOW) for n in range(4)))
    assert told.count("got him") == 2
    assert sum("found 2" in line for line in told) == 2
