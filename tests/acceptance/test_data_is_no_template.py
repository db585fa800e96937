"""A customer whose every text is a template goes through a house: each mail, list and page shows it as he wrote it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from starlette.testclient import TestClient

from engine.service.app import open_app
from engine.service.web import site_for
from engine.web.app import create_app

EVIL = "{{ 1000+337 }}{% if true %}pwned{% endif %}"
LEAD = f'''id,name,salutation,hope,account
wang,"{EVIL}","{EVIL}","{EVIL}","{EVIL}"
'''
TALK = f'''id,lead,at,outcome,purpose,note,benefit
t1,wang,2026-02-14T09:00,reached,call,"{EVIL}","{EVIL}"
'''
OWED = f'''id,lead,kind,product,at,note
r1,wang,purchase,"{EVIL}",2026-02-10T09:00,"{EVIL}"
'''
REP = f'''id,name,email,role
li,"{EVIL}",li@example.com,rep
'''
WEB = """
web:
  base_url: https://f.example
  keys: [file:web.key]
  tokens: [{name: li-phone, role: rep, rep: li, secret: env:LI_TOKEN}]
"""


def pages(house: Any) -> list[str]:
    with open_app(house.config, now=1_771_300_000) as app:
        browser = TestClient(create_app(site_for(app)), base_url="https://f.example")
        csrf = browser.get("/login").text.split('name="csrf" value="')[1].split('"')[0]
        browser.post("/login", data={"csrf": csrf, "token": "nobody-guesses-this-one", "next": "/"})
        return [browser.get(path).text for path in ("/day", "/week", "/lead/wang", "/drafts", "/report/daily", "/pool")]


def test_it_is_shown_as_it_was_written(house: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("LI_TOKEN", "nobody-guesses-this-one")
    house.write("config.yaml", house.config.read_text(encoding="utf-8") + WEB)
    for what, text in (("reps", REP), ("leads", LEAD), ("interactions", TALK), ("records", OWED)):
        house.then("import", what, str(house.write(f"evil-{what}.csv", text)))
    house.then("tick")
    for draft in house.rows("touches", "--state", "draft"):
        house.call("approve", str(draft["id"]), "--actor", "li")  # which refuses what looks like a gap to be filled in
    for at in ("2026-02-16T09:30+08:00", "2026-02-17T09:30+08:00"):
        house.say("tick", "--now", at)
    with closing(sqlite3.connect(house.folder / "followup.sqlite")) as book:
        mails = book.execute("SELECT rule, audience, subject || text || html FROM delivery").fetchall()
    html = house.folder / "plan.html"
    house.then("plan", "--from", "2026-02-14", "--to", "2026-02-20", "--html", str(html))
    shown = [
        html.read_text("utf-8"), house.say("lead", "show", "wang"), house.then("report", "daily"),
        house.then("preview", "greeting/birthday", "--lead", "wang"), house.then("explain", "wang"), *pages(house),
    ]  # fmt: skip
    everything = [*shown, *(text for _, _, text in mails)]
    assert [text for text in everything if "1337" in text] == []
    assert {audience for _, audience, text in mails if EVIL in text} >= {"lead", "rep"}
    assert {rule for rule, _, text in mails if EVIL in text} >= {"birthday", "morning"}, "a greeting, a digest"
    assert sum(EVIL in text for text in shown) >= 6
    assert [text for text in everything if "pwned" in text and EVIL not in text] == []
