"""What gates read of a lead, of who asks, of who is to get him and of what ends, in both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.domain.changes import ENGINE, Actor, Change, ChangeKind, Role
from engine.domain.civil import day_start, local_date
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.gates.objections import Gates, Objection
from engine.stages.gates.records import Refused, record
from engine.store.database import Database
from engine.store.tables import gate_event, lead, rep, transition

NOW = 1_771_000_000  # 2026-02-14T00:26:40 at the office
DAY = 86_400
OFFICE = "Asia/Shanghai"
SETTINGS = Settings()
LI, WEI = Actor("li", Role.REP), Actor("wei", Role.REP)
LEAD: dict[str, Any] = {
    "id": "wang", "shard": 0, "name": "x", "country": "CN", "locale": "en", "timezone": OFFICE, "registered_at": 0,
}  # fmt: skip
SUSPEND = Change("wang", ChangeKind.SET, {"status": "suspended"})
TWELVE = "on: {set: {status: suspended}}, require: {contacts: {gte: 12}, key: {ne: true}}"
SUBJECT = {"lead": "x", "subject": "lead"}
COOL_OFF = (
    "on: {assign: rep}, if: {actor.role: rep},"
    " require: {not: {assignee: previous_owner, age.pooled: {lt: 30d}}, actor.claims_today: {lt: 5}}"
)


def give(rep_id: str | None) -> Change:
    return Change("wang", ChangeKind.ASSIGN, assignee=rep_id)


@pytest.fixture
def db(database: Database) -> Database:
    reps = [{"id": who, "name": who, "team": team, "timezone": OFFICE, "locale": "en", "role": role}
            for who, team, role in (("li", "west", "rep"), ("wei", "east", "rep"), ("chen", "west", "manager"))]
    with database.writing() as connection:
        connection.execute(insert(rep), reps)
    return database


def objections(db: Database, gate: str, change: Change, actor: Actor, **values: Any) -> tuple[Objection, ...]:
    summary = "" if "summary:" in gate else "summary: Not so, "
    text = f"gates: [{{id: the-gate, {summary}otherwise: refuse, {gate}}}]"
    book, problems = load_rulebook({"gates.yaml": text}, catalogue_for(SETTINGS, {}))
    assert book, problems
    with db.writing() as connection:
        connection.execute(insert(lead), [LEAD | values])
        return Gates.of(book, SETTINGS).objections(connection, change, actor, NOW)


def test_a_change_that_satisfies_the_gate_meets_no_objection(db: Database) -> None:
    assert objections(db, TWELVE, SUSPEND, LI, contacts=12) == ()


@pytest.mark.parametrize(
    ("contacts", "key", "evidence"),
    [(3, False, "contacts: wanted gte 12, found 3"), (30, True, "key: wanted ne true, found true")],
)
def test_the_first_failing_condition_is_the_evidence(db: Database, contacts: int, key: bool, evidence: str) -> None:
    (found,) = objections(db, TWELVE, SUSPEND, ENGINE, contacts=contacts, key=key)
    assert found.sentence() == f"gate the-gate: Not so ({evidence})"
    assert found.refuses


@pytest.mark.parametrize(
    "change", [*(Change("wang", ChangeKind.SET, one) for one in ({"status": "active"}, {"tier": "gold"})), give("li")]
)
def test_a_gate_stands_only_before_its_own_change(db: Database, change: Change) -> None:
    assert objections(db, TWELVE, change, LI, contacts=0) == ()


def test_the_previous_owner_waits_until_his_customer_has_cooled_off(db: Database) -> None:
    pooled = {"status": "pooled", "previous_owner": "li", "pooled_at": NOW - 29 * DAY}
    (found,) = objections(db, COOL_OFF, give("li"), LI, **pooled)
    assert found.failed.path == "not"


@pytest.mark.parametrize(
    ("who", "days"), [(LI, 31), (WEI, 1), (Actor("chen", Role.MANAGER), 1), (Actor("root", Role.OPS), 1)]
)
def test_the_cool_off_binds_reps_who_take_their_own_back_early(db: Database, who: Actor, days: int) -> None:
    pooled = {"status": "pooled", "previous_owner": "li", "pooled_at": NOW - days * DAY}
    assert objections(db, COOL_OFF, give(who.id), who, **pooled) == ()


def test_claims_are_those_of_the_offices_day_that_a_rep_made_himself_of_leads_without_an_owner(db: Database) -> None:
    morning = day_start(local_date(NOW, OFFICE), OFFICE)
    claim = {**SUBJECT, "field": "owner", "value": "li", "previous": None, "actor": "li", "at": NOW}
    others = [{"at": morning - 1}, {"actor": "chen"}, {"previous": "wei"}, {"value": "wei"}, {"field": "tier"}]
    with db.writing() as connection:
        connection.execute(insert(transition), [*[claim | {"at": morning}] * 4, *(claim | other for other in others)])
    five = "on: {assign: rep}, require: {actor.claims_today: {lt: 4}}"
    (found,) = objections(db, five, give("li"), LI)
    assert found.failed.found == "4"


def test_whoever_never_claimed_has_none_of_today(db: Database) -> None:
    assert objections(db, "on: {assign: rep}, require: {actor.claims_today: 0}", give("li"), ENGINE) == ()


@pytest.mark.parametrize(
    ("condition", "fails"),
    [
        ("assignee.team: owner.team", True), ("assignee.team: actor.team", False), ("assignee: {ne: owner}", False),
        ("actor.id: owner", True), ("assignee: actor.id", False), ("actor.role: [rep, manager]", False),
    ],
)  # fmt: skip
def test_who_asks_and_who_gets_the_lead_are_compared_with_each_other(db: Database, condition: str, fails: bool) -> None:
    found = objections(db, f"on: {{assign: any}}, require: {{{condition}}}", give("wei"), WEI, owner="li")
    assert bool(found) is fails


@pytest.mark.parametrize(("most", "fails"), [(2, True), (3, False)])
def test_whoever_has_his_hands_full_is_known_by_the_leads_he_has(db: Database, most: int, fails: bool) -> None:
    owners = {"a": "wei", "b": "wei", "c": "li"}
    with db.writing() as connection:
        connection.execute(insert(lead), [LEAD | {"id": one, "owner": owner} for one, owner in owners.items()])
    found = objections(db, f"on: {{assign: rep}}, require: {{assignee.leads: {{lt: {most}}}}}", give("wei"), LI)
    assert [(one.failed.path, one.failed.found) for one in found] == [("assignee.leads", "2")] * fails


def test_the_pool_is_nobody(db: Database) -> None:
    assert objections(db, "on: {assign: pool}, require: {assignee: {exists: false}}", give(None), LI) == ()


def test_an_event_is_read_as_it_ends(db: Database) -> None:
    event = {"id": "c1", "kind": "complaint", "severity": "minor", "attrs.confirmed_by": "rep"}
    word = "on: {event_end: complaint}, require: {event.attrs.confirmed_by: customer}"
    (found,) = objections(db, word, Change("wang", ChangeKind.EVENT_END, event=event), LI)
    assert (found.failed.wanted, found.failed.found) == ("customer", "rep")


def test_every_objection_is_kept_with_who_asked_and_why(db: Database) -> None:
    found = objections(db, TWELVE, SUSPEND, LI, contacts=3)
    with db.writing() as connection:
        record(connection, found, LI, NOW, "by hand")
        row = dict(connection.execute(select(gate_event)).mappings().one())
    assert row == {
        "id": 1, "gate": "the-gate", "outcome": "refused", "lead": "wang", "change": {"set": {"status": "suspended"}},
        "evidence": {"path": "contacts", "wanted": "gte 12", "found": "3"}, "actor": "li", "role": "rep",
        "cause": "by hand", "at": NOW,
    }  # fmt: skip


def test_who_is_refused_reads_why_in_his_language(db: Database) -> None:
    (found,) = objections(db, f"{TWELVE}, summary: {{en: Not so, zh-Hans: 不可以}}", SUSPEND, LI, contacts=3)
    assert found.sentence("zh-Hant").startswith("gate the-gate: 不可以 (")
    assert Refused([found]).said_in("zh-Hans").startswith("refused by gate the-gate: 不可以 (")
    assert str(Refused([found])).startswith("refused by gate the-gate: Not so (")
