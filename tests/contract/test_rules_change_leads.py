"""What `set` and `assign` do to leads, through plan, release and act: once, with its cause, and never without end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Attribute, Settings
from engine.stages.act.act import act
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.book import causes
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads, upsert_leads, upsert_reps
from engine.store.ledger import pause, touch, verdict
from engine.store.tables import gate_event, lead, transition

MINUTE, DAY = 60, 86_400
NOW = int(datetime.fromisoformat("2026-03-02T10:00+08:00").timestamp())
ZONE = "Asia/Shanghai"
MARK = """
rules:
  - id: mark
    category: admin
    on: {since: registered, after: 1h}
    steps: [{id: once, at: +0h, set: {stage: quote, attrs.visits: 3, hope: null}}]
"""
DEAL = """
rules:
  - id: deal
    category: admin
    on: {since: registered, after: 1h}
    for: {owner: {exists: false}}
    steps: [{id: give, at: +0h, assign: "round_robin:sales"}]
"""
FOR_EVER = """
rules:
  - id: flip
    category: admin
    on: {becomes: {stage: quote}}
    steps: [{id: flip, at: +0h, set: {stage: need}}]
  - id: flop
    category: admin
    on: {becomes: {stage: need}}
    steps: [{id: flop, at: +0h, set: {stage: quote}}]
