"""Dead letters and deliveries in doubt on the board: who finds them, and what a person decides about them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.store.facts.looks import looks_at
from engine.store.ledger import delivery, draft, touch, verdict

DUE = 1_789_900_000


def send(desk: Any, touch_id: int, lead: str, state: str = "in_doubt") -> int:
    """A delivery of that touch to its customer; its id."""
    row = {
        "touch": touch_id, "channel": "email", "lead": lead, "rule": "call", "category": "sales", "audience": "lead",
        "receiver": lead, "address": f"{lead}@example.net", "message_id": f"<{touch_id}@x>", "subject": "s",
        "text": "t", "timezone": "UTC", "window": "any", "state": state, "run_at": DUE, "code": "timeout",
        "composed_at": DUE,
    }  # fmt: skip
    with desk.site.db.writing() as connection:
        return int(connection.execute(delivery.insert().values(row)).inserted_primary_key[0])


def state_of(desk: Any, table: Any, ident: int) -> str:
    with desk.site.db.reading() as connection:
        return str(connection.execute(table.select().where(table.c.id == ident)).one().state)


def post(desk: Any, path: str, page: str, **fields: str) -> Any:
    return desk.browser.post(path, data={"csrf": desk.form_token(page), **fields})


def test_a_dead_reminder_is_tried_again_with_one_tap(desk: Any) -> None:
    dead = desk.touch("lin", "li", DUE, "dead", reason="no_address")
    desk.log_in("OPS_TOKEN")
    text = desk.browser.get("/board/queue/dead").text
    assert ("Lin" in text, "no_address" in text) == (True, True)
    answer = post(desk, f"/board/touch/{dead}/retry", "/board/queue/dead")
    assert answer.headers["location"] == f"/board/touch/{dead}?done=retry"
    assert state_of(desk, touch, dead) == "planned"
    with desk.site.db.reading() as connection:
        said = connection.execute(verdict.select().where(verdict.c.touch == dead)).one()
    assert (said.effect, said.facts) == ("retry", {"actor": "ops-desk"})
    again = post(desk, f"/board/touch/{dead}/retry", "/board")
    assert (again.status_code, "changed meanwhile" in again.text) == (409, True)


def test_what_goes_to_a_customer_is_tried_again_after_a_second_step(desk: Any) -> None:
    dead = desk.touch("lin", "lin", DUE, "dead", audience="lead")
    desk.log_in("OPS_TOKEN")
    assert "/retry" not in desk.browser.get("/board/queue/dead").text
    page = f"/board/touch/{dead}"
    assert post(desk, f"{page}/retry", page).status_code == 409
    assert state_of(desk, touch, dead) == "dead"
    assert post(desk, f"{page}/retry", page, confirmed="yes").status_code == 303
    assert state_of(desk, touch, dead) == "planned"


@pytest.mark.parametrize(("decision", "became"), [("sent", "sent"), ("drop", "failed"), ("resend", "pending")])
def test_a_doubt_is_ended_and_resending_needs_a_second_step(desk: Any, decision: str, became: str) -> None:
    one = desk.touch("lin", "lin", DUE, "released", audience="lead", judged_version=0)
    doubt = send(desk, one, "lin")
    desk.log_in("OPS_TOKEN")
    assert f'href="/board/touch/{one}"' in desk.browser.get("/board/doubts").text
    path = f"/board/delivery/{doubt}/resolve"
    if decision == "resend":
        assert post(desk, path, f"/board/touch/{one}", decision=decision).status_code == 409
        assert state_of(desk, delivery, doubt) == "in_doubt"
    answer = post(desk, path, f"/board/touch/{one}", decision=decision, confirmed="yes")
    assert answer.headers["location"] == f"/board/touch/{one}?done={decision}"
    assert state_of(desk, delivery, doubt) == became
    assert "ops-desk" in desk.browser.get(f"/board/touch/{one}").text


def test_a_manager_decides_for_his_team_only_and_a_rep_finds_no_board(desk: Any) -> None:
    ours, theirs = (desk.touch(lead, "li", DUE, "dead") for lead in ("lin", "wei"))
    doubt = send(desk, theirs, "wei")
    desk.log_in("HAN_TOKEN")
    text = desk.browser.get("/board/queue/dead").text
    assert (f"/board/touch/{ours}" in text, f"/board/touch/{theirs}" in text) == (True, False)
    assert "wei" not in desk.browser.get("/board/doubts").text
    for path in (f"/board/touch/{theirs}/retry", f"/board/delivery/{doubt}/resolve"):
        assert post(desk, path, "/board", decision="sent", confirmed="yes").status_code == 404
    assert desk.browser.get(f"/board/touch/{theirs}").status_code == 404
    assert (state_of(desk, touch, theirs), state_of(desk, delivery, doubt)) == ("dead", "in_doubt")
    desk.browser.cookies.clear()
    desk.log_in("LI_TOKEN")
    for path in ("/board", "/board/queue/dead", "/board/doubts", f"/board/touch/{ours}"):
        assert desk.browser.get(path).status_code == 404


def test_a_confidential_customer_has_no_name_and_no_address_for_ops(desk: Any) -> None:
    dead = desk.touch("sha", "sha", DUE, "dead", audience="lead")
    send(desk, dead, "sha")
    desk.log_in("OPS_TOKEN")
    for path in ("/board/queue/dead", "/board/doubts", f"/board/touch/{dead}"):
        text = desk.browser.get(path).text
        assert ("Sha" in text, "sha" in re.sub(r"sha\w", "", text), "A confidential customer" in text) == (
            False, False, True,
        )  # fmt: skip
    desk.browser.cookies.clear()
    desk.log_in("HAN_TOKEN")
    assert "sha@example.net" in desk.browser.get(f"/board/touch/{dead}").text


def test_looks_at_named_customers_are_put_down(desk: Any) -> None:
    dead = desk.touch("lin", "li", DUE, "dead")
    desk.log_in("OPS_TOKEN")
    desk.browser.get("/board/queue/dead")
    desk.browser.get(f"/board/touch/{dead}")
    with desk.site.db.reading() as connection:
        looks = [(row.visitor, row.page) for row in looks_at(connection, "lin", 5)]
    assert looks == [("ops-desk", "/board/touch/{id}"), ("ops-desk", "/board/queue/{state}")]


def test_long_lists_are_read_page_by_page(desk: Any) -> None:
    ids = [desk.touch("lin", "li", DUE + number // 2, "dead", occurrence_key=f"k{number}") for number in range(70)]
    desk.log_in("OPS_TOKEN")
    first = desk.browser.get("/board/queue/dead").text
    onward = re.findall(r'href="([^"]+after=[^"]+)"', first)
    second = desk.browser.get(onward[0].replace("&amp;", "&")).text
    row = re.compile(r'num"[^>]*><a href="/board/touch/(\d+)')
    seen = [int(found) for text in (first, second) for found in row.findall(text)]
    assert seen == ids
    assert "after=" not in second


def test_nobody_else_can_send_the_forms(desk: Any) -> None:
    dead = desk.touch("lin", "li", DUE, "dead")
    desk.log_in("OPS_TOKEN")
    assert desk.browser.post(f"/board/touch/{dead}/retry", data={}).status_code == 400
    assert desk.browser.get(f"/board/touch/{dead}/retry").status_code == 405
    assert state_of(desk, touch, dead) == "dead"


def test_drafts_are_read_with_their_signer_and_deadline_but_not_those_of_confidential_customers(desk: Any) -> None:
    drafts = [
        desk.touch(lead, lead, DUE, "draft", audience="lead", signer="li", deadline_at=DUE + 60)
        for lead in ("lin", "sha")
    ]
    for number in drafts:
        row = {"touch": number, "subject": "Well <b>wished</b>", "text": "To you.", "written_at": DUE}
        with desk.site.db.writing() as connection:
            connection.execute(draft.insert().values(row))
    desk.log_in("OPS_TOKEN")
    text = desk.browser.get("/board/queue/draft").text
    assert (text.count("Li Min"), "2026-09-20 18:27" in text) == (2, True)
    open_one, secret = (desk.browser.get(f"/board/touch/{number}").text for number in drafts)
    assert ("Well &lt;b&gt;wished" in open_one, "To you." in open_one, "To you." in secret) == (True, True, False)
