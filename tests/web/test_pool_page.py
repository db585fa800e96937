"""The pool's page: who is to be had and for whom, one of two who ask at once, giving back, handing out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.books import adopt
from engine.stages.gates.objections import Gates
from engine.stages.plan.plan import plan
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.tables import gate_event, lead, rep, transition

DAY = 86_400
TEMPLATES = {"reminder/x/mail.en.txt.j2": ""}
RULES = """
rules:
  - id: pool-return
    category: admin
    on: {since: last_contact, after: 30d}
    for: {status: active, owner: {exists: true}}
    until: contacted
    steps:
      - {id: warn, at: -3d 09:00, remind: owner, template: reminder/x}
      - {id: return, at: +0h, assign: pool}
gates:
  - id: cool-off
    summary: Nobody takes his own back
    on: {assign: rep}
    if: {actor.role: rep}
    require: {not: {assignee: previous_owner, age.pooled: {lt: 30d}}, actor.claims_today: {lt: 2}}
    otherwise: refuse
"""


@pytest.fixture
def pooled(desk: Any) -> Any:
    """Of the pool: ann (gold), bob and joe, whom li had; eve, who is confidential. wu joined last."""
    site = desk.site
    book, problems = load_rulebook({"rules/all.yaml": RULES}, catalogue_for(site.settings, TEMPLATES))
    assert book is not None, problems
    now = site.clock.now()
    adopt(site.db, book, {"rules/all.yaml": RULES}, TEMPLATES, now)
    ann = {"tier": "gold", "region": "510104"}
    people = {"ann": ann, "bob": {}, "eve": {"confidential": True}, "joe": {"owner": "li"}}
    entries = [LeadEntry(one, {"name": one.title(), "status": "active", **more}) for one, more in people.items()]
    defaults = {"timezone": "Asia/Shanghai", "locale": "en", "country": "CN"}
    with site.db.writing() as connection:
        upsert_leads(connection, entries, defaults, Stamp(now, "test"))
        values = [LeadEntry(one, {"status": "pooled", "owner": None}) for one in people]
        upsert_leads(connection, values, defaults, Stamp(now, "test"))
        upsert_reps(connection, [RepEntry("su", {"joined_at": now - DAY}), RepEntry("li", {"joined_at": 5})], {}, now)
    return desk.at(replace(site, gates=lambda: Gates.of(book, site.settings)))


def says(desk: Any, path: str, **form: Any) -> Any:
    token = desk.form_token("/pool")
    return desk.browser.post(path, data={"csrf": token, **form}, follow_redirects=True)


def owner(desk: Any, lead_id: str) -> Any:
    with desk.site.db.reading() as connection:
        return connection.execute(select(lead.c.owner).where(lead.c.id == lead_id)).scalar_one()


def test_a_rep_sees_who_is_to_be_had_and_why_somebody_is_not_for_him(pooled: Any) -> None:
    pooled.log_in("LI_TOKEN")
    page = pooled.browser.get("/pool").text
    assert "3 without an owner" in page
    assert "0 of 2 taken today" in page
    assert page.index("Ann") < page.index("Bob") < page.index("Joe")
    assert "Eve" not in page
    assert "成都市锦江区" in page
    assert 'value="ann"' in page
    assert 'value="joe"' not in page
    assert "gate cool-off: Nobody takes his own back" in page
    assert "hand-out" not in page
    with pooled.site.db.reading() as connection:
        assert connection.execute(select(gate_event)).all() == [], "to look is not to ask"


def test_a_claim_is_his_and_counts_and_the_second_of_two_is_told(pooled: Any) -> None:
    pooled.log_in("LI_TOKEN")
    page = says(pooled, "/pool/claim", claim="ann").text
    assert "Ann is yours now." in page
    assert "1 of 2 taken today" in page
    with pooled.site.db.writing() as connection:
        connection.execute(update(lead).where(lead.c.id == "bob").values(owner="wu", status="active"))
    late = says(pooled, "/pool/claim", claim="bob")
    assert (late.status_code, "somebody was quicker" in late.text, "his owner" in late.text) == (409, True, False)
    assert (owner(pooled, "ann"), owner(pooled, "bob")) == ("li", "wu")


def test_what_a_gate_refuses_is_said_with_its_evidence_and_kept(pooled: Any) -> None:
    pooled.log_in("LI_TOKEN")
    refused = says(pooled, "/pool/claim", claim="joe")
    assert (refused.status_code, "refused by gate cool-off" in refused.text) == (409, True)
    assert owner(pooled, "joe") is None
    with pooled.site.db.reading() as connection:
        assert connection.execute(select(gate_event.c.actor)).scalars().all() == ["li"]


def test_who_is_confidential_not_there_or_not_in_the_pool_looks_the_same(pooled: Any) -> None:
    pooled.log_in("LI_TOKEN")
    answers = {says(pooled, "/pool/claim", claim=one).text.count("somebody was quicker") for one in
               ("eve", "nobody", "wei", "")}  # fmt: skip
    assert (answers, owner(pooled, "eve")) == ({1}, None)


def test_a_rep_gives_his_own_back_with_a_reason_and_no_other(pooled: Any) -> None:
    pooled.log_in("LI_TOKEN")
    assert 'action="/pool/return"' in pooled.browser.get("/lead/lin").text
    assert 'action="/pool/return"' not in pooled.browser.get("/lead/sun").text
    assert says(pooled, "/pool/return", lead="wei", why="x").status_code == 404
    assert says(pooled, "/pool/return", lead="lin", why=" ").status_code == 400
    assert "Lin" in says(pooled, "/pool/return", lead="lin", why="moved to Xi'an").text
    with pooled.site.db.reading() as connection:
        query = select(transition.c.cause).where(transition.c.lead == "lin", transition.c.field == "owner")
        assert connection.execute(query).scalars().all() == ["pool return: moved to Xi'an"]


def test_whose_customers_go_back_soon_is_told_to_him_and_his_manager_three_days_before(pooled: Any) -> None:
    site = pooled.site
    now = site.clock.now()
    with site.db.writing() as connection:
        connection.execute(update(lead).where(lead.c.id == "lin").values(last_contact_at=now - 28 * DAY))
        connection.execute(update(lead).where(lead.c.id.in_(["sun", "wei"])).values(last_contact_at=now - 28 * DAY))
    plan(site.db, site.settings, site.books, site.clockwork, now)
    pooled.log_in("LI_TOKEN")
    page = pooled.browser.get("/pool").text
    assert 'href="/lead/lin"' in page
    assert "on 2026-09-24" in page, "a day later, as the warning waits for Monday"
    assert "/lead/sun" not in page
    pooled.browser.cookies.clear()
    pooled.log_in("HAN_TOKEN")
    page = pooled.browser.get("/pool").text
    assert 'href="/lead/lin"' in page
    assert "/lead/wei" not in page, "not of his team"
    assert 'name="why"' not in page, "only who has a customer gives him back"


def test_a_manager_hands_out_to_his_own_new_colleagues_first(pooled: Any) -> None:
    pooled.log_in("HAN_TOKEN")
    pooled.browser.cookies.set("__Host-followup-language", "en")
    page = pooled.browser.get("/pool").text
    assert page.index('<option value="su"') < page.index('<option value="li"') < page.index('<option value="han"')
    assert '<option value="wu"' not in page
    assert "2 handed out." in says(pooled, "/pool/hand-out", to="su", lead=["ann", "bob"]).text
    assert [owner(pooled, one) for one in ("ann", "bob", "joe")] == ["su", "su", None]
    assert says(pooled, "/pool/hand-out", to="wu", lead=["joe"]).status_code == 404
    assert says(pooled, "/pool/hand-out", to="su").status_code == 400
    mixed = says(pooled, "/pool/hand-out", to="su", lead=["joe", "ann", "eve"])
    assert (mixed.status_code, mixed.text.count("somebody was quicker")) == (409, 2)
    assert (owner(pooled, "joe"), owner(pooled, "eve")) == ("su", None)


def test_who_has_the_fewest_customers_is_offered_the_next_ones(pooled: Any) -> None:
    with pooled.site.db.writing() as connection:
        upsert_reps(connection, [RepEntry("su", {"joined_at": 5})], {}, pooled.site.clock.now())
        connection.execute(update(lead).where(lead.c.owner == "su").values(owner="li"))
    pooled.log_in("HAN_TOKEN")
    page = pooled.browser.get("/pool").text
    assert page.index('<option value="su"') < page.index('<option value="li"'), "li has all that su had"


def test_only_who_may_hand_out_and_only_reps_claim(pooled: Any) -> None:
    pooled.log_in("LI_TOKEN")
    assert says(pooled, "/pool/hand-out", to="li", lead="ann").status_code == 404
    pooled.browser.cookies.clear()
    pooled.log_in("OPS_TOKEN")
    assert says(pooled, "/pool/claim", claim="ann").status_code == 404
    assert "1 handed out." in says(pooled, "/pool/hand-out", to="wu", lead="ann").text
    with pooled.site.db.reading() as connection:
        assert connection.execute(select(rep.c.id).where(rep.c.id == owner(pooled, "ann"))).scalar_one() == "wu"
