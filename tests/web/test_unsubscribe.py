"""A customer unsubscribes by the link of a mail: the one click of his mail program, or a choice on the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from engine.domain.links import Link, Purpose, sign
from engine.stages.consent import subject_of
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from engine.store.facts.suppressions import entries_of, suppress
from engine.store.lookups.customers import lead_by_id
from engine.store.tables import dirty_lead, lead
from engine.store.upgrade import create_all
from engine.store.web_tables import look
from tests.contract.outbox import NOON, Outbox, Script
from tests.web.conftest import browser_at

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def path_to(desk: Any, subject: str = "festive:lin", *, purpose: Purpose = Purpose.UNSUBSCRIBE, lasts: int = 60) -> str:
    link = Link(purpose, subject, desk.site.clock.now() + lasts)
    return f"/unsubscribe/{sign(link, desk.site.keys)}"


def stopped(desk: Any, lead_id: str = "lin") -> set[tuple[str, str]]:
    with desk.site.db.reading() as connection:
        return {(one.channel, one.category) for one in entries_of(connection, lead_id)}


def test_one_click_stops_the_category_by_mail_without_cookie_or_form(desk: Any) -> None:
    path = path_to(desk, subject_of("lin", "festive"))
    answer = desk.browser.post(path, data=ONE_CLICK, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, stopped(desk)) == (200, {("email", "festive")})
    assert "set-cookie" not in answer.headers or "followup-form" in answer.headers["set-cookie"]
    assert desk.browser.post(path, files={"List-Unsubscribe": (None, "One-Click")}).status_code == 200
    with desk.site.db.reading() as connection:
        entry, = entries_of(connection, "lin")
        dirty = connection.execute(select(dirty_lead.c.reason).where(dirty_lead.c.lead == "lin")).scalars().all()
    assert (entry.actor, entry.reason, dirty.count("suppressed")) == ("customer", "unsubscribed by link", 1)


@pytest.mark.parametrize(("choice", "entries"), [
    ("category", {("email", "festive")}), ("mail", {("email", "")}), ("all", {("", "")}),
])  # fmt: skip
def test_on_the_page_he_chooses_how_much(desk: Any, choice: str, entries: set[tuple[str, str]]) -> None:
    answer = desk.browser.post(path_to(desk), data={"stop": choice})
    assert (answer.status_code, stopped(desk)) == (200, entries)
    assert f'value="{choice}"' not in answer.text
    assert stopped(desk, "sun") == set()


def test_what_he_stopped_stays_stopped_when_his_wrong_address_is_mended(desk: Any) -> None:
    with desk.site.db.writing() as connection:
        lin = lead_by_id(connection, "lin") or {}
        suppress(connection, "lin", "email", "", "wrong_email", "li", desk.site.clock.now(), address=lin["email"])
    desk.browser.post(path_to(desk), data={"stop": "mail"})
    with desk.site.db.writing() as connection:
        change_leads(connection, {"lin": {"email": "new@example.com"}}, Stamp(desk.site.clock.now(), "li"))
    assert stopped(desk) == {("email", "")}


def test_who_only_looks_changes_nothing(desk: Any) -> None:
    for _ in range(2):
        assert desk.browser.get(path_to(desk)).status_code == 200
    assert desk.browser.head(path_to(desk)).status_code == 200
    assert desk.browser.post(path_to(desk), data={"stop": "everything"}).status_code == 400
    assert desk.browser.post(path_to(desk), data={}).status_code == 400
    assert stopped(desk) == set()
    with desk.site.db.reading() as connection:
        assert connection.execute(select(look)).all() == []


def test_links_that_do_not_hold_all_look_alike(desk: Any) -> None:
    good = path_to(desk)
    paths = [
        good[:-1] + ("A" if good[-1] != "A" else "B"), path_to(desk, lasts=0), path_to(desk, purpose=Purpose.DAY),
        path_to(desk, "festive:nobody"), "/unsubscribe/x", f"/unsubscribe/{'a' * 5_000}",
    ]  # fmt: skip
    for method in ("get", "post"):
        answers = [desk.browser.request(method, path, data=ONE_CLICK) for path in paths]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text.replace(path, "") for answer, path in zip(answers, paths, strict=True)}) == 1
    assert stopped(desk) == set()


def test_the_page_speaks_his_language_and_names_nobody(desk: Any) -> None:
    with desk.site.db.writing() as connection:
        connection.execute(lead.update().where(lead.c.id == "lin").values(locale="zh-TW", name="林小姐"))
    page = desk.browser.get(path_to(desk)).text
    assert "節日問候" in page
    assert "林小姐" not in page
    assert "Example Co." in page
    desk.browser.cookies.set("__Host-followup-language", "en", domain="followup.example.com")
    assert "No more mail at all" in desk.browser.get(path_to(desk)).text


def test_a_category_of_the_house_is_called_by_its_name_and_escaped(desk: Any) -> None:
    assert "&lt;b&gt;wine" in desk.browser.get(path_to(desk, "<b>wine:lin")).text


def test_a_click_between_rcpt_and_the_mark_stops_the_message(desk: Any, tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    create_all(db)
    outbox = Outbox(db)
    site = replace(desk.site, db=outbox.db)
    ident = outbox.release()
    path = path_to(desk, subject_of("wang", "festive"))

    def click() -> None:
        assert browser_at(site).post(path, data=ONE_CLICK).status_code == 200

    outbox.email.scripts = [Script(after_rcpt=click)]
    assert outbox.send() == {"judged_again": 1}
    assert (outbox.email.arrived, outbox.touch(ident).state, outbox.clock.now()) == ([], "planned", NOON)
    outbox.db.close()


def test_a_lead_who_is_gone_from_the_book_is_nobody(desk: Any) -> None:
    with desk.site.db.writing() as connection:
        connection.execute(delete(lead).where(lead.c.id == "lin"))
    assert desk.browser.post(path_to(desk), data=ONE_CLICK).status_code == 404
