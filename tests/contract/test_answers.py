"""What reps say to their reminders: what each answer does, once, to the reminder, the customer and his counters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.ground.errors import FollowupError, UsageError
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.answers.answer import Answered, answer, standing, undo
from engine.stages.answers.coming import coming
from engine.stages.answers.means import Means
from engine.stages.answers.replies import (
    Appointment,
    Dated,
    HandOver,
    Happened,
    NewAddress,
    NotRelevant,
    Snooze,
    Talked,
    WrongAddress,
)
from engine.stages.books import Books, adopt
from engine.stages.gates.objections import Gates
from engine.stages.gates.records import Refused
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.suppressions import entries_of
from engine.store.ledger import touch
from engine.store.tables import date_record, dirty_lead, gate_event, interaction, lead, record, rep, suppression
from engine.store.upgrade import create_all
from tests.contract.planned_house import DAY, SETTINGS, TEMPLATES, PlannedHouse, instant

NOW = instant("2026-03-02T09:00")  # a Monday
RULES = """
rules:
  - id: call
    category: care
    on: {since: registered, after: 1d}
    until: contacted
    steps:
      - {id: first, at: +0h, remind: owner, template: reminder/x, purpose: courtesy}
      - {id: later, at: 9d 10:00, remind: owner, template: reminder/x}
  - id: silence
    category: service
    on: {outcome: no_answer, channel: phone}
    steps:
      - {id: write, at: 1d 11:00, greet: lead, template: greeting/x}
      - {id: again, at: 2d 10:00, remind: owner, template: reminder/x}
gates:
  - id: mine
    on: {assign: rep}
    require: {not: {assignee: wu}}
    otherwise: refuse
"""


class Reminded(PlannedHouse):
    """Wang is to be called by li; his reminder was sent an hour ago."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.people("wang", now=NOW - DAY, phone="13800000000", email="wang@example.com")
        with db.writing() as connection:
            common = {"timezone": "UTC", "locale": "en"}
            connection.execute(insert(rep), [common | {"id": who, "name": who.title()} for who in ("wei", "wu")])
        book, problems = load_rulebook({"rules/all.yaml": RULES}, catalogue_for(SETTINGS, TEMPLATES))
        assert book is not None, problems
        adopt(db, book, {"rules/all.yaml": RULES}, TEMPLATES, NOW - DAY)
        self.plan(NOW)
        self.means = Means(SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS), Gates.of(book, SETTINGS))
        self.id = self.touches()[0].id
        self.set(state="delivered", settled_at=NOW)

    def set(self, **values: Any) -> None:
        with self.db.writing() as connection:
            connection.execute(update(touch).where(touch.c.id == self.id).values(**values))

    def touches(self) -> list[Any]:
        return self.all(touch)

    def all(self, table: Any, *columns: str) -> list[Any]:
        with self.db.reading() as connection:
            return list(connection.execute(select(*([table.c[name] for name in columns] or [table]))).all())

    def lead(self, *columns: str) -> tuple[Any, ...]:
        return tuple(self.all(lead, *columns)[0])

    def reminder(self) -> Any:
        return next(row for row in self.touches() if row.id == self.id)

    def says(self, reply: Any, *news: Any, now: int = NOW, actor: str = "li") -> str:
        return answer(self.db, self.means, self.id, reply, actor, now, news).word

    def next(self, now: int = NOW) -> list[tuple[str, str, str]]:
        return [(one.rule, one.step, one.receiver) for one in coming(self.db, self.means, "wang", now)]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    db = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    create_all(db)
    yield db
    db.close()


@pytest.fixture
def house(file: Database) -> Reminded:
    return Reminded(file)


def test_reached_is_a_contact_and_ends_what_waits_for_one(database: Database) -> None:
    house = Reminded(database)
    assert house.next() == [("call", "later", "li")]
    said = Talked("reached", note="wants the new price list", appointment="2026-03-05T14:00 visit", next_step="send it")
    assert house.says(said) == "reached"
    assert house.lead("contacts", "attempts", "last_contact_at", "last_outcome") == (1, 0, NOW, "reached")
    talk = house.all(interaction)[0]
    assert (talk.rep, talk.channel, talk.note, talk.touch) == ("li", "phone", "wants the new price list", None)
    assert talk.next_step == "send it"
    assert talk.purpose == "courtesy", "the purpose of the step that was answered"
    assert house.all(record, "kind", "product", "starts_at") == [("appointment", "visit", instant("2026-03-05T14:00"))]
    row = house.reminder()
    assert (row.state, row.answer, row.answered_at) == ("delivered", "reached", NOW)
    assert house.next() == []


