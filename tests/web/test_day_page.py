"""A rep's day: what is on it, what its buttons do, and what it costs the database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

import engine.web
from engine.domain.civil import day_start, local_date
from engine.domain.links import sign
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.books import adopt
from engine.stages.compose.links import act_link, task_link
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from engine.store.ledger import delivery, touch
from engine.store.tables import interaction, lead, record

HOUR, DAY = 3_600, 86_400
HTMX = ("2.0.11", "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717")
RULES = """
rules:
  - id: call
    summary: Call within a day
    category: sales
    on: {since: registered, after: 1d}
    until: contacted
    steps: [{id: ring, at: +0h, remind: owner, template: reminder/x}]
"""


@pytest.fixture
def midnight(desk: Any) -> int:
    """The beginning of li's day; the rule that his reminders come from is in force, and he is logged in."""
    site = desk.site
    templates = {"reminder/x/mail.en.txt.j2": ""}
    book, problems = load_rulebook({"rules/all.yaml": RULES}, catalogue_for(site.settings, templates))
    assert book is not None, problems
    adopt(site.db, book, {"rules/all.yaml": RULES}, templates, site.clock.now())
    desk.log_in("LI_TOKEN")
    return day_start(local_date(site.clock.now(), "Asia/Shanghai"), "Asia/Shanghai")


def day(desk: Any) -> str:
    return " ".join(desk.browser.get("/day").text.split())


def says(desk: Any, path: str, **form: str) -> Any:
    """What the browser shows once the form was sent and it has followed where that leads."""
    said = {"csrf": desk.form_token("/day"), **form}
    return desk.browser.post(path, data=said, headers={"hx-request": "true"}, follow_redirects=True)


def rows(desk: Any, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    with desk.site.db.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*[table.c[name] for name in columns]))]


def in_doubt(desk: Any, lead_id: str, touch_id: int, state: str = "in_doubt", text: str = "") -> int:
    row = {
        "touch": touch_id, "channel": "email", "lead": lead_id, "rule": "call", "category": "sales",
        "subject": "Hello", "audience": "lead", "receiver": lead_id, "address": "x@example.com",
        "message_id": f"<{touch_id}>", "text": text,
        "timezone": "Asia/Shanghai", "window": "", "state": state, "run_at": 5, "composed_at": 5,
    }  # fmt: skip
    with desk.site.db.writing() as connection:
        return int(connection.execute(insert(delivery).values(row)).inserted_primary_key[0])


def test_a_row_says_why_what_was_said_last_and_when_he_is_met_next(desk: Any, midnight: int) -> None:
    with desk.site.db.writing() as connection:
        talk = {"id": "i1", "lead": "lin", "at": midnight - DAY, "logged_at": 1, "outcome": "reached"}
        connection.execute(insert(interaction).values(talk | {"effective": True, "note": "wants a quote"}))
        connection.execute(update(lead).values(last_contact_at=midnight - DAY, last_contact_ref="i1"))
        meeting = {"id": "a1", "lead": "lin", "kind": "appointment", "product": "visit"}
        connection.execute(insert(record).values(meeting | {"starts_at": midnight + 30 * HOUR}))
    desk.touch("lin", "li", midnight + HOUR)
    text = day(desk)
    for said in ("Lin", "wants a quote", "Next appointment", 'value="reached"', 'value="no_answer"', "/act/"):
        assert said in text
    assert desk.browser.get(re.findall(r'href="(/act/[^"]+)"', text)[0]).status_code == 200


def test_what_was_sent_days_ago_stays_until_somebody_answers_it_or_talks_to_him(desk: Any, midnight: int) -> None:
    desk.touch("lin", "li", midnight - 2 * DAY, "delivered")
    assert "From earlier days" in day(desk)
    with desk.site.db.writing() as connection:
        connection.execute(update(lead).values(last_contact_at=midnight - DAY))
    assert "Nothing is waiting for you today" in day(desk)


def test_what_was_sent_about_a_customer_who_has_another_rep_since_is_no_longer_his(desk: Any, midnight: int) -> None:
    desk.touch("lin", "li", midnight - 2 * DAY, "delivered")
    with desk.site.db.writing() as connection:
        connection.execute(update(touch).values(released_at=midnight - 2 * DAY))
    assert "Lin" in day(desk)
    with desk.site.db.writing() as connection:
        change_leads(connection, {"lin": {"owner": "han"}}, Stamp(midnight, "han"))
    assert "Lin" not in day(desk)


