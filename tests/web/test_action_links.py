"""The links of a reminder: opened by scanners, used once and again, forged, foreign, late; and what they do."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.domain.links import Link, Purpose, sign
from engine.ground.clock import FrozenClock
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.answers.answer import answer
from engine.stages.answers.means import Means
from engine.stages.answers.replies import Talked
from engine.stages.books import adopt
from engine.stages.compose.links import Links, act_link
from engine.stages.plan.plan import plan
from engine.store.circumstance_tables import circumstance
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from engine.store.ledger import touch
from engine.store.tables import date_record, interaction, lead, metadata, record
from engine.store.web_tables import look, used_link
from engine.web import actions

DAY = 86_400
TEMPLATES = {"reminder/x/mail.en.txt.j2": "", "greeting/x/mail.en.txt.j2": ""}
RULES = """
rules:
  - id: call
    summary: Call within a day
    category: care
    on: {since: registered, after: 1d}
    until: contacted
    steps: [{id: first, at: +0h, remind: owner, template: reminder/x}]
  - id: silence
    summary: Write to whom nobody reaches
    category: service
    on: {outcome: no_answer, channel: phone}
    steps: [{id: write, at: 1d 11:00, greet: lead, template: greeting/x}]
"""


@dataclass
class Reminded:
    """Lin's reminder was sent to li, with its link."""

    desk: Any
    id: int
    link: Link
    path: str

    def rows(self, table: Any, *columns: str) -> list[Any]:
        with self.desk.site.db.reading() as connection:
            query = select(*([table.c[name] for name in columns] or [table]))
            return [tuple(row) for row in connection.execute(query.order_by(*table.primary_key.columns))]

    def mine(self, *columns: str) -> tuple[Any, ...]:
        """What the book says of the reminder."""
        return next(row[1:] for row in self.rows(touch, "id", *columns) if row[0] == self.id)

    def says(self, **form: str) -> Any:
        """What the browser shows once the form was sent and it has followed where that leads."""
        return self.desk.browser.post(self.path, data=form, follow_redirects=True)

    def set(self, table: Any, **values: Any) -> None:
        with self.desk.site.db.writing() as connection:
            connection.execute(update(table).where(table.c.id.in_(("lin", self.id))).values(**values))

    def at(self, link: Link) -> str:
        return f"/act/{sign(link, self.desk.site.keys)}"


@pytest.fixture
def reminded(desk: Any) -> Reminded:
    site = desk.site
    now = site.clock.now()
    book, problems = load_rulebook({"rules/all.yaml": RULES}, catalogue_for(site.settings, TEMPLATES))
    assert book is not None, problems
    adopt(site.db, book, {"rules/all.yaml": RULES}, TEMPLATES, now)
    with site.db.writing() as connection:
        values = {"registered_at": now - DAY, "phone": "+8613800000000"}
        connection.execute(update(lead).where(lead.c.id == "lin").values(values))
    plan(site.db, site.settings, site.books, site.clockwork, now)
    with site.db.writing() as connection:
        row = connection.execute(select(touch).where(touch.c.lead == "lin", touch.c.rule == "call")).one()
        connection.execute(update(touch).where(touch.c.id == row.id).values(state="delivered", settled_at=now))
    link = act_link(row.id, 0, row.due_at, row.expires_at)
    return Reminded(desk, row.id, link, f"/act/{sign(link, site.keys)}")


def everything(db: Database) -> dict[str, list[Any]]:
    with db.reading() as connection:
        return {
            name: list(connection.execute(select(table)).all())
            for name, table in metadata.tables.items() if name != "look"
        }  # fmt: skip


def test_a_scanner_that_opens_every_link_changes_nothing_but_who_looked(reminded: Reminded) -> None:
    before = everything(reminded.desk.site.db)
    page = reminded.desk.browser.get(reminded.path).text
    found = re.findall(r'(?:href|action)="(/[^"]*)"', page)
    for path in (*found, reminded.path, f"{reminded.path}?do=reached", f"{reminded.path}?do=tomorrow"):
        assert reminded.desk.browser.get(path).status_code in (200, 303)
        reminded.desk.browser.head(path)
    assert everything(reminded.desk.site.db) == before
    assert set(reminded.rows(look, "visitor", "role", "lead", "page")) == {("li", "rep", "lin", "/act/{token}")}


def test_the_page_shows_who_why_and_how_to_call(reminded: Reminded) -> None:
    page = reminded.desk.browser.get(f"{reminded.path}?do=no_answer").text
    assert "Lin" in page
    assert "Call within a day" in page
    assert 'href="tel:+8613800000000"' in page
    assert page.index("One tap to confirm:") < page.index('value="no_answer">No answer</button>')
    assert "wrong_number" not in page


