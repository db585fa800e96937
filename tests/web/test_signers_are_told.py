"""Who has to sign is told in time, once, with a link that leads to the draft or to all of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.stages.compose.compose import compose
from engine.stages.compose.links import Links
from engine.stages.compose.notes import ALIKE, SIGN, note_row
from engine.stages.compose.shelf import Shelf
from engine.stages.signing.reminding import remind_signers
from engine.store.ledger import delivery, draft, touch
from engine.store.outbox import composed_rows
from engine.store.tables import rep

HOUR, DAY = 3_600, 86_400


class Told:
    """Drafts of li's and su's, and what mails they get."""

    def __init__(self, desk: Any) -> None:
        self.desk, self.site = desk, desk.site
        self.now = int(desk.site.clock.now())
        with self.site.db.writing() as connection:
            connection.execute(update(rep).values(email=rep.c.id + "@example.com"))

    def draft(self, customer: str, signer: str, deadline_at: int, **more: Any) -> int:
        values = {"audience": "lead", "action": "greet", "signer": signer, "deadline_at": deadline_at}
        ident = int(self.desk.touch(customer, customer, deadline_at + HOUR, "draft", **values | more))
        row = {"touch": ident, "subject": "s", "text": "t", "written_at": 0}
        with self.site.db.writing() as connection:
            connection.execute(draft.insert().values(row))
        return ident

    def tick(self, at: int, *, links: bool = True) -> list[tuple[str, str]]:
        """Remind and write; every mail so far, as (address, text)."""
        found = Links(self.site.web.base_url, self.site.keys) if links else None
        remind_signers(self.site.db, self.site.settings, at)
        compose(self.site.db, Shelf(self.site.books, found), self.site.settings, at)
        with self.site.db.reading() as connection:
            rows = connection.execute(select(delivery.c.address, delivery.c.text).order_by(delivery.c.id))
            return [(row.address, row.text) for row in rows]

    def note(self, about: int, receiver: str, what: str) -> None:
        with self.site.db.writing() as connection:
            row = connection.execute(select(touch).where(touch.c.id == about)).one()
            composed_rows.insert_notes(connection, [note_row(row, receiver, ["email"], self.now, what)])


@pytest.fixture
def told(desk: Any) -> Told:
    return Told(desk)


def test_one_mail_tells_of_all_drafts_a_day_before_the_first_deadline_and_leads_to_the_queue(told: Told) -> None:
    first = told.now + 30 * HOUR
    for place in range(3):
        told.draft("lin", "li", first + place * HOUR)
    told.draft("wei", "wu", first + 40 * HOUR)
    assert told.tick(first - DAY - 1) == []
    [(address, text)] = told.tick(first - DAY)
    assert (address, "signature: 3." in text) == ("li@example.com", True)
    assert told.tick(first - DAY + HOUR) == [(address, text)], "of each of them once"
    path = re.findall(r"https://followup.example.com(/day/\S+)", text)[0]
    led = told.desk.browser.get(path)
    assert (led.status_code, led.headers["location"]) == (303, "/drafts")
    assert told.desk.browser.get(path.replace("next=/", "next=//")).headers["location"] == "/"
    assert told.desk.browser.get("/drafts").text.count('<li class="row') == 3


def test_what_is_laid_out_less_than_a_day_before_is_told_of_at_once(told: Told) -> None:
    told.draft("lin", "li", told.now + 4 * HOUR)
    [(_, text)] = told.tick(told.now, links=False)
    assert "followup touches --state draft" in text


@pytest.mark.parametrize(
    "more", [{"escalated_at": 1}, {"reason": ALIKE}, {"state": "signed"}, {"deadline_at": 1}, {"signer": "gone"}]
)
def test_nobody_is_told_of_what_he_knows_or_cannot_sign(told: Told, more: dict[str, Any]) -> None:
    ident = told.draft("lin", "li", told.now + HOUR)
    with told.site.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.id == ident).values(**more))
    assert told.tick(told.now) == []


def test_it_can_be_switched_off(told: Told) -> None:
    told.draft("lin", "li", told.now + HOUR)
    defaults = told.site.settings.defaults.model_copy(update={"sign_reminder_hours": 0})
    told.site = replace(told.site, settings=told.site.settings.model_copy(update={"defaults": defaults}))
    assert told.tick(told.now) == []


@pytest.mark.parametrize(("what", "receiver"), [(SIGN, "han"), (ALIKE, "li")])
def test_a_note_about_one_draft_has_a_link_of_its_receivers_own(told: Told, what: str, receiver: str) -> None:
    ident = told.draft("lin", receiver, told.now + 9 * DAY)
    told.note(ident, receiver, what)
    [(address, text)] = told.tick(told.now)
    assert address == f"{receiver}@example.com"
    path = re.findall(r"https://followup.example.com(/sign/\S+)", text)[0]
    told.desk.browser.post(path, data={"do": "reject"})
    with told.site.db.reading() as connection:
        assert connection.execute(select(touch.c.state).where(touch.c.id == ident)).scalar_one() == "cancelled"