"""


class House:
    """A house with these rules; three reps of the sales team and their boss."""

    def __init__(self, db: Database, rules: str, **settings: Any) -> None:
        self.db, self.now = db, NOW
        self.settings = Settings(attributes={"visits": Attribute(type="int")}, **settings)
        self.books, self.clockwork = Books(self.settings), Clockwork.of(self.settings)
        self.release = Release(db, self.settings, self.books, self.clockwork)
        book, problems = load_rulebook({"rules/a.yaml": rules}, catalogue_for(self.settings, {}))
        assert book is not None, problems
        adopt(db, book, {"rules/a.yaml": rules}, {}, NOW)
        self.rep("boss")
        for name in ("ada", "ben", "cid"):
            self.rep(name, team="sales", manager="boss")

    def rep(self, ident: str, **values: Any) -> None:
        entry = RepEntry(ident, {"name": ident, "timezone": ZONE, "locale": "en", **values})
        with self.db.writing() as connection:
            upsert_reps(connection, [entry], {}, self.now)

    def leads(self, *names: str, **values: Any) -> None:
        base = {"timezone": ZONE, "locale": "en", "country": "CN", "registered_at": self.now - DAY}
        entries = [LeadEntry(name, {"name": name, **base, **values}) for name in names]
        with self.db.writing() as connection:
            upsert_leads(connection, entries, {}, Stamp(self.now, "test"))

    def change(self, name: str, **values: Any) -> None:
        with self.db.writing() as connection:
            change_leads(connection, {name: values}, Stamp(self.now, "li"))

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            plan(self.db, self.settings, self.books, self.clockwork, self.now)
            self.release.run(self.now)
            act(self.db, self.settings, self.books, self.now)
            self.now += MINUTE

    def lead(self, name: str) -> Any:
        with self.db.reading() as connection:
            return connection.execute(select(lead).where(lead.c.id == name)).one()

    def touches(self) -> list[Any]:
        with self.db.reading() as connection:
            return list(connection.execute(select(touch).order_by(touch.c.due_at, touch.c.id)))

    def history(self) -> list[Any]:
        with self.db.reading() as connection:
            return list(connection.execute(select(transition).order_by(transition.c.id)))


@pytest.fixture
def house(request: pytest.FixtureRequest, database: Database) -> Iterator[House]:
    made = House(database, request.param)
    yield made
    made.release.close()


@pytest.mark.parametrize("house", [MARK], indirect=True)
def test_a_rule_changes_the_lead_once_and_says_so(house: House) -> None:
    house.leads("ann", stage="new", hope="a garden")
    house.tick(3)
    assert (house.lead("ann").stage, house.lead("ann").attrs, house.lead("ann").hope) == ("quote", {"visits": 3}, None)
    [done] = house.touches()
    assert (done.state, done.audience, done.receiver, done.action) == ("delivered", "engine", "engine", "set")
    assert done.changed == {"stage": ["new", "quote"], "hope": ["a garden", None], "attrs.visits": [None, 3]}
    [change] = house.history()
    assert (change.actor, change.cause, change.cause_depth) == ("engine", done.occurrence_key, 1)


@pytest.mark.parametrize("house", [MARK], indirect=True)
def test_what_is_so_already_leaves_no_trace(house: House) -> None:
    house.leads("ann", stage="quote")
    house.change("ann", attrs={"visits": 3})
    house.tick()
    [done] = house.touches()
    assert (done.state, done.reason, done.changed, house.history()) == ("delivered", "unchanged", None, [])


@pytest.mark.parametrize("house", [MARK], indirect=True)
def test_a_pause_keeps_the_engine_from_changing_leads(house: House) -> None:
    house.leads("ann", stage="new")
    with house.db.writing() as connection:
        connection.execute(insert(pause), {"scope": "rule", "name": "mark", "actor": "li", "at": NOW})
    house.tick()
    assert (house.lead("ann").stage, house.touches()[0].state) == ("new", "released")


@pytest.mark.parametrize("house", [MARK], indirect=True)
def test_a_fact_recorded_after_the_judgement_wins(house: House) -> None:
    house.leads("ann", stage="new")
    plan(house.db, house.settings, house.books, house.clockwork, house.now)
    house.release.run(house.now)
    house.change("ann", status="gone")
    act(house.db, house.settings, house.books, house.now)
    assert house.lead("ann").stage == "new"
    house.tick()
    assert (house.lead("ann").stage, house.touches()[0].state) == ("new", "superseded")


@pytest.mark.parametrize("house", [DEAL], indirect=True)
def test_a_team_gets_leads_in_turn_past_those_who_are_away(house: House) -> None:
    house.rep("ben", absent_from="2026-03-01", absent_to="2026-03-05")
    house.leads("a1", "a2", "a3")
    house.tick()
    house.leads("b1", "b2")
    house.tick()
    assert [house.lead(name).owner for name in ("a1", "a2", "a3", "b1", "b2")] == ["ada", "cid", "ada", "cid", "ada"]


@pytest.mark.parametrize("house", [DEAL], indirect=True)
def test_a_lead_waits_for_the_first_who_is_back(house: House) -> None:
    for name in ("ada", "ben", "cid"):
        house.rep(name, absent_from="2026-03-02", absent_to="2026-03-02" if name == "ben" else "2026-03-09")
    house.leads("ann")
    house.tick()
    [waiting] = house.touches()
    assert (waiting.state, waiting.reason, house.lead("ann").owner) == ("held", "all_absent", None)
    house.now = NOW + DAY
    house.tick()
    assert house.lead("ann").owner == "ben"


@pytest.mark.parametrize("house", [DEAL.replace("round_robin:sales", "round_robin:none")], indirect=True)
def test_without_anybody_to_give_him_to_the_step_is_cancelled(house: House) -> None:
    house.leads("ann")
    house.tick()
    assert [(one.state, one.reason) for one in house.touches()] == [("cancelled", "no_receiver")]


POOL = MARK.replace("set: {stage: quote, attrs.visits: 3, hope: null}", "assign: {}")


@pytest.mark.parametrize(
    ("house", "owner", "status"),
    [(POOL.replace("{}", "pool"), None, "pooled"), (POOL.replace("{}", "manager"), "boss", "active"),
     (POOL.replace("{}", '"rep:ben"'), "ben", "active"), (POOL.replace("{}", "previous_owner"), "cid", "active")],
    indirect=["house"],
)  # fmt: skip
def test_a_lead_is_given_away(house: House, owner: str | None, status: str) -> None:
    house.leads("ann", owner="cid")
    house.change("ann", owner="ada")
    house.tick()
    assert (house.lead("ann").owner, house.lead("ann").status) == (owner, status)
    assert house.lead("ann").previous_owner == "ada"


@pytest.mark.parametrize("house", [POOL.replace("{}", "pool")], indirect=True)
def test_the_pool_lifts_no_suspension(house: House) -> None:
    house.leads("ann", owner="cid", status="suspended")
    house.change("ann", owner="ada")
    house.tick()
    assert (house.lead("ann").owner, house.lead("ann").status) == ("ada", "suspended")
    assert [(one.state, one.reason) for one in house.touches()] == [("cancelled", "suspended")]


@pytest.mark.parametrize("house", [POOL.replace("{}", '"rep:ben"')], indirect=True)
def test_who_gets_a_lead_from_the_pool_makes_him_active(house: House) -> None:
    house.leads("ann", status="pooled")
    house.tick()
    assert (house.lead("ann").owner, house.lead("ann").status) == ("ben", "active")


@pytest.mark.parametrize("house", [FOR_EVER], indirect=True)
def test_two_rules_that_undo_each_other_stop_after_five_changes(house: House) -> None:
    house.leads("ann", stage="new")
    house.tick()
    house.change("ann", stage="quote")
    house.tick(20)
    made = [one for one in house.history() if one.actor == "engine"]
    assert [one.cause_depth for one in made] == [1, 2, 3, 4, 5]
    held = house.touches()[-1]
    assert (held.state, held.reason) == ("held", "chain")
    with house.db.reading() as connection:
        links = causes.chain(connection, "ann", held.anchor)
        assert causes.held_chains(connection) == {held.rule: 1}
    assert [link.depth for link in links] == [5, 4, 3, 2, 1]
    assert [(link.previous, link.value) for link in links[-2:]] == [("need", "quote"), ("quote", "need")]
    house.now += 31 * DAY
    house.tick()
    assert (house.touches()[-1].state, house.touches()[-1].reason) == ("expired", "held_too_long")


@pytest.mark.parametrize("house", [FOR_EVER], indirect=True)
def test_a_persons_change_begins_a_new_chain(house: House) -> None:
    house.leads("ann", stage="new")
    house.tick()
    for _ in range(2):
        house.change("ann", stage="new")
        house.change("ann", stage="quote")
        house.tick(20)
    assert len([one for one in house.history() if one.actor == "engine"]) == 10


ROTATE = """
rules:
  - id: rotate
    category: admin
    on: {since: owner_since, after: 1d}
    steps: [{id: next, at: +0h, assign: "round_robin:sales"}]
