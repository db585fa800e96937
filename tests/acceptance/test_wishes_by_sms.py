"""Short messages to customers: what holds for every channel holds for this one, and the words are its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.sms_servers import BARRED, OwnGateway

GATEWAY = """
  sms:
    kind: sms
    url: BASE/v1/sms
    networks: [127.0.0.0/8]
    secret: env:SMS_SECRET
    signature: 示例公司
    head: {X-Time: "{time}", X-Signature: "{signature}"}
    body: {to: "{phone}", text: "{text}", ref: "{id}"}
    sign: {by: hmac_sha256, over: "{time}.{body}"}
    answer: {code: status.code, id: messages.0.id, codes: {"0": accepted, "1005": receiver}}
"""
RULE = """
rules:
  - id: wish
    summary: A birthday wish
    category: festive
    on: {date: birthday}
    steps:
      - {id: wish, at: 0d 09:00, greet: lead, template: greeting/birthday, via: [sms, email]}
  - id: call
    summary: Call him
    category: care
    on: {date: birthday}
    steps:
      - {id: call, at: 0d 09:30, remind: owner, template: reminder/contact, via: [sms]}
"""
PHONES = f"id,name,phone\nwang,王芳,138 0000 0000\nchen,陈晨,{BARRED}\n"
EMAIL = "  email: {kind: file, folder: outbox}\n"


@pytest.fixture
def gateway(house: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnGateway]:
    monkeypatch.setenv("SMS_SECRET", "testSecret")
    with OwnGateway() as server:
        for file in (house.folder / "rules").rglob("*.yaml"):
            file.unlink()
        house.write("rules/wish.yaml", RULE)
        config = house.config.read_text(encoding="utf-8")
        house.write("config.yaml", config.replace(EMAIL, EMAIL + GATEWAY.replace("BASE", server.base)))
        house.then("import", "leads", str(house.write("phones.csv", PHONES)))
        house.then("import", "reps", str(house.write("rep.csv", "id,name,phone\nli,李雷,13700000000\n")))
        yield server


def about(gateway: OwnGateway, name: str) -> list[dict[str, Any]]:
    return [body for body in gateway.taken if name in body["text"]]


def ways(house: Any, lead: str) -> list[tuple[str, str, str]]:
    """Where his wish went, and what became of it."""
    wishes = [row for row in house.rows("deliveries", "--lead", lead) if row["audience"] == "lead"]
    return [(row["channel"], row["state"], row["code"]) for row in wishes]


def test_a_customer_and_his_rep_read_short_words_of_their_own(house: Any, gateway: OwnGateway) -> None:
    house.say("tick", "--now", "2026-02-17T10:00+08:00")
    wish, call = sorted(about(gateway, "王芳"), key=lambda body: str(body["to"]), reverse=True)
    assert (wish["to"], call["to"]) == ("+8613800000000", "+8613700000000")
    assert wish["text"] == "【示例公司】王芳，生日快乐！祝您身体健康，事事顺心。李雷敬上 拒收请回复R"
    assert call["text"] == "【示例公司】该联系王芳了，上次联系是 2026-02-13。谈完请记一笔。"
    assert house.rows("deliveries", "--lead", "wang")[0]["remote_id"].startswith("m-")


def test_who_wants_none_gets_a_mail_instead_and_quiet_hours_are_quiet(house: Any, gateway: OwnGateway) -> None:
    house.say("tick", "--now", "2026-02-17T08:00+08:00")
    house.then("suppress", "add", "wang", "--channel", "sms")
    house.say("tick", "--now", "2026-02-17T22:00+08:00")
    assert about(gateway, "王芳") == []
    house.say("tick", "--now", "2026-02-18T09:10+08:00")
    assert [body["to"] for body in about(gateway, "王芳")] == ["+8613700000000"]
    assert ("email", "sent", "written") in ways(house, "wang")


def test_a_number_that_takes_nothing_gets_a_mail_instead(house: Any, gateway: OwnGateway) -> None:
    house.say("tick", "--now", "2026-02-16T10:00+08:00")
    house.say("tick", "--now", "2026-02-16T10:01+08:00")
    assert ways(house, "chen") == [("sms", "failed", "1005"), ("email", "sent", "written")]
    assert BARRED not in [body["to"] for body in gateway.taken]
