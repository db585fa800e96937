"""From the link in a mail to the next mail that does not come, by the command line and the page."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from engine.service.app import open_app
from engine.service.web import site_for
from engine.web.app import create_app

WEB = "web: {base_url: https://f.example, keys: [file:web.key]}\n"
BIRTHDAY = "2026-02-17T10:00+08:00"
RULE = """
rules:
  - id: wish
    summary: A birthday wish
    category: festive
    on: {date: birthday}
    steps:
      - {id: wish, at: 0d 09:00, greet: lead, template: greeting/birthday, via: [email]}
      - {id: again, at: 1d 09:00, greet: lead, template: greeting/birthday, via: [email]}
"""


def mails(folder: Path) -> list[Any]:
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (folder / "outbox").glob("*.eml")]


def click(house: Any, url: str) -> int:
    with open_app(house.config, now=1_771_300_000) as app:
        browser = TestClient(create_app(site_for(app)), base_url="https://f.example")
        return int(browser.post(url, data={"List-Unsubscribe": "One-Click"}).status_code)


def test_one_click_in_a_mail_stops_the_next_one_and_is_told_of(house: Any) -> None:
    for file in (house.folder / "rules").rglob("*.yaml"):
        file.unlink()
    house.write("rules/wish.yaml", RULE)
    house.write("config.yaml", house.config.read_text(encoding="utf-8") + WEB)
    house.say("tick", "--now", BIRTHDAY)
    mail, = [one for one in mails(house.folder) if "wang@" in one["To"]]
    url = mail["List-Unsubscribe"].strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in mail.get_body(("plain",)).get_content()
    assert url in mail.get_body(("html",)).get_content()
    assert click(house, url) == 200
    assert house.rows("suppress", "list", "--lead", "wang")[0]["reason"] == "unsubscribed by link"
    house.say("tick", "--now", "2026-02-18T10:00+08:00")
    found = {row["step"]: (row["state"], row["reason"]) for row in house.rows("touches", "--lead", "wang")}
    assert found == {"wish": ("delivered", None), "again": ("suppressed", "suppression_list")}
    assert "stopped: festive by email since " in house.say("explain", "wang")


def test_entries_are_put_on_the_list_and_taken_off_again_by_hand(house: Any) -> None:
    entry = ("wang", "--channel", "email", "--category", "sales")
    assert house.then("suppress", "add", *entry) == "wang gets no more sales by email\n"
    assert house.then("suppress", "add", *entry) == "wang got already no more sales by email\n"
    assert house.then("suppress", "remove", *entry) == "no longer on the list: wang, no more sales by email\n"
    assert house.then("suppress", "remove", *entry) == "not on the list: wang, no more sales by email\n"
    assert house.rows("suppress", "list") == []
    for words, line in (
        (("wnag",), 'there is no lead "wnag"; did you mean "wang"?'),
        (("wang", "--channel", "emial"), 'unknown channel "emial"; did you mean "email"?'),
        (("wang", "--category", "sale"), 'unknown category "sale"; did you mean "sales"?'),
    ):
        assert house.call("suppress", "add", *words).stderr == line + "\n"