"""


@pytest.mark.parametrize("house", [ROTATE], indirect=True)
def test_a_rule_that_waits_for_its_own_change_is_a_chain_too(house: House) -> None:
    house.leads("ann", owner="ada")
    for _ in range(9):
        house.tick(2)
        house.now += DAY
    assert max(one.cause_depth for one in house.history()) == 5
    assert house.touches()[-1].reason == "chain"


@pytest.mark.parametrize("house", [DEAL.replace("round_robin", "new_first")], indirect=True)
def test_new_reps_come_first_until_they_have_as_many_as_the_others(house: House) -> None:
    for name in ("ben", "cid"):
        house.rep(name, joined_at=NOW - 150 * DAY)
    house.rep("ada", joined_at=NOW - 200 * DAY)
    house.leads("x", "y", owner="ada")
    house.leads("z", owner="cid")
    names = ("a1", "a2", "a3", "a4", "a5")
    house.leads(*names)
    house.tick(3)
    assert [house.lead(name).owner for name in names] == ["ben", "cid", "ben", "cid", "ada"]


@pytest.mark.parametrize("house", [DEAL.replace("round_robin", "new_last")], indirect=True)
def test_whom_new_reps_are_not_to_get_goes_to_the_others_while_any_is_there(house: House) -> None:
    house.rep("ada", joined_at=NOW - 150 * DAY)
    house.leads("a1", "a2", "a3")
    house.tick()
    assert [house.lead(name).owner for name in ("a1", "a2", "a3")] == ["ben", "cid", "ben"]
    for name in ("ben", "cid"):
        house.rep(name, absent_from="2026-01-01", absent_to="2030-01-01")
    house.leads("a4")
    house.tick()
    assert house.lead("a4").owner == "ada"


@pytest.mark.parametrize("house", [DEAL], indirect=True)
def test_two_daemons_never_take_the_same_turn(house: House) -> None:
    house.leads("a1", "a2", "a3", "a4")
    plan(house.db, house.settings, house.books, house.clockwork, house.now)
    house.release.run(house.now)
    ids = [one.id for one in house.touches()]
    assert len(ids) == 4
    counts = [act(house.db, house.settings, Books(house.settings), house.now) for _ in range(2)]
    assert [count["done"] for count in counts] == [4, 0]
    assert sorted(house.lead(name).owner for name in ("a1", "a2", "a3", "a4")) == ["ada", "ada", "ben", "cid"]


GATE = MARK + """
gates:
  - id: no-quote-yet
    on: {set: {stage: quote}}
    require: {contacts: {gte: 3}}
    otherwise: refuse
"""


@pytest.mark.parametrize("house", [GATE], indirect=True)
def test_a_gate_that_refuses_ends_the_touch_with_its_evidence(house: House) -> None:
    house.leads("ann", stage="new")
    house.tick()
    [refused] = house.touches()
    assert (refused.state, refused.reason, refused.policy) == ("suppressed", "gate", "no-quote-yet")
    assert house.lead("ann").stage == "new"
    with house.db.reading() as connection:
        [said] = connection.execute(select(verdict)).all()
        [kept] = connection.execute(select(gate_event)).all()
    assert (said.touch, said.facts["path"], said.facts["found"]) == (refused.id, "contacts", "0")
    assert (kept.actor, kept.cause) == ("engine", refused.occurrence_key)


POOLING = MARK.replace("{stage: quote, attrs.visits: 3, hope: null}", "{status: pooled}")
REFUSING = "\ngates:\n  - {id: never, on: {ON}, require: {contacts: {gte: 3}}, otherwise: refuse}\n"


@pytest.mark.parametrize(
    "house",
    [
        POOL.replace("{}", '"rep:ben"') + REFUSING.replace("ON", "set: {owner: any}"),
        POOL.replace("{}", "pool") + REFUSING.replace("ON", "set: {status: pooled}"),
        POOLING + REFUSING.replace("ON", "assign: pool"),
    ],
    indirect=True, ids=["assign meets a gate on owner", "pool meets a gate on status", "status meets a gate on pool"],
)  # fmt: skip
def test_no_step_gets_round_a_gate_by_another_word_for_the_same_change(house: House) -> None:
    house.leads("ann", owner="ada")
    house.tick()
    assert [(one.state, one.policy) for one in house.touches()] == [("suppressed", "never")]
    assert (house.lead("ann").owner, house.lead("ann").status, house.history()) == ("ada", "active", [])