def test_no_answer_is_logged_as_the_reps_and_shows_what_comes_next(reminded: Reminded) -> None:
    page = reminded.says(answer="no_answer", note="engaged")
    assert page.status_code == 200
    assert "<strong>No answer</strong>" in page.text
    assert "Write to whom nobody reaches" in page.text
    talks = reminded.rows(interaction, "lead", "rep", "outcome", "channel", "note")
    assert talks == [("lin", "li", "no_answer", "phone", "engaged")]
    assert reminded.rows(used_link, "subject", "outcome", "actor") == [(f"{reminded.id}.0", "no_answer", "li")]


def test_used_twice_it_says_what_happened_and_when_and_does_nothing(reminded: Reminded) -> None:
    first = reminded.says(answer="reached").text
    again = reminded.says(answer="no_answer").text
    assert again == first == reminded.desk.browser.get(reminded.path).text
    assert re.search(r"<strong>Reached</strong><br>\s*<span[^>]*>2026-09-21 \d\d:\d\d · Li Min", again)
    assert [row[0] for row in reminded.rows(interaction, "outcome")] == ["reached"]


WRONG_WAYS = ("forged", "expired", "for signing", "by another key", "not ours", "of a greeting", "long")


@pytest.mark.parametrize("how", WRONG_WAYS)
def test_what_does_not_hold_is_a_page_that_is_not_there(reminded: Reminded, how: str) -> None:
    link, keys = reminded.link, reminded.desk.site.keys
    path = {
        "forged": reminded.path[:-1] + ("A" if reminded.path[-1] != "A" else "B"),
        "expired": reminded.at(replace(link, expires_at=reminded.desk.site.clock.now())),
        "for signing": reminded.at(replace(link, purpose=Purpose.SIGN)),
        "by another key": f"/act/{sign(link, ['another-key-of-sixteen-characters'])}",
        "not ours": reminded.at(replace(link, subject=f"{reminded.id + 1000}.0")),
        "of a greeting": reminded.path, "long": f"/act/{sign(link, keys)}" + "A" * 1000,
    }[how]  # fmt: skip
    if how == "of a greeting":
        reminded.set(touch, audience="lead", receiver="lin")
    nowhere = reminded.desk.browser.get("/nothing-at-all")
    for response in (reminded.desk.browser.get(path), reminded.desk.browser.post(path, data={"answer": "reached"})):
        assert (response.status_code, response.text) == (404, nowhere.text)
    assert reminded.rows(interaction) == []


def test_the_link_of_a_rep_who_left_opens_nothing(reminded: Reminded) -> None:
    with reminded.desk.site.db.writing() as connection:
        connection.exec_driver_sql("UPDATE rep SET absent_from = '2026-01-01', delegate = 'wu' WHERE id = 'li'")
    assert reminded.desk.browser.get(reminded.path).status_code == 404


def test_put_off_and_taken_back_the_link_can_be_used_again(reminded: Reminded) -> None:
    page = reminded.says(answer="3d").text
    assert "The reminder comes again: 2026-09-24" in page
    assert reminded.mine("state", "snoozes") == ("deferred", 1)
    assert 'value="undo"' in page
    assert "How did it go?" in reminded.says(answer="undo").text
    assert reminded.mine("state", "snoozes") == ("delivered", 0)
    assert 'value="undo"' not in reminded.says(answer="reached").text
    assert reminded.says(answer="undo").text == reminded.desk.browser.get(reminded.path).text
    assert reminded.mine("answer") == ("reached",)


def test_what_ended_by_itself_says_so_and_takes_no_answer(reminded: Reminded) -> None:
    reminded.says(answer="3d")
    reminded.set(touch, state="cancelled", reason="until", settled_at=reminded.desk.site.clock.now())
    page = reminded.desk.browser.get(reminded.path).text
    assert "<strong>Nothing is left to be done</strong>" in page
    assert "Put off" not in page
    assert reminded.says(answer="reached").text == page
    assert reminded.rows(interaction) == []


def test_what_was_learned_is_told_on_the_way_or_alone(reminded: Reminded) -> None:
    birthday = {"calendar": "leap", "year": "1987", "month": "6", "day": "10"}
    alone = reminded.says(answer="", kind="bereavement", kind_on="2026-09-20", **birthday)
    assert "Saved." in alone.text
    assert "How did it go?" in alone.text
    assert reminded.rows(circumstance, "kind") == [("bereavement",)]
    dates = reminded.rows(date_record, "kind", "calendar", "year", "month", "day", "leap")
    assert dates == [("birthday", "lunar", 1987, 6, 10, True)]
    appointment = {"next_on": "2026-10-08", "next_at": "14:00", "next_purpose": "visit"}
    reminded.says(answer="reached", new_phone="13900000000", **appointment)
    assert reminded.rows(record, "kind", "product") == [("appointment", "visit")]
    assert ("lin", "+8613900000000") in reminded.rows(lead, "id", "phone")