def test_no_answer_is_an_attempt_and_shows_the_steps_that_follow(house: Reminded) -> None:
    house.says(Talked("no_answer"))
    assert house.lead("contacts", "attempts", "last_contact_at") == (0, 1, None)
    assert house.next() == [("silence", "write", "wang"), ("silence", "again", "li"), ("call", "later", "li")]
    assert house.all(dirty_lead) == []


def test_a_second_answer_says_what_the_first_one_was(house: Reminded) -> None:
    house.says(Talked("reached"))
    with pytest.raises(Answered, match=rf"reminder {house.id} is answered already: reached, by li") as caught:
        house.says(Talked("no_answer"), now=NOW + 60, actor="wei")
    assert (caught.value.said.word, caught.value.said.actor, caught.value.said.at) == ("reached", "li", NOW)
    assert house.lead("contacts", "attempts") == (1, 0)


def test_what_gave_the_right_is_used_up_with_the_answer_or_not_at_all(house: Reminded) -> None:
    used: list[str] = []
    spend = lambda _connection, word: used.append(word)  # noqa: E731
    answer(house.db, house.means, house.id, None, "li", NOW, [Happened("illness")], spend)
    assert used == []
    with pytest.raises(UsageError, match="purpose"):
        answer(house.db, house.means, house.id, Talked("reached", appointment="2026-03-05 dance"), "li", NOW, (), spend)
    assert (used, house.lead("contacts"), house.all(interaction)) == ([], (0,), [])
    answer(house.db, house.means, house.id, Talked("reached"), "li", NOW, (), spend)
    assert used == ["reached"]


def test_a_reminder_put_off_comes_at_its_hour_of_that_day_and_can_be_answered_then(database: Database) -> None:
    house = Reminded(database)
    due = house.reminder().due_at
    house.set(expires_at=due + DAY)
    assert house.says(Snooze(date(2026, 3, 5))) == "snoozed"
    row = house.reminder()
    assert (row.state, row.reason, row.snoozes, row.answer) == ("deferred", "snoozed", 1, None)
    assert (row.due_at, row.judge_at, row.day_on) == (due + 3 * DAY, due + 3 * DAY, "2026-03-05")
    assert row.expires_at == row.due_at + DAY
    house.says(None, Dated("lunar:1988-08-15"))  # something changes, and the lead is planned anew
    assert house.reminder().due_at == due + 3 * DAY
    house.says(Talked("reached"), now=NOW + DAY)
    assert (house.reminder().state, house.reminder().reason) == ("cancelled", "answered")


def test_a_day_that_is_closed_moves_on_to_the_next_open_one(house: Reminded) -> None:
    weekdays = SETTINGS.model_copy(update={
        "windows": {**SETTINGS.windows, "rep": SETTINGS.windows["rep"].model_copy(update={"days": "mon-fri"})}
    })  # fmt: skip
    house.means = Means(weekdays, house.means.books, Clockwork.of(weekdays), house.means.gates)
    house.says(Snooze(date(2026, 3, 7)))  # a Saturday
    assert house.reminder().due_at == instant("2026-03-09T00:00")


@pytest.mark.parametrize("day", [date(2026, 3, 2), date(2025, 3, 2), date(2028, 3, 2)])
def test_a_reminder_is_put_off_to_a_day_to_come_within_a_year(house: Reminded, day: date) -> None:
    with pytest.raises(UsageError, match=f"a day after 2026-03-02, within a year; {day} is none"):
        house.says(Snooze(day))


def test_a_reminder_put_off_ends_with_what_it_is_about(house: Reminded) -> None:
    house.says(Snooze(date(2026, 3, 5)))
    house.talk("wang", "reached", NOW + 60, NOW + 60)
    house.plan(NOW + 120)
    assert (house.reminder().state, house.reminder().reason) == ("cancelled", "until")
    with pytest.raises(FollowupError, match=r"is cancelled \(until\); there is nothing to answer"):
        house.says(Snooze(date(2026, 3, 6)), now=NOW + 120)