def test_a_tap_answers_in_place_and_the_row_stays_struck_through(desk: Any, midnight: int) -> None:
    mine = desk.touch("lin", "li", midnight + HOUR, "delivered", rule="call", revision="r1")
    answer = says(desk, f"/day/touch/{mine}", answer="no_answer")
    assert (answer.status_code, answer.url.path) == (200, "/day")
    assert re.search(rf'class="row over" id="t{mine}" tabindex="-1" autofocus', answer.text)
    assert '<span class="tag">No answer</span>' in answer.text
    assert rows(desk, interaction, "lead", "rep", "outcome") == [("lin", "li", "no_answer")]
    assert says(desk, f"/day/touch/{mine}", answer="reached").status_code == 200
    assert rows(desk, interaction, "outcome") == [("no_answer",)], "answered once"


def test_put_off_it_can_be_taken_back_at_once_and_is_gone_afterwards(desk: Any, midnight: int) -> None:
    mine = desk.touch("lin", "li", midnight + 12 * HOUR)
    answer = says(desk, f"/day/touch/{mine}", answer="tomorrow")
    assert "Put off" in answer.text
    assert 'value="undo"' in answer.text
    assert "Nothing is waiting" in day(desk)
    says(desk, f"/day/touch/{mine}", answer="undo")
    assert rows(desk, touch, "state", "snoozes") == [("planned", 0)]
    assert "Lin" in day(desk)


def test_what_is_over_because_he_was_talked_to_is_struck_through(desk: Any, midnight: int) -> None:
    desk.touch("lin", "li", midnight + HOUR, "cancelled", reason="until", settled_at=midnight + HOUR)
    assert '<span class="tag">Settled</span>' in day(desk)


def test_notes_about_what_goes_to_a_customer_are_nothing_to_be_done(desk: Any, midnight: int) -> None:
    desk.touch("lin", "li", midnight + HOUR, "delivered", occurrence_key="call|lin|1|ring|lin|sign")
    assert "Nothing is waiting for you today" in day(desk)


@pytest.mark.parametrize("receiver", ["su", "han"])
def test_the_reminders_of_others_cannot_be_answered_here(desk: Any, midnight: int, receiver: str) -> None:
    other = desk.touch("lin", receiver, midnight)
    desk.touch("lin", "li", midnight)
    for path in (f"/day/touch/{other}", "/day/touch/99999", f"/day/touch/{10**18}", f"/day/doubt/{10**30}"):
        assert says(desk, path, answer="reached").status_code == 404
    assert rows(desk, interaction, "id") == []


def test_who_was_logged_out_meanwhile_is_led_to_the_login_and_from_there_home(desk: Any, midnight: int) -> None:
    mine = desk.touch("lin", "li", midnight)
    said = {"csrf": desk.form_token("/day"), "answer": "reached"}
    desk.browser.cookies.clear()
    answer = desk.browser.post(f"/day/touch/{mine}", data=said)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert rows(desk, interaction, "id") == []


def test_an_answer_that_does_not_fit_is_said_on_the_page(desk: Any, midnight: int) -> None:
    mine = desk.touch("lin", "li", midnight)
    for form in ({"answer": "dance"}, {"answer": "hand_over", "to": "nobody"}, {}):
        answer = says(desk, f"/day/touch/{mine}", **form)
        assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)


def test_a_doubt_is_settled_by_whoever_has_the_customer(desk: Any, midnight: int) -> None:
    first, second, foreign = (in_doubt(desk, who, desk.touch(who, who, midnight + n, "released", audience="lead"))
                              for n, who in enumerate(("lin", "sun", "wei")))  # fmt: skip
    text = day(desk)
    assert ("Sun" in text, "Wei" in text) == (True, False)
    assert says(desk, f"/day/doubt/{first}", decision="sent").status_code == 200
    assert says(desk, f"/day/doubt/{second}", decision="drop").status_code == 200
    for path, decision in ((f"/day/doubt/{foreign}", "drop"), (f"/day/doubt/{first}", "sent"), ("/day/doubt/0", "x")):
        assert says(desk, path, decision=decision).status_code == 404
    assert rows(desk, delivery, "lead", "state") == [("lin", "sent"), ("sun", "failed"), ("wei", "in_doubt")]


def test_drafts_lead_to_where_they_are_signed(desk: Any, midnight: int) -> None:
    draft = {"audience": "lead", "signer": "li", "deadline_at": midnight + 5 * HOUR}
    desk.touch("lin", "lin", midnight + 9 * HOUR, "draft", **draft)
    desk.touch("sha", "sha", midnight + 9 * HOUR, "draft", **draft)
    text = day(desk)
    assert 'href="/drafts"' in text
    assert "Lin" in text
    assert ("Sha" in text, "A confidential customer" in text) == (False, True)


