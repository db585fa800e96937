"""One confidential customer through every stage, and what lists, plans, reports and the book tell of him afterwards."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

NOW = "2026-02-14T10:00+08:00"
BIRTHDAY = "2026-02-17T09:00+08:00"
SECRET = "王芳"


def ask(house: Any, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(house.folder / "followup.sqlite")) as connection:
        return connection.execute(query).fetchall()


def test_a_confidential_customer_is_named_to_nobody_but_him_and_his_own(house: Any) -> None:
    house.then("lead", "set", "wang", "confidential=true", "hope=秘密")
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
    ]  # fmt: skip
    page = house.folder / "plan.html"
    house.then("plan", "--from", "2026-02-14", "--to", "2026-02-20", "--html", str(page))
    shown.append(page.read_text("utf-8"))
    assert [text for text in shown if SECRET in text] == []
    assert "wang" in shown[1]

    house.then("lead", "export", "wang", "--actor", "dpo")
    assert ask(house, "SELECT visitor, lead FROM look") == [("dpo", "wang")]
    to_others = ask(house, f"SELECT receiver, text FROM delivery WHERE receiver <> 'li' AND text LIKE '%{SECRET}%'")
    assert to_others == []
