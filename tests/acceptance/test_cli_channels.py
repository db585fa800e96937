"""`followup channels`: what an ops person sees before the first reminder goes by chat."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.service.channels.limits import fingerprint
from tests.faults import chat_servers
from tests.faults.chat_servers import DingtalkGroup

EMAIL = "  email: {kind: file, folder: outbox}\n"
DING = "  ding: {kind: dingtalk_bot, webhook: env:DING, secret: env:DING_SECRET, networks: [127.0.0.0/8]}\n"


@pytest.fixture
def chats(house: Any) -> Any:
    config = Path(house.config)
    config.write_text(config.read_text("utf-8").replace(EMAIL, EMAIL + DING), "utf-8")
    return house


def one_sent_and_then_enough(house: Any, credential: str) -> None:
    with closing(sqlite3.connect(house.folder / "followup.sqlite")) as raw, raw:
        raw.execute("INSERT INTO rate_token VALUES (?, 1, 1, '', 4102444800)", [credential])
        raw.execute("INSERT INTO rate_limit VALUES (?, 0, 4102444800)", [credential])


def refused(house: Any, *args: str, code: int) -> str:
    result = house.call(*args)
    assert result.exit_code == code, result.output
    return str(result.stderr)


def test_in_a_rehearsal_a_chat_is_a_folder(chats: Any) -> None:
    email, ding = chats.rows("channels", "list")
    assert (email["reaches"], email["shows"], email["ready"]) == ("lead rep", "mail", "yes")
    assert (ding["reaches"], ding["shows"], ding["ready"]) == ("rep", "markdown", "yes, into files")
    assert chats.say("channels", "test", "ding") == "ding took the test for test\n"
    (letter,) = (chats.folder / "rehearsal" / "ding").glob("*.eml")
    assert b"To: test@no-mail.invalid" in letter.read_bytes()


def test_a_test_goes_the_way_of_real_messages(chats: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chats.end_rehearsal()
    monkeypatch.delenv("DING", raising=False)
    assert chats.rows("channels", "list")[1]["ready"].startswith("the secret env:DING is not set")
    monkeypatch.setattr(chat_servers, "NOW", int(time.time()))
    with DingtalkGroup() as group:
        monkeypatch.setenv("DING", group.url)
        monkeypatch.setenv("DING_SECRET", "SEC1")
        said = chats.say("channels", "test", "ding", "--to", "+8613800138000")
        assert said == "ding took the test for +8613800138000\n"
        ding = chats.rows("channels", "list")[1]
        assert (ding["limit"], ding["used"], ding["closed_until"], ding["ready"]) == ("20", 0, None, "yes")
        one_sent_and_then_enough(chats, fingerprint(group.url))
        ding = chats.rows("channels", "list")[1]
        assert (ding["used"], ding["closed_until"]) == (1, "2100-01-01T08:00:00+08:00")
        assert "测试渠道 ding" in group.taken[0]["markdown"]["text"]
        monkeypatch.setenv("DING_SECRET", "SEC2")
        told = refused(chats, "channels", "test", "ding", code=1)
    assert told.startswith("ding did not take the test for test: permanent: 310000 the robot's security setting")


def test_what_a_colleague_sends_himself_is_taken_and_says_so(chats: Any) -> None:
    chats.end_rehearsal()
    config = Path(chats.config)
    config.write_text(config.read_text("utf-8").replace(EMAIL, EMAIL + "  card: {kind: personal, by: card}\n"), "utf-8")
    said = chats.say("channels", "test", "card")
    assert said == "card took the test for test: what it is handed goes out once a colleague sends it\n"


def test_what_is_no_address_of_a_robot_is_said_in_a_line(chats: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chats.end_rehearsal()
    monkeypatch.setenv("DING", "t0ken-alone")
    monkeypatch.setenv("DING_SECRET", "SEC1")
    assert "env:DING is not the whole address of a robot" in refused(chats, "channels", "test", "ding", code=2)
    assert 'there is no channel "dign"; did you mean "ding"?' in refused(chats, "channels", "test", "dign", code=2)


def test_what_stays_on_this_machine_is_used_in_a_rehearsal(house: Any) -> None:
    config = Path(house.config)
    here = EMAIL + "  relay: {kind: email, host: 127.0.0.1, security: none, from_address: a@example.com}\n"
    config.write_text(config.read_text("utf-8").replace(EMAIL, here + "  wechat: {kind: personal, by: wechat}\n"))
    assert [one["ready"] for one in house.rows("channels", "list")] == ["yes"] * 3


def test_a_greeting_by_chat_is_refused_by_check(chats: Any) -> None:
    chats.write("rules/chat.yaml", """\
rules:
  - id: by-chat
    summary: A wish by chat
    category: festive
    on: {date: birthday}
    steps:
      - {id: wish, at: +0d 09:00, greet: lead, template: greeting/birthday, via: [ding]}
""")
    assert 'R216: channel "ding" does not reach a lead; use email' in refused(chats, "check", code=1)
