"""What other programs send: each item by itself, once a key, with words about what is wrong."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.people import LEAD_COLUMNS
from engine.domain.talks import TALK_COLUMNS
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.gates.objections import Gates
from engine.store.circumstance_tables import circumstance
from engine.store.tables import dirty_lead, gate_event, interaction, lead
from engine.store.web_tables import idempotency_key
from engine.web.api.body import MOST_BYTES
from engine.web.api.caller import MOST
from engine.web.api.inlets import KINDS
from engine.web.api.models import Interaction, Lead
from engine.web.api.openapi import EXAMPLES
from tests.web.conftest import ADDRESS, NOW, SECRETS, browser_at

TOKEN = {"authorization": f"Bearer {SECRETS['API_TOKEN']}"}
GATES = """
gates:
  - {id: twelve, on: {set: {status: suspended}}, require: {contacts: {gte: 12}}, otherwise: refuse}
  - {id: word, on: {event_end: complaint}, require: {event.attrs.confirmed_by: customer}, otherwise: refuse}
"""
AT = "2026-01-31T09:00+08:00"
TALK = {"id": "t1", "lead": "lin", "at": AT, "outcome": "reached"}


def post(desk: Any, path: str, *items: Any, key: str = "") -> Any:
    headers = TOKEN | ({"idempotency-key": key} if key else {})
    return desk.browser.post(f"/api/{path}", json={"items": list(items)}, headers=headers)


def results(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.text
    return [(item["id"], item["result"]) for item in answer.json()["items"]]


def wrongs(answer: Any) -> dict[str, str]:
    return {error["pointer"]: error["detail"] for item in answer.json()["items"] for error in item["errors"]}


def rows(desk: Any, table: Any) -> list[Any]:
    with desk.site.db.reading() as connection:
        return list(connection.execute(select(table)).all())


def test_leads_are_added_changed_and_left_alone(desk: Any) -> None:
    new = {"id": "wang", "name": "Wang", "owner": "li", "tier": "gold", "dates": {"birthday": "1988-02-17"}}
    assert results(post(desk, "leads", new, {"id": "lin", "tier": "gold"})) == [("wang", "added"), ("lin", "changed")]
    assert results(post(desk, "leads", new, {"id": "lin", "tier": None})) == [("wang", "unchanged"), ("lin", "changed")]
    found = {row.id: row for row in rows(desk, lead)}
    assert (found["wang"].tier, found["lin"].tier, found["lin"].name) == ("gold", None, "Lin")
    assert {"wang", "lin"} <= {row.lead for row in rows(desk, dirty_lead)}


def test_a_bad_item_is_told_by_its_place_and_keeps_no_other_out(desk: Any) -> None:
    answer = post(
        desk, "leads", {"id": "a", "name": "A", "tier": "god", "dates": {"birthday": "soon"}}, {"id": "b", "name": "B"},
        {"id": "b", "name": "B again"}, {"id": "c"}, {"id": "d", "name": "D", "owner": "nobody"},
        {"id": "e", "name": "E", "attrs": {"a/b": 1}},
    )  # fmt: skip
    assert [result for _, result in results(answer)] == ["refused", "added", *["refused"] * 4]
    assert answer.json()["refused"] == 5
    assert wrongs(answer) == {
        "#/items/0/tier": '"god" is not one of platinum, gold, iron, lead',
        "#/items/0/dates/birthday": wrongs(answer)["#/items/0/dates/birthday"],
        "#/items/2/id": "is there already, in an item above",
        "#/items/3/name": "is missing",
        "#/items/4/owner": 'there is no rep "nobody"',
        "#/items/5/attrs/a~1b": "config.yaml does not have it",
    }
    assert {"a", "c", "d", "e"}.isdisjoint(row.id for row in rows(desk, lead))


def test_interactions_are_logged_once_and_stay_as_they_were(desk: Any) -> None:
    assert results(post(desk, "interactions", TALK)) == [("t1", "added")]
    answer = post(desk, "interactions", TALK, TALK | {"id": "t2", "lead": "nobody"}, TALK | {"id": "t3", "at": "9999"})
    assert [result for _, result in results(answer)] == ["unchanged", "refused", "refused"]
    other = post(desk, "interactions", TALK | {"outcome": "no_answer"}, TALK | {"id": "t4", "rep": "ghost"})
    assert [result for _, result in results(other)] == ["refused", "refused"]
    assert [(row.id, row.outcome) for row in rows(desk, interaction)] == [("t1", "reached")]
    assert next(row for row in rows(desk, lead) if row.id == "lin").contacts == 1


def test_events_apply_to_their_leads_at_once(desk: Any) -> None:
    ticket = {"id": "ticket-417", "kind": "complaint", "leads": ["lin"], "starts_at": AT, "ends_at": "2026-02-01"}
    answer = post(desk, "events", ticket, {"kind": "flod", "leads": ["lin"]}, {"kind": "flood"},
                  {"kind": "complaint", "leads": ["ghost"]}, ticket | {"id": "x", "ends_at": "2026-01-01"})  # fmt: skip
    assert [result for _, result in results(answer)] == ["added", *["refused"] * 4]
    assert wrongs(answer)["#/items/4/ends_at"] == "must lie after starts_at"
    event, = rows(desk, circumstance)
    assert (event.id, event.lead, event.actor) == ("ticket-417", "lin", "api:shop")
    assert event.ends_at - event.starts_at == (24 + 15) * 3_600
    assert results(post(desk, "events", ticket)) == [("ticket-417", "refused")]


def test_one_key_is_one_request(desk: Any) -> None:
    event = {"kind": "complaint", "leads": ["lin"]}
    first, second = (post(desk, "events", event, key="k1") for _ in range(2))
    assert first.text == second.text
    assert second.headers["idempotency-replayed"] == "true"
    assert post(desk, "events", event, event, key="k1").status_code == 422
    assert len(rows(desk, circumstance)) == 1
    assert results(post(desk, "interactions", TALK, key="k1")) == [("t1", "added")]
    post(desk, "events", event, key="k2")
    assert len(rows(desk, circumstance)) == 2


def test_of_two_at_once_under_one_key_one_waits_and_hears_the_same(desk: Any) -> None:
    said: list[str] = []

    def send() -> None:
        body = {"items": [{"kind": "complaint", "leads": ["lin"]}]}
        headers = TOKEN | {"idempotency-key": "together"}
        said.append(browser_at(desk.site).post("/api/events", json=body, headers=headers).text)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(said), len(set(said)), len(rows(desk, circumstance))) == (4, 1, 1)


def test_answers_are_forgotten_after_a_week(desk: Any) -> None:
    post(desk, "interactions", TALK, key="old")
    desk.site.clock.instant = NOW + 8 * 86_400
    post(desk, "interactions", TALK, key="new")
    assert [row.key for row in rows(desk, idempotency_key)] == ["new"]


@pytest.mark.parametrize(("body", "pointer"), [
    ({}, "#/items"), ({"items": []}, "#/items"), ({"items": [TALK] * 1_001}, "#/items"),
    ({"items": [TALK], "more": 1}, "#/more"), ({"items": [TALK | {"tier": "x"}]}, "#/items/0/tier"),
    ({"items": [TALK | {"id": 7}]}, "#/items/0/id"), ({"items": ["x"]}, "#/items/0"), ([], "#"),
])  # fmt: skip
def test_a_body_of_another_form_is_refused_whole_and_pointed_into(desk: Any, body: Any, pointer: str) -> None:
    answer = desk.browser.post("/api/interactions", json=body, headers=TOKEN)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert rows(desk, interaction) == []


@pytest.mark.parametrize("body", [
    b"", b"{", b"\xff", b'{"items": NaN}', b'{"items": "\\ud800"}', b"[" * 100_000, b'{"items": ' + b"1" * 5_000 + b"}",
])  # fmt: skip
def test_what_is_no_json_is_refused_in_one_line(desk: Any, body: bytes) -> None:
    answer = desk.browser.post("/api/leads", content=body, headers=TOKEN | {"content-type": "application/json"})
    assert answer.status_code == 400 or b"1111" in body
    assert answer.json()["status"] in (400, 422)


def test_too_much_is_refused_before_it_is_read(desk: Any) -> None:
    headers = TOKEN | {"content-type": "application/json"}
    answer = desk.browser.post("/api/leads", content=b" " * (MOST_BYTES + 1), headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (413, "Request Entity Too Large")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json; charset=utf-16", "multipart/form-data"])
def test_only_json_is_taken(desk: Any, kind: str) -> None:
    answer = desk.browser.post("/api/leads", content=b"{}", headers=TOKEN | ({"content-type": kind} if kind else {}))
    assert answer.status_code == 415


def test_only_programs_with_a_token_of_their_own_come_in(desk: Any) -> None:
    body = {"items": [TALK]}
    for secret, status in (("", 401), ("guessed-and-wrong-token", 401), (SECRETS["OPS_TOKEN"], 403)):
        answer = desk.browser.post("/api/interactions", json=body, headers={"authorization": f"Bearer {secret}"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    desk.log_in("OPS_TOKEN")
    assert desk.browser.post("/api/interactions", json=body).status_code == 401
    assert rows(desk, interaction) == []


def test_who_guesses_tokens_or_asks_too_often_waits(desk: Any) -> None:
    for _ in range(10):
        desk.browser.post("/api/leads", headers={"authorization": "Bearer wrong-wrong-wrong"})
    assert post(desk, "leads", {"id": "x", "name": "X"}).status_code == 429
    desk.site.clock.instant = NOW + 3_600
    for _ in range(MOST):
        desk.browser.post("/api/leads", headers=TOKEN)
    slow = post(desk, "leads", {"id": "x", "name": "X"})
    assert (slow.status_code, slow.headers["retry-after"]) == (429, "60")


def test_what_is_not_there_is_told_to_programs_as_a_problem(desk: Any) -> None:
    for method, path, status in (("GET", "/api/leads", 405), ("POST", "/api/nothing", 404)):
        answer = desk.browser.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert desk.browser.get("/api/leads").headers["allow"] == "POST"


def test_the_page_for_people_shows_every_field(desk: Any) -> None:
    page = desk.browser.get("/api").text
    assert "up to 1000, of events 100." in page
    for name in ("POST /api/leads", "salutation", "benefit", "severity", f"{ADDRESS}/api"):
        assert name in page
    assert json.loads(desk.browser.get("/api/openapi.json").text)["openapi"] == "3.1.0"


def test_programs_can_say_what_files_can(desk: Any) -> None:
    assert {*Lead.model_fields} - {"dates", "attrs", "answers"} == {*LEAD_COLUMNS}
    assert {*Interaction.model_fields} == {*TALK_COLUMNS}
    assert set(EXAMPLES) == {kind.path for kind in KINDS}
    for path, example in EXAMPLES.items():
        assert desk.browser.post(path, json=example, headers=TOKEN).status_code == 200


def test_gates_stand_before_programs_too(desk: Any) -> None:
    settings = desk.site.settings
    book, _ = load_rulebook({"gates.yaml": GATES}, catalogue_for(settings, {}))
    guarded = desk.at(replace(desk.site, gates=lambda: Gates.of(book, settings)))
    answer = post(guarded, "leads", {"id": "lin", "status": "suspended"}, {"id": "sun", "tier": "gold"})
    assert results(answer) == [("lin", "refused"), ("sun", "changed")]
    assert wrongs(answer)["#/items/0"].startswith("refused by gate twelve: ")
    ended = {"id": "e1", "kind": "complaint", "leads": ["lin"], "starts_at": AT, "ends_at": "2026-02-03"}
    assert results(post(guarded, "events", ended)) == [("e1", "refused")]
    assert rows(desk, circumstance) == []
    assert {(row.gate, row.actor, row.outcome) for row in rows(desk, gate_event)} == {
        ("twelve", "api:shop", "refused"), ("word", "api:shop", "refused"),
    }  # fmt: skip


def test_answers_to_questionnaires_come_in_and_what_is_no_question_is_told_in_its_place(desk: Any) -> None:
    def posts(**answers: Any) -> Any:
        item = {"id": "asked", "name": "Asked", "answers": answers}
        return desk.browser.post("/api/leads", json={"items": [item]}, headers=TOKEN)

    assert posts(**{"quality.standing": "sound", "willingness.knows_ours": False}).json()["added"] == 1
    with desk.site.db.reading() as connection:
        found = connection.execute(select(lead.c.attrs).where(lead.c.id == "asked")).scalar_one()
    assert found == {"quality.standing": "sound", "willingness.knows_ours": False}
    [refused] = posts(**{"quality.standing": "splendid", "quality.weather": "fair"}).json()["items"]
    assert {one["pointer"] for one in refused["errors"]} == {"#/items/0/answers/quality.weather"}
    [refused] = posts(**{"quality.standing": "splendid"}).json()["items"]
    assert [one["pointer"] for one in refused["errors"]] == ["#/items/0/answers/quality.standing"]
    for wrong in ("name", "attrs.size", "date.birthday"):
        [refused] = posts(**{wrong: "x"}).json()["items"]
        assert [one["pointer"] for one in refused["errors"]] == [f"#/items/0/answers/{wrong}"]
