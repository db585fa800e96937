"""A colleague leaves by the page: what moves is shown first, who may say so, and his ways in are shut at once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.domain.links import Link, Purpose, sign
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.compose.links import act_link
from engine.stages.gates.objections import Gates
from engine.store.ledger import draft, touch
from engine.store.tables import lead, record

HOUR, DAY = 3_600, 86_400
KEEP = "gates: [{id: key-stays, on: {assign: rep}, require: {key: {ne: true}}, otherwise: refuse}]"


@pytest.fixture
def full(desk: Any) -> Any:
    """Li has Lin, an appointment, a reminder, a draft, and two signed greetings, one of them past its deadline."""
    now = desk.site.clock.now()
    wish = {"audience": "lead", "action": "greet", "signer": "li", "needs_signature": True}
    desk.touch("lin", "li", now + HOUR)
    desk.touch("lin", "lin", now + 2 * DAY, "draft", deadline_at=now + DAY, **wish)
    desk.touch("lin", "lin", now + 3 * DAY, "signed", deadline_at=now + DAY, signed_by="li", signed_at=now, **wish)
    desk.touch("lin", "lin", now + HOUR, "signed", deadline_at=now - 1, signed_by="li", signed_at=now - DAY, **wish)
    with desk.site.db.writing() as connection:
        kept = connection.execute(select(touch.c.id).where(touch.c.state.in_(("draft", "signed")))).scalars().all()
        words = {"subject": "Li greets", "text": "Li", "html": "", "written_at": now, "edited": True}
        connection.execute(insert(draft), [{"touch": one, **words} for one in kept])
        meeting = {"id": "m", "lead": "lin", "kind": "appointment", "starts_at": now + DAY}
        connection.execute(insert(record).values(meeting))
    return desk


def says(desk: Any, **form: str) -> Any:
    return desk.browser.post("/handover", data={"csrf": desk.form_token("/handover"), **form})


def as_manager(desk: Any) -> Any:
    desk.browser.cookies.clear()
    desk.log_in("HAN_TOKEN")
    desk.browser.cookies.set("__Host-followup-language", "en")
    return desk


def owner(desk: Any, lead_id: str = "lin") -> Any:
    with desk.site.db.reading() as connection:
        return connection.execute(select(lead.c.owner).where(lead.c.id == lead_id)).scalar_one()


def test_what_moves_is_shown_before_it_does(full: Any) -> None:
    page = as_manager(full).browser.get("/handover?leaver=li&to=su").text
    shown = dict(zip(("leads", "key", "drafts", "signed", "appointments", "reminders", "team"),
                     (1, 0, 1, 2, 1, 1, 1), strict=True))  # fmt: skip
    found = [int(number) for number in re.findall(r'<dd class="num">(\d+)</dd>', page)]
    assert dict(zip(shown, found, strict=True)) == shown
    assert says(full, leaver="li", to="su").status_code == 400, "without the tick nothing happens"
    assert full.browser.get("/handover?leaver=li&to=li").status_code == 400
    assert owner(full) == "li"


def test_then_it_moves_and_what_he_signed_is_signed_again(full: Any) -> None:
    page = says(as_manager(full), leaver="li", to="su", sure="1")
    assert "Su Yan took over from Li Min. Customers: 1" in page.text
    assert owner(full) == "su"
    with full.site.db.reading() as connection:
        query = select(touch.c.state, touch.c.signer, touch.c.signed_by, draft.c.text)
        query = query.outerjoin(draft, draft.c.touch == touch.c.id).where(touch.c.audience == "lead")
        rows = connection.execute(query.order_by(touch.c.due_at))
        assert [tuple(row) for row in rows] == [("draft", "su", None, None)] * 3


def test_every_way_in_of_his_is_shut_at_once(full: Any) -> None:
    now, keys = full.site.clock.now(), full.site.keys
    with full.site.db.writing() as connection:
        touch_id = connection.execute(select(touch.c.id).where(touch.c.audience == "rep")).scalar_one()
        connection.execute(update(touch).where(touch.c.id == touch_id).values(state="delivered"))
    full.log_in("LI_TOKEN")
    his = dict(full.browser.cookies)
    links = [f"/act/{sign(act_link(touch_id, 0, now + HOUR, None), keys)}",
             f"/day/{sign(Link(Purpose.DAY, 'li', now + DAY), keys)}",
             f"/feed/{sign(Link(Purpose.FEED, 'li', now + DAY), keys)}.ics"]  # fmt: skip
    assert [full.browser.get(path).status_code for path in ("/day", *links)] == [200, 200, 303, 200]
    says(as_manager(full), leaver="li", to="su", sure="1")
    full.browser.cookies.clear()
    full.browser.cookies.update(his)
    assert full.browser.get("/day").headers["location"].startswith("/login")
    assert [full.browser.get(path).status_code for path in links] == [404, 404, 404]


def test_a_manager_says_so_of_his_own_only_a_rep_of_nobody(full: Any) -> None:
    as_manager(full)
    for leaver, to in (("wu", "su"), ("li", "wu"), ("han", "su"), ("nobody", "su")):
        assert says(full, leaver=leaver, to=to, sure="1").status_code == 404
        assert full.browser.get(f"/handover?leaver={leaver}&to={to}").status_code == 404
    full.browser.cookies.clear()
    full.log_in("LI_TOKEN")
    assert full.browser.get("/handover").status_code == 404
    full.browser.cookies.clear()
    full.log_in("OPS_TOKEN")
    assert "Wu Gang took over from Li Min. Customers: 1" in says(full, leaver="li", to="wu", sure="1").text


def test_whom_a_gate_keeps_is_named_to_who_may_know_him(full: Any) -> None:
    book, problems = load_rulebook({"rules/a.yaml": KEEP}, catalogue_for(full.site.settings, {}))
    assert book, problems
    with full.site.db.writing() as connection:
        connection.execute(update(lead).where(lead.c.id == "sha").values(key=True))
        connection.execute(update(lead).where(lead.c.id == "sun").values(key=True))
    kept = full.at(replace(full.site, gates=lambda: Gates.of(book, full.site.settings)))
    kept.log_in("OPS_TOKEN")
    page = says(kept, leaver="su", to="wu", sure="1").text
    assert ("Sun" in page, "gate key-stays" in page) == (True, True)
    assert ("Sha" in page, "A confidential customer" in page) == (False, True)
