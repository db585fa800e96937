"""The form behind a survey's link: once, by whoever holds it, in the customer's language; it becomes a contact."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.domain.links import Link, Purpose, sign
from engine.settings.model import Vocabularies
from engine.stages.compose.links import survey_link
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.ledger import touch
from engine.store.tables import interaction, lead
from engine.store.web_tables import look, used_link

HOUR, DAY = 3_600, 86_400


@dataclass
class Asked:
    """Lin was asked by a greeting that has left."""

    desk: Any
    touch: int
    link: Link

    @property
    def path(self) -> str:
        return self.at(self.link)

    def at(self, link: Link) -> str:
        return f"/survey/{sign(link, self.desk.site.keys)}"

    def says(self, **form: str) -> Any:
        return self.desk.browser.post(self.path, data=form, follow_redirects=True)

    def rows(self, table: Any, *names: str) -> list[tuple[Any, ...]]:
        with self.desk.site.db.reading() as connection:
            return [tuple(row) for row in connection.execute(select(*(table.c[name] for name in names)))]

    def scored(self) -> tuple[Any, ...]:
        """The lead's last score, and the contacts that are counted of him."""
        return next(row[1:] for row in self.rows(lead, "id", "last_score", "contacts") if row[0] == "lin")


@pytest.fixture
def asked(desk: Any) -> Asked:
    now = desk.site.clock.now()
    ident = desk.touch("lin", "lin", now - HOUR, "delivered", audience="lead", action="greet")
    return Asked(desk, ident, survey_link(ident, now - HOUR))


def test_the_answer_becomes_a_contact_with_score_and_words(asked: Asked) -> None:
    page = asked.says(score="4", comment="Late <b>twice</b>.\r\nAnd cold.")
    assert (page.status_code, "Thank you" in page.text) == (200, True)
    names = ("lead", "rep", "channel", "purpose", "outcome", "effective", "score", "note", "at")
    note, now = "Late <b>twice</b>.\nAnd cold.", asked.desk.site.clock.now()
    assert asked.rows(interaction, *names) == [("lin", None, "web", "survey", "replied", True, 4, note, now)]
    assert asked.scored() == (4, 1)


def test_used_twice_it_says_thank_you_and_when_and_does_nothing(asked: Asked) -> None:
    first = asked.says(score="9").text
    assert asked.says(score="1", comment="no").text == first == asked.desk.browser.get(asked.path).text
    assert re.search(r"arrived: 2026-09-\d\d \d\d:\d\d", first)
    assert (asked.rows(interaction, "score"), asked.scored()) == ([(9,)], (9, 1))
    assert asked.rows(used_link, "purpose", "subject", "actor") == [("survey", str(asked.touch), "customer")]


def test_opening_it_changes_nothing_and_says_nothing_of_the_customer(asked: Asked) -> None:
    page = asked.desk.browser.get(asked.path)
    asked.desk.browser.head(asked.path)
    assert (page.status_code, "Lin" in page.text, page.headers.get("set-cookie")) == (200, False, None)
    assert "Example Co." in page.text
    assert asked.rows(interaction, "id") + asked.rows(used_link, "outcome") + asked.rows(look, "lead") == []


@pytest.mark.parametrize("score", ["", "11", "-1", "4.5", "four", "４"])
def test_what_is_no_score_is_said_and_the_words_stay(asked: Asked, score: str) -> None:
    page = asked.says(score=score, comment="Well, <i>so so</i>")
    assert (page.status_code, 'role="alert"' in page.text) == (400, True)
    assert "Well, &lt;i&gt;so so&lt;/i&gt;</textarea>" in page.text
    assert asked.rows(interaction, "id") == []


@pytest.mark.parametrize("how", ["expired", "of a reminder", "not yet sent", "no such message", "forged"])
def test_what_does_not_hold_is_a_page_that_is_not_there(asked: Asked, how: str) -> None:
    link = {
        "expired": replace(asked.link, expires_at=asked.desk.site.clock.now()),
        "of a reminder": replace(asked.link, purpose=Purpose.ACT),
        "no such message": replace(asked.link, subject=str(asked.touch + 9)),
    }.get(how, asked.link)
    path = asked.at(link)[:-1] + "_" if how == "forged" else asked.at(link)
    if how == "not yet sent":
        with asked.desk.site.db.writing() as connection:
            connection.execute(update(touch).values(state="draft"))
    nowhere = asked.desk.browser.get("/nothing-at-all")
    for answer in (asked.desk.browser.get(path), asked.desk.browser.post(path, data={"score": "0"})):
        assert (answer.status_code, answer.text) == (404, nowhere.text)
    assert asked.rows(interaction, "id") == []


def test_it_speaks_the_customers_language(asked: Asked) -> None:
    with asked.desk.site.db.writing() as connection:
        connection.execute(update(lead).values(locale="zh-TW"))
    assert 'lang="zh-Hant"' in asked.desk.browser.get(asked.path).text


def test_a_house_with_other_words_logs_its_own(asked: Asked) -> None:
    words = Vocabularies(effective_outcomes=("spoke",), reply_outcomes=(), purposes=("call",))
    site = asked.desk.site
    other = asked.desk.at(replace(site, settings=site.settings.model_copy(update={"vocabularies": words})))
    assert other.browser.post(asked.path, data={"score": "8"}).status_code == 303
    assert asked.rows(interaction, "outcome", "purpose", "score") == [("spoke", None, 8)]


def test_the_latest_score_counts_whenever_it_is_logged(asked: Asked) -> None:
    now = asked.desk.site.clock.now()
    asked.says(score="3")
    with asked.desk.site.db.writing() as connection:
        for ident, at, score in (("early", now - DAY, 9), ("plain", now, None)):
            log_interaction(connection, Interaction(ident, "lin", at, "reached", True, score=score), now)
    assert asked.scored() == (3, 3)


def test_what_cannot_be_printed_is_left_out(asked: Asked) -> None:
    asked.says(score="5", comment="a\x07b\x1b[1m \u202e" + "x" * 3000)
    (note,) = asked.rows(interaction, "note")[0]
    assert (note.isprintable(), note[:6], len(note) <= 2000) == (True, "ab[1m ", True)
