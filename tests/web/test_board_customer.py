"""A customer on the board: his timeline, why rules fire for him, and who may look."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.web_secrets import KnownToken
from engine.stages.acts import Talk, log_talk
from engine.stages.books import adopt
from engine.store.facts.looks import looks_at
from engine.store.ledger import delivery, verdict
from engine.store.lookups.timeline import Moment, timeline

AT = 1_789_900_000
RULES = """\
rules:
  - id: call-key
    category: sales
    for: {tier: gold}
    on: {since: last_contact, after: 30d}
    steps: [{id: ring, at: 0d, remind: owner, template: reminder/call}]
"""
TEMPLATES = {"reminder/call/en.txt.j2": "Subject: Ring\n\nRing."}


def lived(desk: Any, lead: str = "lin") -> int:
    """A reminder, its message, what a policy said, a talk and a change of stage; the reminder's id."""
    one = desk.touch(lead, "li", AT, "delivered")
    with desk.site.db.writing() as connection:
        connection.execute(delivery.insert().values(
            touch=one, channel="email", lead=lead, rule="call", category="sales", audience="rep", receiver="li",
            address="li@example.com", message_id="<1@x>", subject="s", text="t", timezone="UTC", window="any",
            state="sent", run_at=AT + 1, settled_at=AT + 2, composed_at=AT,
        ))  # fmt: skip
        row = {"touch": one, "policy": "quiet-days", "effect": "defer", "facts": {}, "at": AT - 5}
        connection.execute(verdict.insert().values(row))
    talk = Talk(lead, "reached", AT + 100, channel="phone", note="<b>will buy</b>")
    log_talk(desk.site.db, desk.site.settings, talk, "li", AT + 200)
    return one


def test_the_timeline_tells_all_that_happened_the_latest_first(desk: Any) -> None:
    lived(desk)
    desk.log_in("OPS_TOKEN")
    text = desk.browser.get("/board/lead/lin").text
    told = re.findall(r'<li class="(\w+)">', text)
    assert told == ["interaction", "delivery", "touch", "verdict"]
    assert ("&lt;b&gt;will buy&lt;/b&gt;" in text, "<b>will" in text, "quiet-days" in text) == (True, False, True)


def test_looks_are_put_down_and_shown_to_admins_alone(desk: Any) -> None:
    lived(desk)
    desk.log_in("OPS_TOKEN")
    assert 'class="look"' not in desk.browser.get("/board/lead/lin").text
    with desk.site.db.reading() as connection:
        assert [(row.visitor, row.page) for row in looks_at(connection, "lin", 5)] == [
            ("ops-desk", "/board/lead/{lead}")
        ]
    admins = tuple(
        KnownToken(known.told.model_copy(update={"role": "admin"}), known.secret) for known in desk.site.tokens
    )
    desk = desk.at(replace(desk.site, tokens=admins))
    assert 'class="look"' in desk.browser.get("/board/lead/lin").text


def test_only_those_whose_business_he_is_find_him(desk: Any) -> None:
    seen = {"OPS_TOKEN": ("lin", "sun", "wei"), "HAN_TOKEN": ("lin", "sun", "sha"), "LI_TOKEN": ()}
    for secret, leads in seen.items():
        desk.browser.cookies.clear()
        desk.log_in(secret)
        found = [one for one in ("lin", "sun", "wei", "sha", "nobody")
                 if desk.browser.get(f"/board/lead/{one}").status_code == 200]  # fmt: skip
        assert found == list(leads)


def test_a_customer_is_found_by_what_is_his_alone(desk: Any) -> None:
    desk.log_in("OPS_TOKEN")
    assert desk.browser.get("/board/find?q=lin").headers["location"] == "/board/lead/lin"
    for text in ("sha", "nobody", "%"):
        page = desk.browser.get("/board/find", params={"q": text})
        assert (page.status_code, "nobody by that" in page.text) == (200, True)


def test_long_timelines_are_read_page_by_page_without_a_gap(desk: Any) -> None:
    for number in range(60):
        lived_at = AT + number // 7
        touch = desk.touch("lin", "li", lived_at, occurrence_key=f"k{number}")
        with desk.site.db.writing() as connection:
            row = {"touch": touch, "policy": "p", "effect": "hold", "facts": {}, "at": lived_at}
            connection.execute(verdict.insert().values(row))
    with desk.site.db.reading() as connection:
        whole = [event.moment for event in timeline(connection, "lin", None, 1000, looks=True)]
        parts: list[Moment] = []
        while len(parts) <= 120 and (page := timeline(connection, "lin", parts[-1] if parts else None, 11, looks=True)):
            parts += [event.moment for event in page]
    assert len(whole) == 120
    assert parts == whole
    desk.log_in("OPS_TOKEN")
    shown, path = 0, "/board/lead/lin"
    while path:
        text = desk.browser.get(path).text
        shown += len(re.findall(r'<li class="\w+">', text))
        path = next(iter(re.findall(r'href="([^"]+before=[^"]+)"', text)), "")
    assert shown == 120
    for odd in ("1.touch.9" + "9" * 40, "1.touch.x", "x", "1.nothing.1", "9" * 40 + ".look.1"):
        assert desk.browser.get("/board/lead/lin", params={"before": odd}).status_code == 200


@pytest.fixture
def ruled(desk: Any) -> Any:
    """The site with RULES in force, and ops logged in."""
    book, problems = load_rulebook({"rules/a.yaml": RULES}, catalogue_for(desk.site.settings, TEMPLATES))
    assert book is not None, problems
    adopt(desk.site.db, book, {"rules/a.yaml": RULES}, TEMPLATES, AT)
    desk.log_in("OPS_TOKEN")
    return desk


def test_the_explain_page_says_what_keeps_a_rule_off(ruled: Any) -> None:
    text = " ".join(ruled.browser.get("/board/explain/lin").text.split())
    assert "call-key" in text
    assert "near miss" in text
    assert "<code>tier</code> wanted gold, found" in text
    assert ruled.browser.get("/board/explain/lin?rule=call-key").status_code == 200
    assert ruled.browser.get("/board/explain/lin?rule=nothing").status_code == 404
    assert ruled.browser.get("/board/explain/sha").status_code == 404
