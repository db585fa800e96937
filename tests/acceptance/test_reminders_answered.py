"""A reminder's way through the real stages: sent, put off, sent again, answered."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

RULES = """
rules:
  - id: hello
    summary: A first call
    category: care
    on: {since: last_contact, after: 3d}
    for: {tier: gold}
    until: contacted
    steps: [{id: call, at: +0h, remind: owner, template: reminder/contact}]
"""
MONDAY = "2026-02-16T10:00+08:00"


def mails(house: Any) -> list[str]:
    files = (house.folder / "outbox").glob("*.eml")
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]
    return [str(one["Message-ID"]) for one in found if one["To"] == "李雷 <li@example.com>"]


def test_a_reminder_that_was_put_off_comes_again_as_another_message(house: Any) -> None:
    for file in (house.folder / "rules").glob("*.yaml"):
        file.unlink()
    house.write("rules/hello.yaml", RULES)
    house.then("tick")
    house.say("tick", "--now", MONDAY)
    reminder = house.rows("touches", "--rule", "hello")[0]
    assert (reminder["state"], len(mails(house))) == ("delivered", 1)
    ident = str(reminder["id"])
    said = house.say("act", ident, "snooze", "tomorrow", "--now", MONDAY, "--actor", "li")
    assert said.startswith(f"reminder {ident}: snoozed; next for wang:\n")
    house.say("tick", "--now", "2026-02-17T08:00+08:00")
    assert len(mails(house)) == 1
    house.say("tick", "--now", "2026-02-17T10:00+08:00")
    assert len(set(mails(house))) == 2
    row = house.rows("touches", "--rule", "hello")[0]
    assert (row["id"], row["state"], row["reason"]) == (reminder["id"], "delivered", None)
    house.say("act", ident, "reached", "--now", "2026-02-17T11:00+08:00", "--actor", "li")
    again = house.say("act", ident, "no_answer", "--now", "2026-02-17T11:01+08:00", code=1)
    assert again == ""
    assert house.rows("lead", "show", "wang")[0]["contacts"] == 10


def test_an_answer_that_does_not_fit_is_said_in_one_line(house: Any) -> None:
    house.then("tick")
    ident = str(next(row["id"] for row in house.rows("touches") if row["audience"] == "rep"))
    for words, line in (
        (["snoze"], 'unknown answer "snoze"; did you mean "snooze"?'),
        (["snooze"], "snooze needs one word more; write e.g. snooze tomorrow"),
        (["snooze", "soon"], '"soon" is no day; write tomorrow, 3d, 1w or 2026-03-01'),
        (["reached", "him"], 'nothing stands behind "reached", not "him"; what was said is --note'),
        (["hand-over", "lii"], 'there is no rep "lii"; did you mean "li"?'),
    ):
        assert house.call("act", ident, *words, "--now", "2026-02-14T10:00+08:00").stderr == line + "\n"
