"""What a draft says is written anew when its day or its signer changes, as long as nobody has signed it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.domain.dates import LifeDate
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.local_model import FileChannel
from engine.settings.model import Defaults, Settings
from engine.stages import acts
from engine.stages.books import Books, adopt
from engine.stages.compose.compose import compose
from engine.stages.compose.shelf import Shelf
from engine.stages.gates.objections import Gates
from engine.stages.handover import leave
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.stages.signing.objections import CannotSign
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_leads
from engine.store.facts.people import upsert_reps
from engine.store.ledger import delivery, draft, touch
from engine.store.outbox import signing
from engine.store.outbox.transitions import judge_again
from engine.store.upgrade import create_all

SETTINGS = Settings(channels={"desk": FileChannel(kind="file", folder="desk")}, defaults=Defaults(via=("desk",)))
PLACE = {"timezone": "Asia/Shanghai", "locale": "en"}
MAIL = "{% block subject %}x{% endblock %}{% block body %}{{ occasion.date }} {{ rep.name }}{% endblock %}"
TEMPLATES = {"greeting/x/mail.en.txt.j2": MAIL}
RULES = """
rules:
  - id: birthday
    category: festive
    on: {date: birthday}
    steps: [{id: wish, at: 0d 09:00, greet: lead, template: greeting/x, sign_by: {who: owner, draft: -3d}}]
"""


BY_THE_MANAGER = RULES.replace("who: owner", "who: manager")
BY_POLICY = RULES.replace(", sign_by: {who: owner, draft: -3d}", "") + """
policies: [{id: sign, when: {touch: {audience: lead}}, then: {require_signature: owner, draft: 2d}}]
"""


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-03-{text}+08:00").timestamp())


@pytest.fixture
def db() -> Iterator[Database]:
    found = Database("sqlite://")
    create_all(found)
    yield found
    found.close()


class House:
    """Ann, in the care of li, has her birthday on 6 March; li's colleague is wei."""

    def __init__(self, db: Database, rules: str = RULES) -> None:
        self.db, self.now, self.books = db, at("03T10:00"), Books(SETTINGS)
        book, problems = load_rulebook({"rules/a.yaml": rules}, catalogue_for(SETTINGS, TEMPLATES))
        assert book, problems
        adopt(db, book, {"rules/a.yaml": rules}, TEMPLATES, self.now)
        with db.writing() as connection:
            reps = [RepEntry(one, {"name": one, "manager": "boss", **PLACE}) for one in ("li", "wei", "boss")]
            upsert_reps(connection, reps, {}, self.now)
        self.ann(6, owner="li")

    def ann(self, day: int, **values: object) -> None:
        entry = LeadEntry("ann", {"name": "Ann", "email": "a@x.cn", "country": "CN", **PLACE, **values}, {},
                          {"birthday": LifeDate("solar", None, 3, day)})  # fmt: skip
        with self.db.writing() as connection:
            write_leads(connection, [entry], {}, SETTINGS, Stamp(self.now, "test"))

    @property
    def touch(self) -> Any:
        with self.db.reading() as connection:
            return connection.execute(select(touch)).one()

    def tick(self) -> str:
        """One tick, a minute later; what the draft says."""
        self.now += 60
        plan(self.db, SETTINGS, self.books, Clockwork.of(SETTINGS), self.now)
        release = Release(self.db, SETTINGS, self.books, Clockwork.of(SETTINGS))
        release.run(self.now)
        release.close()
        compose(self.db, Shelf(self.books), SETTINGS, self.now)
        with self.db.reading() as connection:
            return str(connection.execute(select(draft.c.text)).scalar_one()).strip()


def test_a_draft_says_the_corrected_day_and_the_new_owner(database: Database) -> None:
    house = House(database)
    assert house.tick() == "2026-03-06 li"
    house.ann(5)
    assert house.tick() == "2026-03-05 li"
    house.ann(5, owner="wei")
    assert house.tick() == "2026-03-05 wei"
    leave(database, SETTINGS, Gates(), "wei", "li", "boss", house.now)
    assert house.tick() == "2026-03-05 li"


@pytest.mark.parametrize("rules", [BY_THE_MANAGER, BY_POLICY])
def test_whoever_signs_a_draft_it_names_the_rep_who_has_the_customer_now(db: Database, rules: str) -> None:
    house = House(db, rules)
    house.now = at("05T10:00")
    assert house.tick() == "2026-03-06 li"
    house.ann(6, owner="wei")
    assert house.tick() == "2026-03-06 wei"


def test_what_a_person_signed_stays_as_he_signed_it(database: Database) -> None:
    house = House(database)
    house.tick()
    with database.writing() as connection:
        ident = connection.execute(select(touch.c.id)).scalar_one()
        connection.execute(update(draft).values(text="in his own words"))
    acts.approve(database, ident, "li", house.now)
    house.ann(5)
    assert house.tick() == "in his own words"


@pytest.mark.parametrize("rules", [RULES, BY_THE_MANAGER])
@pytest.mark.parametrize("hour", ["05T12:00", "06T08:59"])
def test_what_was_signed_for_one_rep_is_drafted_and_signed_anew_for_the_next(
    db: Database, rules: str, hour: str
) -> None:
    house = House(db, rules)
    house.tick()
    signer = "boss" if rules == BY_THE_MANAGER else "li"
    acts.approve(db, house.touch.id, signer, house.now)
    house.now = at(hour)
    house.ann(6, owner="wei")
    assert house.tick() == "2026-03-06 wei"
    found = house.touch
    assert (found.state, found.signed_by, found.signer) == ("draft", None, "boss" if signer == "boss" else "wei")
    acts.approve(db, found.id, found.signer, house.now)
    house.now = at("06T09:00")
    house.tick()
    assert (house.touch.state, house.touch.signed_by) == ("released", found.signer)


def test_what_is_let_go_already_does_not_leave_in_the_name_of_who_had_the_customer(db: Database) -> None:
    house = House(db)
    house.tick()
    acts.approve(db, house.touch.id, "li", house.now)
    house.now = at("06T09:00")
    house.tick()
    assert house.touch.state == "released"
    house.ann(6, owner="wei")
    with db.writing() as connection:
        connection.execute(update(delivery).values(state="cancelled"))  # as the mark has it, which finds other facts
        judge_again(connection, [house.touch.id], house.now)
    assert house.tick() == "2026-03-06 wei"
    assert (house.touch.state, house.touch.signer) == ("draft", "wei")


def test_who_signs_while_the_words_are_thrown_away_signs_nothing(database: Database) -> None:
    house = House(database)
    house.tick()
    told: list[str] = []

    def sign() -> None:
        try:
            acts.approve(database, ident, "li", house.now, seen=shown)
        except CannotSign as error:
            told.append(error.why)

    with database.reading() as connection:
        ident = connection.execute(select(touch.c.id)).scalar_one()
        shown = connection.execute(select(draft.c.text)).scalar_one()
    signer = threading.Thread(target=sign)
    with database.writing() as connection:
        signing.write_anew(connection, [ident])
        signer.start()
        signer.join(0.3)
    signer.join()
    assert told == ["unwritten"]