def test_what_was_put_off_or_not_relevant_can_be_undone(house: Reminded) -> None:
    before = house.reminder()
    for reply in (Snooze(date(2026, 3, 5)), NotRelevant()):
        house.says(reply)
        undo(house.db, house.id, "li", NOW)
        assert house.reminder() == before
    house.says(Talked("reached"))
    with pytest.raises(FollowupError, match="there is nothing to undo"):
        undo(house.db, house.id, "li", NOW)


def test_not_relevant_calls_off_what_has_not_left(house: Reminded) -> None:
    house.set(state="planned", settled_at=None)
    house.says(NotRelevant("moved away"))
    assert (house.reminder().state, house.reminder().reason) == ("cancelled", "not_relevant")
    with house.db.reading() as connection:
        said = standing(connection, house.id)
    assert said is not None
    assert (said.word, said.facts["note"]) == ("not_relevant", "moved away")
    undo(house.db, house.id, "li", NOW)
    assert (house.reminder().state, house.reminder().answer) == ("planned", None)


def test_handed_over_it_is_somebody_elses_and_stays_so(house: Reminded) -> None:
    house.says(HandOver("wei"))
    mine, handed = house.reminder(), house.touches()[-1]
    assert (mine.state, mine.answer, house.lead("owner")) == ("delivered", "handed_over", ("li",))
    assert (handed.receiver, handed.state, handed.handed_by, handed.due_at) == ("wei", "released", "li", NOW)
    house.id = handed.id
    house.says(Snooze(date(2026, 3, 4)), actor="wei")
    house.says(None, Appointment("2026-03-20 visit"), actor="wei")  # planned anew, it is still his
    assert (house.reminder().state, house.reminder().receiver) == ("deferred", "wei")


def test_the_customer_goes_with_it_through_the_gates(house: Reminded) -> None:
    with pytest.raises(Refused, match="mine"):
        house.says(HandOver("wu", lead=True))
    assert (house.lead("owner"), house.reminder().answer, len(house.all(gate_event))) == (("li",), None, 1)
    house.says(HandOver("wei", lead=True))
    assert house.lead("owner", "previous_owner") == ("wei", "li")
    assert [row.receiver for row in house.touches() if row.step == "first"] == ["li", "wei"]


def test_a_confidential_customer_is_not_shown_to_just_anybody(house: Reminded) -> None:
    with house.db.writing() as connection:
        connection.execute(update(lead).values(confidential=True))
    with pytest.raises(UsageError, match="confidential"):
        house.says(HandOver("wei"))


def test_nothing_more_goes_to_a_wrong_number_until_there_is_a_new_one(house: Reminded) -> None:
    house.says(WrongAddress("phone"))
    assert {(row.channel, row.reason) for row in house.all(suppression)} == {
        ("phone", "wrong_phone"), ("sms", "wrong_phone"),
    }  # fmt: skip
    assert house.lead("attempts", "last_outcome") == (1, "wrong_number")
    house.set(answer=None, answered_at=None)
    house.says(None, NewAddress("phone", "13900000000"))
    with house.db.reading() as connection:
        assert (entries_of(connection, "wang"), house.lead("phone")) == ([], ("+8613900000000",))


def test_an_address_he_has_not_cannot_be_wrong(house: Reminded) -> None:
    with pytest.raises(UsageError, match="wang has no wecom"):
        house.says(WrongAddress("wecom"))


def test_what_was_learned_is_known_at_once(house: Reminded) -> None:
    news = Happened("bereavement", date(2026, 3, 1)), Dated("1988-05-12"), Appointment("2026-03-09 call")
    house.says(Talked("reached"), *news)
    assert house.all(date_record, "kind", "month", "day") == [("birthday", 5, 12)]
    assert house.all(record, "kind", "product") == [("appointment", "call")]
    with house.db.reading() as connection:
        found = connection.exec_driver_sql("SELECT kind, starts_at FROM circumstance").all()
    assert found == [("bereavement", instant("2026-03-01T00:00"))]


def test_a_customers_own_message_is_no_reminder(house: Reminded) -> None:
    house.set(audience="lead", receiver="wang")
    with pytest.raises(UsageError, match="there is no reminder"):
        house.says(Talked("reached"))
