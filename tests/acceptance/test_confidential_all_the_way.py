"""One confidential customer from a file to reports and away with a delegate: who is told what of him, and who looked.

That no line of a log names him is asked of every test, and of this one too: see tests/canaries.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from engine.cli.common import os_user

BIRTHDAY = "2026-02-17T09:00+08:00"
SECRET = "王芳"
WORDS = (SECRET, "秘密", "他的病", "wang@example.com")
LEADS = "id,name,confidential,hope\nwang,王芳,true,秘密\n"
TALKS = "id,lead,at,outcome,note\nt1,wang,2026-02-13T10:00,reached,他的病\n"
REPS = """\
id,name,email,manager,absent_from,absent_to,delegate
li,李雷,li@example.com,han,{away},xu
xu,徐,xu@example.com,han,,,
"""


def ask(house: Any, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(house.folder / "followup.sqlite")) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def house(house: Any) -> Any:
    """With the file that says that he is confidential, and one of what was said with him."""
    for what, text in (("leads", LEADS), ("interactions", TALKS), ("reps", REPS.format(away=","))):
        house.then("import", what, str(house.write(f"more-{what}.csv", text)))
    return house


def test_a_confidential_customer_is_named_to_nobody_but_him_and_his_own(house: Any) -> None:
    house.then("tick")
    draft = house.rows("touches", "--state", "draft")[0]
    assert draft["lead"] == "wang"
    house.then("approve", str(draft["id"]), "--actor", "li")
    house.say("tick", "--now", BIRTHDAY)

    sent = ask(house, "SELECT subject, text, html FROM delivery WHERE lead = 'wang' AND state = 'sent'")
    assert sent
    assert set(sent) == {("", "", "")}
    assert ask(house, "SELECT text FROM draft") == []
    other = ask(house, "SELECT text FROM delivery WHERE lead = 'chen' AND state = 'sent'")
    assert other
    assert all(text for (text,) in other)

    shown = [
        house.then("plan", "--from", "2026-02-14", "--to", "2026-02-20"), house.say("touches"), house.say("deliveries"),
        house.then("status"), house.say("lead", "show", "chen"), house.then("report", "daily"),
        house.say("lead", "find", "wang"), house.say("lead", "find", SECRET, "--json"),
    ]  # fmt: skip
    page = house.folder / "plan.html"
    house.then("plan", "--from", "2026-02-14", "--to", "2026-02-20", "--html", str(page))
    shown.append(page.read_text("utf-8"))
    assert [text for text in shown for word in WORDS if word in text] == []
    assert "wang" in shown[1]
    assert ask(house, "SELECT count(*) FROM look") == [(0,)], "lists are no looks at him"

    to_others = ask(house, f"SELECT receiver, text FROM delivery WHERE receiver <> 'li' AND text LIKE '%{SECRET}%'")
    assert to_others == []


def test_who_reads_about_him_alone_sees_less_and_is_put_down(house: Any) -> None:
    previewed, explained = house.then("preview", "greeting/birthday", "--lead", "wang"), house.then("explain", "wang")
    assert "王…，生日快乐" in previewed
    assert explained.startswith("wang  王…  at ")
    assert [text for text in (previewed, explained) for word in WORDS if word in text] == []
    file = house.say("lead", "show", "wang")
    assert [word for word in WORDS if word not in file] == [], "his file is whole"
    house.then("lead", "export", "wang", "--actor", "dpo")
    me = os_user()
    looks = ask(house, "SELECT visitor, lead, role, page FROM look ORDER BY id")
    assert looks == [
        (me, "wang", "cli", "preview"), (me, "wang", "cli", "explain"), (me, "wang", "cli", "lead show"),
        ("dpo", "wang", "cli", "lead export"),
    ]  # fmt: skip
    house.say("lead", "show", "chen")
    assert len(ask(house, "SELECT id FROM look")) == len(looks), "others are looked at as before"


def test_a_delegate_who_is_not_his_reps_manager_is_told_of_the_others_only(house: Any) -> None:
    house.then("import", "reps", str(house.write("away.csv", REPS.format(away="2026-02-01,2026-02-20"))))
    house.then("tick")
    told = ask(house, "SELECT lead, text || subject FROM delivery WHERE receiver = 'xu'")
    waits = ask(house, "SELECT DISTINCT receiver, state FROM touch WHERE lead = 'wang' AND absent = 'li'")
    assert waits == [("li", "planned")], "his reminders wait for his rep"
    assert {lead for lead, _ in told} >= {"chen"}
    assert [text for lead, text in told for word in WORDS if word in text or lead == "wang"] == []
