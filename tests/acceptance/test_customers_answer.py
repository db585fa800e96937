"""What customers write back, from the mailbox to what `tick` sends, `explain` tells and `status` shows."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

import pytest

from adapters.inbox.letters import Letter, read_letter
from tests.acceptance.conftest import House
from tests.contract.post import absence, answer, bounce, mail

RULES = """
rules:
  - id: tour
    category: sales
    on: {since: registered, after: 1d}
    until: replied
    steps:
      - {id: one, at: 0d 10:00, greet: lead, template: greeting/thanks}
      - {id: two, at: 1d 10:00, greet: lead, template: greeting/thanks}
      - {id: three, at: 3d 10:00, greet: lead, template: greeting/thanks, via: [email, wecom]}
  - id: answered
    category: sales
    on: {outcome: replied}
    steps: [{id: ring, at: +0h, remind: owner, template: reminder/contact}]
"""
LEADS = """\
id,name,email,wecom,owner,timezone,locale,registered_at
ann,Ann,ann@example.com,,li,Asia/Shanghai,en,2026-03-02T09:00
bob,Bob,bob@example.com,,li,Asia/Shanghai,en,2026-03-02T09:00
cat,Cat,cat@example.com,cat@wecom.example,li,Asia/Shanghai,en,2026-03-02T09:00
"""
MONDAY = "2026-03-02T09:00+08:00"


class Home:
    """Three customers in the middle of a sequence, and a maildir."""

    def __init__(self, house: House, more: str = "") -> None:
        self.house, self.count = house, 0
        for file in (house.folder / "rules").glob("*.yaml"):
            file.unlink()
        house.write("rules/tour.yaml", RULES)
        config = house.config.read_text(encoding="utf-8")
        channel = "  email: {kind: file, folder: outbox}\n"
        more = f"  wecom: {{kind: file, folder: chats}}\n\ninbox: {{kind: maildir, path: mail, {more}}}\n"
        house.write("config.yaml", config.replace(channel, channel + more))
        house.say("import", "leads", str(house.write("new.csv", LEADS)), "--now", MONDAY)
        for part in ("new", "cur", "tmp"):
            (house.folder / "mail" / part).mkdir(parents=True)

    def tick(self, at: str) -> None:
        self.house.say("tick", "--now", at)

    def get(self, letter: bytes, at: str) -> None:
        """A letter comes in at that instant."""
        self.count += 1
        path = self.house.folder / "mail" / "new" / f"{self.count}.host"
        path.write_bytes(letter)
        seconds = datetime.fromisoformat(at).timestamp()
        os.utime(path, (seconds, seconds))

    def message_to(self, lead: str) -> str:
        """The Message-ID of what was sent to a lead."""
        return self.letter_to(lead).message_id

    def letter_to(self, lead: str) -> Letter:
        letters = [read_letter(path.read_bytes(), "", 0) for path in (self.house.folder / "outbox").glob("*.eml")]
        return next(one for one in letters if one.to == (f"{lead}@example.com",))

    def states(self, lead: str) -> list[tuple[str, str, str]]:
        rows = self.house.rows("touches", "--lead", lead)
        return [(row["step"], row["state"], row["reason"] or "") for row in rows if row["rule"] == "tour"]


@pytest.fixture
def home(house: House) -> Home:
    home = Home(house)
    for at in ("2026-03-02T10:00+08:00", "2026-03-03T10:00+08:00"):
        home.tick(at)
    return home


def test_answers_end_absences_hold_and_bounces_take_another_way(home: Home) -> None:
    assert [home.states(lead)[0] for lead in ("ann", "bob", "cat")] == [("one", "delivered", "")] * 3
    noon = "2026-03-03T12:00+08:00"
    home.get(answer(home.message_to("ann"), sender="ann@example.com", ident="1@x"), noon)
    away = absence(home.message_to("bob"), "I am away until 6 March.\n", sender="bob@example.com", ident="2@x")
    home.get(away, noon)
    home.get(bounce(home.message_to("cat"), address="cat@example.com", ident="3@x"), noon)
    home.tick("2026-03-03T12:05+08:00")
    home.tick("2026-03-04T10:00+08:00")
    assert home.states("ann")[1:] == [("two", "cancelled", "until")]
    assert home.states("bob")[1] == ("two", "held", "away, back on 2026-03-07")
    assert home.states("cat")[:2] == [("one", "bounced", "bounced 5.1.1"), ("two", "suppressed", "suppression_list")]
    explained = home.house.say("explain", "bob", "--rule", "tour", "--now", "2026-03-04T10:00+08:00")
    assert "away, back on 2026-03-07" in explained
    reminders = [row["lead"] for row in home.house.rows("touches") if row["rule"] == "answered"]
    assert reminders == ["ann"]

    for at in ("2026-03-06T10:00+08:00", "2026-03-06T23:30+08:00"):
        home.tick(at)
        assert {row[1] for row in home.states("bob")[1:]} == {"held"}
    assert home.states("cat")[2] == ("three", "delivered", "")
    assert [row["channel"] for row in home.house.rows("deliveries", "--lead", "cat")] == ["email", "wecom"]
    home.tick("2026-03-07T09:30+08:00")
    assert [row[1] for row in home.states("bob")] == ["delivered"] * 3
    last = "inbox       last read 2026-03-07T09:30:00+08:00; 1 bounce, 1 out_of_office, 1 reply"
    assert last in home.house.say("status")


def test_what_the_inbox_says_on_the_command_line(home: Home, tmp_path: Path) -> None:
    assert home.house.say("inbox", "test") == "INBOX: 0 new\n"
    home.get(mail("Send me an offer.\n", sender="ann@example.com", subject="Offer", ident="1@x"), MONDAY)
    read = home.house.say("inbox", "read", "--now", "2026-03-03T12:00+08:00")
    assert "logged as messaged" in read
    assert [row["kind"] for row in home.house.rows("inbox", "list")] == ["other"]
    (home.house.folder / "mail").rename(tmp_path / "gone")
    said = home.house.call("inbox", "read", "--now", "2026-03-03T12:00+08:00")
    assert said.exit_code == 1
    assert said.stderr == 'the inbox cannot be read: "INBOX" is no maildir: new: No such file or directory\n'
    assert "inbox       away:" in home.house.say("status")


def test_answers_to_the_inbox_are_known_by_their_tag_and_so_is_the_wish_to_get_no_more(house: House) -> None:
    home = Home(house, "reply_to: care@example.com")
    home.tick("2026-03-03T10:00+08:00")
    for lead, subject, body in (("ann", "Re: hi", "Yes.\n"), ("bob", "unsubscribe", "")):
        sent = home.letter_to(lead)
        address = re.findall(r"care\+[0-9a-f]{32}@example.com", sent.headers["reply-to"])[0]
        assert sent.headers["list-unsubscribe"] == f"<mailto:{address}?subject=unsubscribe>"
        raw = mail(body, sender="elsewhere@other.example", subject=subject, ident=f"{lead}@x")
        home.get(raw.replace(b"To: care@example.com", f"To: {address}".encode()), "2026-03-03T12:00+08:00")
    home.tick("2026-03-04T10:00+08:00")
    assert home.states("ann")[1] == ("two", "cancelled", "until")
    assert home.states("bob")[1] == ("two", "suppressed", "suppression_list")


def test_an_address_that_is_mended_is_written_to_again(home: Home) -> None:
    home.get(bounce(home.message_to("cat"), address="cat@example.com"), "2026-03-03T12:00+08:00")
    home.tick("2026-03-03T12:05+08:00")
    home.house.say("lead", "set", "cat", "email=cat.new@example.com", "--now", "2026-03-03T13:00+08:00")
    home.tick("2026-03-04T10:00+08:00")
    assert home.states("cat")[1] == ("two", "delivered", "")
