"""What customers, colleagues and the world say of themselves is text in every form of message, never a template."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from engine.settings.chat_model import FeishuBot, WecomApp
from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.store.circumstance_tables import circumstance
from engine.store.database import Database
from engine.store.ledger import delivery
from engine.store.tables import account, interaction, last_talk, lead, rep
from engine.store.upgrade import create_all
from tests.contract.composing import World
from tests.contract.outbox import NOON

EVIL = "{{ 1000+337 }}{% if true %}pwned{% endif %}{# gone #}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    db = Database(f"sqlite:///{tmp_path / 'book.sqlite'}")
    create_all(db)
    found = World(db)
    with db.writing() as connection:
        words = dict.fromkeys(("name", "salutation", "hope", "grade", "temperament", "loyalty"), EVIL)
        connection.execute(update(lead).values(**words, attrs={"hobby": EVIL}))
        connection.execute(update(account).values(name=EVIL))
        connection.execute(update(rep).values(name=EVIL, wecom="li.na", feishu="on_1"))
        connection.execute(update(circumstance).values(kind=EVIL, severity=EVIL, attrs={"host": EVIL}))
        connection.execute(insert(interaction).values(
            id="i1", lead="wang", at=NOON, logged_at=NOON, outcome="reached", effective=True, note=EVIL, benefit=EVIL,
            next_step=EVIL))
        connection.execute(insert(last_talk).values(lead="wang", word="phone", at=NOON, interaction="i1"))
    yield found
    db.close()


def test_no_form_of_message_carries_it_out(world: World) -> None:
    channels = world.settings.channels | {
        "wecom": WecomApp(kind="wecom_app", corp_id="ww1", agent_id=7, secret="env:S"),
        "group": FeishuBot(kind="feishu_bot", webhook="env:W"), "card": Personal(kind="personal", by="card"),
    }  # fmt: skip
    world.settings = Settings(channels=channels)
    for number, via in enumerate(("email", "sms", "card")):
        world.release(f"wish{number}", via=[via])
    about = {"audience": "rep", "receiver": "li", "anchor": "flood:circumstance#c1"}
    for number, (step, via) in enumerate((s, v) for s in ("call", "talk") for v in ("email", "wecom", "group", "desk")):
        world.release(f"call{number}", step=step, via=[via], **about)
    for _ in range(2):
        world.compose()
    written = [(row.channel, part) for row in world.rows(delivery) for part in (row.subject, row.text, row.html)]
    assert {channel for channel, _ in written} == {"email", "sms", "card", "wecom", "group", "desk"}
    assert [text for _, text in written if "1337" in text] == []
    assert [text for _, text in written if "pwned" in text and EVIL not in text] == []
    assert {channel for channel, text in written if EVIL in text} == {channel for channel, _ in written}
