"""Whoever was erased comes in again by every way there is, a canary in every cell: nothing is put down about him."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, select, text, update

from engine.domain.links import Link, Purpose
from engine.ground.errors import UsageError
from engine.settings.inbox_model import MaildirInbox
from engine.settings.load import read_settings
from engine.settings.model import Company
from engine.stages import acts, privacy, surveys
from engine.stages.answers.answer import answer as say
from engine.stages.answers.means import Means
from engine.stages.answers.replies import HandOver, Talked
from engine.stages.books import Books
from engine.stages.events import Happening, add_event
from engine.stages.gates.objections import Gates
from engine.stages.imports import run_import
from engine.stages.inlet.inlet import Inlet
from engine.stages.listen.listen import take_in
from engine.stages.plan.timing import Clockwork
from engine.stages.pool import claim
from engine.stages.sync.pull import Order, pull
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.ledger import delivery
from engine.store.privacy.parts import PARTS
from engine.store.tables import account, lead
from engine.store.upgrade import METADATA, create_all
from tests.contract.outbox import NOON, Outbox
from tests.contract.post import absence, answer, bounce, mail, received

HOUR = 3600
AFTER = NOON + HOUR
ADDRESS = "canary@canary.example"
WANG = f"Canary Wang <{ADDRESS}>"
CRM = """\
sources:
  crm:
    url: sqlite:///crm.sqlite
    table: customer
    columns: {no: id, title: name, mail: email, grade: grade, rep: owner}
    write_back: "UPDATE customer SET rep = :owner, state = :status WHERE no = :key"
  buys:
    url: sqlite:///crm.sqlite
    kind: records
    table: purchase
    columns: {no: id, whose: lead, kind: kind, what: product, day: at, note: note}
