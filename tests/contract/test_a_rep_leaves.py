"""A colleague leaves: what was in his hands is in another's, what he did stays his, and gates may keep a lead."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import insert, select, update

from engine.domain.people import LeadEntry, RepEntry
from engine.ground.errors import UsageError
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.gates.objections import Gates
from engine.stages.handover import HandedOver, leave
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch
from engine.store.tables import gate_event, lead, record, rep, transition

NOW = int(datetime.fromisoformat("2026-03-02T10:00+08:00").timestamp())
DAY = 86_400
SETTINGS = Settings()
PLACE = {"timezone": "Asia/Shanghai", "locale": "en"}
TEMPLATES = {f"{name}/mail.en.txt.j2": "" for name in ("reminder/call", "greeting/thanks")}
RULES = """
rules:
  - id: visit
    category: service
    on: {due: appointment.starts}
    steps: [{id: call, at: -1h, remind: owner, template: reminder/call}]
  - id: thanks
    category: care
    on: {due: appointment.starts}
    steps:
      - {id: note, at: -1h, greet: lead, template: greeting/thanks, sign_by: {who: owner, draft: -2d, deadline: -2h}}
"""
KEEP = """
gates:
  - {id: key-stays, on: {assign: rep}, require: {key: {ne: true}}, otherwise: refuse}
"""


class House:
    """Li leaves, wei takes over; both answer to boss, and ada answers to li. Two leads with an appointment tomorrow."""

    def __init__(self, db: Database) -> None:
        self.db, self.books, self.clockwork = db, Books(SETTINGS), Clockwork.of(SETTINGS)
        book, problems = load_rulebook({"rules/a.yaml": RULES}, catalogue_for(SETTINGS, TEMPLATES))
        assert book, problems
        adopt(db, book, {"rules/a.yaml": RULES}, TEMPLATES, NOW)
        managers = {"li": "boss", "wei": "li", "ada": "li", "boss": None}
        leads = [("ann", False), ("bob", True)]
        with db.writing() as connection:
            reps = [RepEntry(ident, {"name": ident, "manager": boss, **PLACE}) for ident, boss in managers.items()]
            upsert_reps(connection, reps, {}, NOW)
            values = {"owner": "li", "country": "CN", "registered_at": NOW - DAY, **PLACE}
            entries = [LeadEntry(name, {"name": name, "key": key, **values}) for name, key in leads]
            upsert_leads(connection, entries, {}, Stamp(NOW, "test"))
            common = {"kind": "appointment", "starts_at": NOW + DAY}
            connection.execute(insert(record), [{"id": f"a-{name}", "lead": name, **common} for name, _ in leads])
        self.tick()

    def tick(self) -> None:
        plan(self.db, SETTINGS, self.books, self.clockwork, NOW)
        release = Release(self.db, SETTINGS, self.books, self.clockwork)
        release.run(NOW)
        release.close()

    def leave(self, gates: Gates | None = None) -> HandedOver:
        return leave(self.db, SETTINGS, gates or Gates(), "li", "wei", "boss", NOW)

    def written(self) -> list[tuple[object, ...]]:
        """What every change leaves behind: judge versions, and transitions."""
        both = lead.join(transition, transition.c.lead == lead.c.id)
        query = select(lead.c.id, lead.c.judge_version, transition.c.id).select_from(both)
        with self.db.reading() as connection:
            return sorted(tuple(row) for row in connection.execute(query))

    def open(self) -> list[tuple[str, str, str, str]]:
        """(lead, step, who is told, who signs) of everything that waits."""
        query = select(touch).where(touch.c.judge_at.is_not(None))
        with self.db.reading() as connection:
            return sorted((row.lead, row.step, row.receiver, row.signer or "") for row in connection.execute(query))

    def owners(self) -> dict[str, str]:
        with self.db.reading() as connection:
            return dict(connection.execute(select(lead.c.id, lead.c.owner)).all())  # type: ignore[arg-type]


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def test_leads_reminders_and_drafts_come_to_the_one_who_takes_over(house: House) -> None:
    assert house.open() == [
        (name, step, who, signer)
        for name in ("ann", "bob") for step, who, signer in (("call", "li", ""), ("note", name, "li"))
    ]  # fmt: skip
    assert house.leave() == HandedOver(leads=2, drafts=2)
    house.tick()
    assert house.owners() == {"ann": "wei", "bob": "wei"}
    assert house.open() == [
        (name, step, who, signer)
        for name in ("ann", "bob") for step, who, signer in (("call", "wei", ""), ("note", name, "wei"))
    ]  # fmt: skip


def test_who_did_it_and_why_is_kept_and_what_was_done_stays_his(house: House) -> None:
    with house.db.writing() as connection:
        done = touch.c.step == "call", touch.c.lead == "ann"
        connection.execute(update(touch).where(*done).values(state="delivered", judge_at=None))
    house.leave()
    house.tick()
    with house.db.reading() as connection:
        kept = connection.execute(select(touch.c.receiver).where(*done, touch.c.state == "delivered")).scalars().all()
        moved = connection.execute(select(transition.c.lead, transition.c.actor, transition.c.cause)).all()
        before = connection.execute(select(lead.c.previous_owner).distinct()).scalars().all()
    assert kept == ["li"]
    assert {tuple(row) for row in moved} == {("ann", "boss", "rep leave"), ("bob", "boss", "rep leave")}
    assert before == ["li"]


def test_his_team_answers_to_the_one_who_takes_over_and_nobody_to_himself(house: House) -> None:
    house.leave()
    with house.db.reading() as connection:
        rows = connection.execute(select(rep.c.id, rep.c.manager, rep.c.delegate, rep.c.absent_from, rep.c.absent_to))
        found = {row.id: tuple(row)[1:] for row in rows}
    assert found["ada"] == ("wei", None, None, None)
    assert found["wei"] == ("boss", None, None, None)
    assert found["li"] == ("boss", "wei", "2026-03-02", None)


def test_a_gate_keeps_a_lead_and_the_others_go(house: House) -> None:
    book, problems = load_rulebook({"rules/a.yaml": KEEP}, catalogue_for(SETTINGS, {}))
    assert book, problems
    done = house.leave(Gates.of(book, SETTINGS))
    assert (done.leads, [(name, one.gate) for name, [one] in done.refused]) == (1, [("bob", "key-stays")])
    assert house.owners() == {"ann": "wei", "bob": "li"}
    with house.db.reading() as connection:
        assert connection.execute(select(gate_event.c.lead, gate_event.c.actor)).one() == ("bob", "boss")
    assert house.leave() == HandedOver(leads=1, drafts=0)


def test_leaving_twice_changes_nothing(house: House) -> None:
    house.leave()
    house.tick()
    before = house.written()
    assert house.leave() == HandedOver(leads=0, drafts=0)
    assert house.written() == before


def test_only_colleagues_leave_and_take_over(house: House) -> None:
    for leaver, to, said in (("li", "li", "himself"), ("lo", "wei", "no rep"), ("li", "wie", 'mean "wei"')):
        with pytest.raises(UsageError, match=said):
            leave(house.db, SETTINGS, Gates(), leaver, to, "boss", NOW)
