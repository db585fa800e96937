"""A customer's page: who sees it, what it shows, and what can be told there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.domain.people import LeadEntry
from engine.store.facts.dirty import Stamp
from engine.store.facts.looks import looks_at
from engine.store.facts.people import upsert_leads
from engine.store.tables import date_record, interaction, lead, record

HOUR = 3_600


def rows(desk: Any, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    with desk.site.db.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*[table.c[name] for name in columns]))]


def tells(desk: Any, path: str, **form: str) -> Any:
    said = {"csrf": desk.form_token("/day"), **form}
    return desk.browser.post(path, data=said, follow_redirects=True)


def comes_in(desk: Any, secret: str) -> None:
    desk.browser.cookies.clear()
    desk.log_in(secret)


SEEN = {
    "LI_TOKEN": {"lin": 200, "sun": 200, "wei": 404, "sha": 404, "nobody": 404},  # he stands in for su
    "HAN_TOKEN": {"lin": 200, "sun": 200, "wei": 404, "sha": 200, "nobody": 404},
    "OPS_TOKEN": {"lin": 200, "sun": 200, "wei": 200, "sha": 404, "nobody": 404},
}


@pytest.mark.parametrize("secret", SEEN)
def test_a_customer_is_shown_to_whom_he_concerns_and_hidden_alike_from_the_rest(desk: Any, secret: str) -> None:
    comes_in(desk, secret)
    for who, status in SEEN[secret].items():
        shown = desk.browser.get(f"/lead/{who}", headers={"accept-language": "en"})
        assert (who, shown.status_code) == (who, status)
    missing = {desk.browser.get(f"/lead/{who}").text.replace(who, "") for who, s in SEEN[secret].items() if s == 404}
    assert len(missing) == 1
    with desk.site.db.reading() as connection:
        assert [row.page for row in looks_at(connection, "lin", 5)] == ["/lead/{lead}"]
        assert len(looks_at(connection, "sha", 5)) == (secret == "HAN_TOKEN")


def test_it_shows_what_is_known(desk: Any) -> None:
    now = desk.site.clock.now()
    with desk.site.db.writing() as connection:
        connection.execute(update(lead).where(lead.c.id == "lin").values(phone="+8613800000000", hope="a quiet pump"))
        talk = {"id": "i1", "lead": "lin", "rep": "su", "at": now - HOUR, "logged_at": 1, "outcome": "no_answer"}
        connection.execute(insert(interaction).values(talk | {"effective": False, "note": "engaged"}))
        day = {"id": "d1", "lead": "lin", "kind": "birthday", "calendar": "lunar", "year": 1987, "month": 6, "day": 10}
        connection.execute(insert(date_record).values(day | {"leap": True}))
        meeting = {"id": "a1", "lead": "lin", "kind": "appointment", "product": "visit"}
        connection.execute(insert(record).values(meeting | {"starts_at": now + HOUR}))
    desk.touch("lin", "li", now + HOUR)
    comes_in(desk, "LI_TOKEN")
    text = desk.browser.get("/lead/lin").text
    for said in ("a quiet pump", 'href="tel:+8613800000000"', "1987-L06-10", "engaged", "Su Yan", "visit"):
        assert said in text
    assert text.index("What comes next for Lin") < text.index("Talks so far")


def test_a_talk_the_next_appointment_and_a_birthday_are_told_at_once(desk: Any) -> None:
    comes_in(desk, "LI_TOKEN")
    birthday = {"calendar": "solar", "month": "5", "day": "12"}
    appointment = {"next_on": "2026-10-08", "next_at": "14:00", "next_purpose": "visit"}
    talk = {"answer": "visited", "channel": "visit", "note": "likes it", "next_step": "send it"}
    answer = tells(desk, "/lead/lin", **talk, **birthday, **appointment)
    assert "Saved." in answer.text
    assert rows(desk, interaction, "lead", "rep", "outcome", "channel", "note", "next_step") == [
        ("lin", "li", "visited", "visit", "likes it", "send it")
    ]
    assert "What was agreed to be done next: send it" in desk.browser.get("/lead/lin").text
    assert rows(desk, record, "kind", "product") == [("appointment", "visit")]
    assert rows(desk, date_record, "kind", "month", "day") == [("birthday", 5, 12)]


@pytest.mark.parametrize(
    "form", [{}, {"answer": "reached", "next_on": "2020-01-01", "next_purpose": "visit"}, {"month": "13", "day": "40"}]
)
def test_if_any_of_it_does_not_fit_nothing_is_kept_and_what_was_written_stays(desk: Any, form: dict[str, str]) -> None:
    comes_in(desk, "LI_TOKEN")
    answer = tells(desk, "/lead/lin", note="kept in the form", **form)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
    assert "kept in the form" in answer.text
    assert rows(desk, interaction, "id") + rows(desk, record, "id") + rows(desk, date_record, "id") == []


def test_of_others_nothing_can_be_told_and_a_reminders_answers_do_not_fit_here(desk: Any) -> None:
    comes_in(desk, "LI_TOKEN")
    for who, answer in (("wei", "reached"), ("sha", "reached"), ("nobody", "reached"), ("lin", "3d")):
        assert tells(desk, f"/lead/{who}", answer=answer).status_code == 404
    assert rows(desk, interaction, "id") == []


def test_every_id_and_every_text_is_written_so_that_it_stays_one(desk: Any) -> None:
    odd, evil = 'a/b?c#d "&<e>', "<script>alert(1)</script>"
    with desk.site.db.writing() as connection:
        entry = LeadEntry(odd, {"name": evil, "owner": "li"})
        upsert_leads(connection, [entry], {"timezone": "UTC", "locale": "en", "country": "CN"}, Stamp(1, "test"))
    desk.touch(odd, "li", desk.site.clock.now())
    comes_in(desk, "LI_TOKEN")
    path = re.findall(r'href="(/lead/[^"]+)"', desk.browser.get("/day").text)[0]
    answer = tells(desk, path, answer="reached", note=evil)
    assert (answer.status_code, "Saved." in answer.text) == (200, True)
    assert "<script>alert" not in answer.text
    assert rows(desk, interaction, "lead", "note") == [(odd, evil)]


@pytest.mark.parametrize("form", [
    {"month": "9" * 5000, "day": "1"}, {"month": "1", "day": "1", "year": "9" * 5000},
    {"kind": "bereavement", "kind_on": "0001-01-01"}, {"answer": "reached", "channel": "pho\0ne"},
    {"answer": "reached", "channel": "pho\x1bne"}, {"answer": "reached", "note": "a\0b"},
])  # fmt: skip
def test_what_is_no_date_and_no_text_is_refused(desk: Any, form: dict[str, str]) -> None:
    desk.log_in("LI_TOKEN")
    assert tells(desk, "/lead/lin", **form).status_code == 400


def test_a_nul_is_looked_for_nowhere(desk: Any) -> None:
    desk.log_in("OPS_TOKEN")
    paths = ("/lead/%00", "/board/lead/a%00", "/board/find?q=%00", "/pool?claimed=%00", "/board?rule=%00")
    assert [desk.browser.get(path).status_code for path in paths] == [404, 404, 400, 400, 400]


def test_a_form_that_is_sent_twice_is_told_once_and_a_new_one_again(desk: Any) -> None:
    comes_in(desk, "LI_TOKEN")
    keys = [re.findall(r'name="once" value="([^"]+)"', desk.browser.get("/lead/lin").text)[0] for _ in range(2)]
    for key in (keys[0], keys[0], keys[1]):
        assert tells(desk, "/lead/lin", answer="no_answer", once=key).status_code == 200
    assert len(rows(desk, interaction, "id")) == 2