"""
TABLES = (
    "CREATE TABLE customer (no TEXT, title TEXT, mail TEXT, grade TEXT, rep TEXT, state TEXT)",
    "CREATE TABLE purchase (no TEXT, whose TEXT, kind TEXT, what TEXT, day TEXT, note TEXT)",
    f"INSERT INTO customer VALUES ('wang', 'Canary Wang', '{ADDRESS}', 'A', 'li', 'theirs')",
)


class Town(Outbox):
    """Wang was written to, li was reminded of him, a source told of him; then he was erased."""

    def __init__(self, db: Database, home: Path) -> None:
        super().__init__(db, inbox=MaildirInbox(kind="maildir", path="mail"), company=Company(domain="example.com"))
        self.home, self.crm = home, create_engine(f"sqlite:///{home / 'crm.sqlite'}")
        self.theirs(*TABLES)
        with db.writing() as connection:
            connection.execute(update(lead).where(lead.c.id == "wang").values(
                name="Canary Wang", email=ADDRESS, account="nest", owner="li"))  # fmt: skip
            connection.execute(insert(account).values(id="nest", name="Canary & Co."))
        self.wish, self.call = self.release("k1"), self.release("birthday|wang|a|call|li", audience="rep")
        with db.writing() as connection:
            connection.execute(update(delivery).where(delivery.c.touch == self.wish).values(address=ADDRESS))
        self.send()
        assert {self.touch(one).state for one in (self.wish, self.call)} == {"delivered"}
        self.pull("crm", NOON)
        assert privacy.erase(db, self.settings, "wang", "dpo", NOON)

    def theirs(self, *statements: str) -> None:
        with self.crm.begin() as connection:
            for one in statements:
                connection.execute(text(one))

    def pull(self, name: str, now: int = AFTER) -> dict[str, int]:
        settings, problems = read_settings(CRM, "config.yaml")
        assert settings is not None, problems
        order = Order(name, settings.sources[name], str(self.crm.url), full=True)
        done = pull(self.db, settings, Gates(), order, now)
        assert done.failure is None
        return {key: value for key, value in done.counts.items() if value}

    def hear(self, raw: bytes) -> str:
        return take_in(self.db, self.settings, [received(raw, AFTER)], AFTER + HOUR)[0].told

    @property
    def sent(self) -> str:
        return str(self.delivery(self.wish).message_id)

    def held(self) -> dict[str, list[Any]]:
        """Every row about him, and his own."""
        with self.db.reading() as connection:
            rows = {part.table.name: list(connection.execute(select(part.table).where(part.theirs("wang"))))
                    for part in PARTS}  # fmt: skip
            own = connection.execute(select(lead).where(lead.c.id == "wang")).mappings().one()
        return rows | {"lead": [{**own, "judge_version": 0}], "account": self._all(account)}

    def _all(self, table: Any) -> list[Any]:
        with self.db.reading() as connection:
            return list(connection.execute(select(table)))

    def dump(self) -> str:
        return json.dumps({table.name: self._all(table) for table in METADATA.sorted_tables}, default=str).lower()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    db = Database(f"sqlite:///{tmp_path / 'book.sqlite'}")
    create_all(db)
    yield Town(db, tmp_path)
    db.close()


def a_file(what: str, rows: str) -> Callable[[Town], None]:
    def bring(town: Town) -> None:
        file = town.home / f"{what}.csv"
        file.write_text(rows)
        done = run_import(town.db, town.settings, what, file, AFTER)
        assert (done.changed, done.quarantined) == (0, len(rows.splitlines()) - 1)

    return bring


def a_letter(write: Callable[[Town], bytes], told: str = "was erased: nothing is put down") -> Callable[[Town], None]:
    def bring(town: Town) -> None:
        assert told in town.hear(write(town))
        assert take_in(town.db, town.settings, [received(write(town), AFTER)], AFTER + HOUR) == (), "once is enough"

    return bring


def posted(kind: str, /, **item: Any) -> Callable[[Town], None]:
    def bring(town: Town) -> None:
        with town.db.writing() as connection:
            inlet = Inlet(connection, town.settings, Gates(), Stamp(AFTER, "shop"))
            [taken] = getattr(inlet, kind)([item])
        assert taken.result == "refused"
        assert "anary" not in str(taken)

    return bring


def refused(do: Callable[[Town], object]) -> Callable[[Town], None]:
    def bring(town: Town) -> None:
        with pytest.raises(UsageError, match="wang was erased"):
            do(town)

    return bring


def from_a_source(town: Town) -> None:
    assert town.pull("crm") == {"fetched": 1, "quarantined": 1}
    assert town.crm.connect().execute(text("SELECT rep, state FROM customer")).one() == ("li", "theirs")


def from_a_source_that_is_wrong(town: Town) -> None:
    town.theirs("UPDATE customer SET mail = 'canary at canary.example', grade = 'canary'")
    assert town.pull("crm") == {"fetched": 1, "quarantined": 1}


def from_a_source_that_lost_and_found_him(town: Town) -> None:
    town.theirs("UPDATE customer SET no = 'other', title = 'Other', mail = NULL")
    town.pull("crm")
    town.theirs("DELETE FROM customer", TABLES[2])
    town.pull("crm", AFTER + HOUR)


def purchases_from_a_source(town: Town) -> None:
    town.theirs("INSERT INTO purchase VALUES ('p1', 'wang', 'purchase', 'canary', '2026-02-01', 'canary')",
                "INSERT INTO purchase VALUES ('p2', 'wang', 'canary', 'canary', 'canary day', 'canary')")  # fmt: skip
    assert town.pull("buys") == {"fetched": 2, "quarantined": 2}


def a_survey(town: Town) -> None:
    with town.db.reading() as connection:
        link = Link(Purpose.SURVEY, str(town.wish), AFTER + HOUR)
        assert surveys.survey_of(connection, link) is None


def reply(town: Town, what: Any) -> None:
    means = Means(town.settings, Books(town.settings), Clockwork.of(town.settings), Gates())
    say(town.db, means, town.call, what, "li", AFTER)


TALK = acts.Talk("wang", "reached", AFTER, note="canary note")
WAYS: dict[str, Callable[[Town], None]] = {
    "a file of leads": a_file("leads", f"id,name,email,grade\nwang,Canary Wang,{ADDRESS},A\nwang,Canary,x,canary\n"),
    "a file of records": a_file("records", "id,lead,kind,product,at\nr1,wang,purchase,canary,2026-02-01\n"
                                           "r2,wang,canary,canary,canary\n"),
    "a file of talks": a_file("interactions", "id,lead,at,outcome,note\nt1,wang,2026-02-01T09:00,reached,canary\n"),
    "a source": from_a_source,
    "a source that is wrong": from_a_source_that_is_wrong,
    "a source that lost him": from_a_source_that_lost_and_found_him,
    "purchases from a source": purchases_from_a_source,
    "the API: a lead": posted("leads", id="wang", name="Canary Wang", email=ADDRESS),
    "the API: a wrong lead": posted("leads", id="wang", name="Canary Wang", email="canary at canary"),
    "the API: a talk": posted("interactions", id="t1", lead="wang", at="2026-02-01T09:00+08:00", outcome="reached",
                              note="canary"),
    "the API: a wrong talk": posted("interactions", id="t1", lead="wang", at="canary", outcome="canary"),
    "the API: an event": posted("events", id="e1", kind="bereavement", leads=["wang"]),
    "a reply": a_letter(lambda town: answer(town.sent, "canary says hello", sender=WANG, ident="1@canary.example")),
    "an absence": a_letter(lambda town: absence(town.sent, sender=WANG, ident="2@canary.example")),
    "a letter": a_letter(lambda _: mail("canary", sender=WANG, ident="3@mx"), "nobody known wrote it"),
    "a bounce": a_letter(lambda town: bounce(town.sent, address=ADDRESS), "came back (5.1.1)"),
    "a survey": a_survey,
    "an answer to a reminder": refused(lambda town: reply(town, Talked("reached", note="canary"))),
    "a hand-over": refused(lambda town: reply(town, HandOver("li", lead=True))),
    "lead set": refused(lambda t: acts.set_lead(t.db, t.settings, Gates(), "wang", {"name": "Canary"}, "li", AFTER)),
    "log": refused(lambda town: acts.log_talk(town.db, town.settings, TALK, "li", AFTER)),
    "event add": refused(lambda town: add_event(
        town.db, town.settings, Gates(), Happening("", "bereavement", NOON, None, lead="wang"), "li", AFTER)),
    "the pool": refused(lambda town: claim(town.db, Gates(), "wang", "li", AFTER)),
}  # fmt: skip
OF_WHAT_WAS_DONE = {"delivery", "delivery_event", "touch", "suppression", "transition", "source_refusal", "source_row",
                    "dirty_lead"}  # fmt: skip
"""States, ends and refusals with ids in them may go on; the dump says that they hold nothing of him."""


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_put_down(town: Town, way: str) -> None:
    assert "canary" not in town.dump()
    before = town.held()
    WAYS[way](town)
    after = town.held()
    assert "canary" not in town.dump()
    assert {name for name in before if before[name] != after[name]} <= OF_WHAT_WAS_DONE