@pytest.mark.parametrize(
    "form", [{}, {"answer": "dance"}, {"answer": "on", "snooze_on": "soon"}, {"answer": "hand_over", "to": "nobody"},
             {"answer": "reached", "next_on": "2020-01-01", "next_purpose": "visit"}, {"month": "x", "day": "1"},
             {"kind": "dance"}, {"answer": "reached", "kind_on": "x", "kind": "illness"}],
)  # fmt: skip
def test_what_does_not_fit_is_said_and_nothing_is_done(reminded: Reminded, form: dict[str, str]) -> None:
    answer = reminded.says(**form)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
    assert reminded.rows(interaction) + reminded.rows(used_link) + reminded.rows(circumstance) == []
    assert reminded.mine("answer") == (None,)


def test_handed_over_it_tells_to_whom(reminded: Reminded) -> None:
    assert "Wu Gang has it now." in reminded.says(answer="hand_over", to="wu").text
    assert ("wu", "released") in reminded.rows(touch, "receiver", "state")


def test_of_two_who_answer_at_once_one_does_and_the_other_sees_what(reminded: Reminded) -> None:
    site, quicker = reminded.desk.site, pytest.MonkeyPatch()
    means = Means(site.settings, site.books, site.clockwork, site.gates())

    def first_somebody_else(*args: Any) -> Any:
        quicker.undo()
        answer(site.db, means, reminded.id, Talked("visited"), "su", site.clock.now())
        return answer(*args)

    quicker.setattr(actions, "answer", first_somebody_else)
    page = reminded.says(answer="no_answer").text
    assert "<strong>Visited</strong>" in page
    assert "Su Yan" in page
    assert [row[0] for row in reminded.rows(interaction, "outcome")] == ["visited"]


def test_names_and_notes_are_text_and_nothing_else(reminded: Reminded) -> None:
    reminded.set(lead, name="<script>alert(1)</script>")
    page = reminded.says(answer="on", note="<b>x</b>", snooze_on='"><img src=x>').text
    assert "&lt;script&gt;" in page
    assert not {"<script", "<b>x", "<img"} & set(re.findall(r"<script|<b>x|<img", page))


def test_an_old_link_says_nothing_of_a_customer_who_has_another_rep(reminded: Reminded) -> None:
    now = reminded.desk.site.clock.now()
    reminded.set(touch, released_at=now - 60)
    assert "Lin" in reminded.desk.browser.get(reminded.path).text
    with reminded.desk.site.db.writing() as connection:
        change_leads(connection, {"lin": {"owner": "wu"}}, Stamp(now, "boss"))
    page = reminded.desk.browser.get(reminded.path).text
    assert "A customer who is in somebody else" in page
    assert "Lin" not in page
    assert "13800000000" not in page


def test_of_a_confidential_customer_only_who_may_know_sees_anything(reminded: Reminded) -> None:
    with reminded.desk.site.db.writing() as connection:
        entry = {"id": "i1", "lead": "lin", "at": 1, "logged_at": 1, "outcome": "reached", "effective": True}
        connection.execute(insert(interaction).values(entry | {"note": "secret"}))
    reminded.set(lead, confidential=True, last_contact_at=1)
    assert "secret" in reminded.desk.browser.get(reminded.path).text
    reminded.set(lead, owner="wu")
    page = reminded.desk.browser.get(reminded.path).text
    assert "A confidential customer" in page
    assert not {"secret", "13800000000", "Lin"} & set(re.findall("secret|13800000000|Lin", page))


def test_the_links_of_a_message_lead_here(reminded: Reminded) -> None:
    site = reminded.desk.site
    later = replace(site, clock=FrozenClock(site.clock.now() + 29 * DAY))
    links = Links(site.web.base_url, site.keys)
    assert reminded.desk.at(later).browser.get(reminded.path).status_code == 200
    assert links.base_url + reminded.path == f"{site.web.base_url}/act/{sign(reminded.link, site.keys)}"


def test_by_an_old_link_nobody_gives_away_a_colleagues_customer(reminded: Reminded) -> None:
    reminded.set(lead, owner="wu")
    answer = reminded.desk.browser.post(reminded.path, data={"answer": "hand_over", "to": "su", "customer": "1"})
    assert (answer.status_code, reminded.rows(lead, "id", "owner").count(("lin", "wu"))) == (400, 1)
    reminded.says(answer="hand_over", to="su")
    assert (reminded.mine("answer"), ("lin", "wu") in reminded.rows(lead, "id", "owner")) == (("handed_over",), True)