def test_what_a_rep_sends_himself_is_there_to_copy_and_done_with_one_tap(desk: Any, midnight: int) -> None:
    mine, foreign = (in_doubt(desk, who, desk.touch(who, who, midnight, "released", audience="lead"), "handed", text)
                     for who, text in (("lin", "Dear <Lin>, happy birthday."), ("wei", "Dear Wei")))
    assert 'aria-label="The words">Dear &lt;Lin&gt;, happy birthday.</textarea>' in day(desk)
    assert "Dear Wei" not in day(desk)
    assert says(desk, f"/day/doubt/{foreign}", decision="sent").status_code == 404
    assert "say sent, unreached or drop" in says(desk, f"/day/doubt/{mine}", decision="resend").text
    assert says(desk, f"/day/doubt/{mine}", decision="sent").status_code == 200
    assert rows(desk, delivery, "lead", "state") == [("lin", "sent"), ("wei", "handed")]
    assert "Dear" not in day(desk)


def test_the_links_of_his_mail_say_what_came_of_one_message_and_show_nothing_else(desk: Any, midnight: int) -> None:
    mine, foreign = (in_doubt(desk, who, desk.touch(who, who, midnight, "released", audience="lead"), "handed", "Dear")
                     for who in ("lin", "wei"))
    desk.browser.cookies.clear()

    def path(ident: int, who: str = "li") -> str:
        return f"/task/{sign(task_link(ident, who, midnight, None), desk.site.keys)}"

    shown = desk.browser.get(f"{path(mine)}?do=unreached").text
    assert re.findall(r'name="decision" value="(\w+)"', shown) == ["unreached", "sent", "drop"]
    assert "Dear</textarea>" in shown
    assert "Nothing is left to say here" in desk.browser.get(path(foreign)).text
    assert desk.browser.get(path(mine, "nobody")).status_code == 404
    assert desk.browser.get(f"/task/{sign(act_link(mine, 0, midnight, None), desk.site.keys)}").status_code == 404
    assert desk.browser.post(path(foreign), data={"decision": "sent"}).status_code == 303
    assert desk.browser.post(path(mine), data={"decision": "resend"}).status_code == 303
    assert rows(desk, delivery, "lead", "state") == [("lin", "handed"), ("wei", "handed")]
    assert desk.browser.post(path(mine), data={"decision": "sent"}).status_code == 303
    assert rows(desk, delivery, "lead", "state") == [("lin", "sent"), ("wei", "handed")]
    assert "Nothing is left to say here" in desk.browser.get(path(mine)).text
    assert desk.browser.get("/day").status_code == 303  # the link was no login


@contextmanager
def statements(desk: Any) -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: bool) -> None:
        if not sql.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            found.append((sql, parameters))

    event.listen(desk.site.db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(desk.site.db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("secret", ["LI_TOKEN", "HAN_TOKEN"])
def test_a_day_costs_at_most_ten_statements_each_with_an_index(desk: Any, midnight: int, secret: str) -> None:
    desk.browser.cookies.clear()
    desk.log_in(secret)
    for number in range(40):
        desk.touch("lin", "li" if secret == "LI_TOKEN" else "han", midnight + number)
    desk.browser.get("/day")  # the rules are read once in a process
    with statements(desk) as found:
        assert desk.browser.get("/day").status_code == 200
    assert len(found) <= 10
    reads = [(sql, values) for sql, values in found if sql.lstrip().startswith("SELECT")]
    assert len(reads) >= 6
    with desk.site.db.reading() as connection:
        raw = connection.connection.driver_connection
        steps = [row[3] for sql, values in reads for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert [step for step in steps if step.startswith("SCAN") and not step.startswith("SCAN rep")
            and "ix_delivery_in_doubt" not in step and "ix_delivery_handed" not in step] == []  # fmt: skip


def test_htmx_is_the_file_that_its_makers_publish() -> None:
    static = Path(engine.web.__file__).parent / "static"
    script = (static / "htmx.min.js").read_bytes()
    assert f'version:"{HTMX[0]}"'.encode() in script
    assert hashlib.sha256(script).hexdigest() == HTMX[1]
    assert "Zero-Clause BSD" in (static / "htmx.LICENSE.txt").read_text(encoding="utf-8")
