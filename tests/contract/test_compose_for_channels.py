"""What a delivery holds on each kind of channel: links, words to copy, and who is told in a group."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import update

from engine.domain.links import Purpose, verify
from engine.settings.chat_model import FeishuBot, WecomApp, WecomBot
from engine.settings.local_model import FileChannel
from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.settings.wecom_external_model import WecomExternal
from engine.stages.compose.links import Links, task_of
from engine.stages.compose.shelf import Shelf
from engine.store.database import Database
from engine.store.ledger import delivery, generation
from engine.store.tables import lead, rep
from tests.contract.composing import TEMPLATES, OneRule, World
from tests.contract.outbox import NOON

ROOT = Path(__file__).parents[2]
LOOK = ("base/task.html.j2", "base/frame.html.j2", "base/links.html.j2")


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_links_go_to_us_and_never_to_the_customer(world: World) -> None:
    world.shelf = Shelf(OneRule(), Links("https://x.example", ("a-key-of-sixteen-characters",)))
    world.release()
    world.release("k|wang|a|call|li", step="links", audience="rep", receiver="li", action="remind")
    world.compose()
    wish, call = (row.text for row in world.rows(delivery))
    assert "x.example" not in wish
    assert call.count("https://x.example/act/") == 4


def test_a_reminder_by_chat_has_its_links_below_and_none_in_the_text(world: World) -> None:
    chat = WecomApp(kind="wecom_app", corp_id="ww1", agent_id=7, secret="env:S")
    robot = WecomBot(kind="wecom_bot", webhook="env:W")
    world.settings = Settings(channels={"wecom": chat, "group": robot})
    world.shelf.links = Links("https://x.example", ("a-key-of-sixteen-characters",))
    with world.db.writing() as connection:
        connection.execute(update(rep).values(wecom="li.na"))
    for key, via in (("k1", "wecom"), ("k2", "group")):
        world.release(key, step="call", audience="rep", receiver="li", anchor="flood:circumstance#c1", via=[via])
    world.compose()
    alone, group = world.rows(delivery)
    text, _, *links = alone.text.split("\n")
    assert (alone.address, alone.subject, text, alone.html) == ("li.na", "To Li Na", "A 3 flood", "")
    assert [link.partition("](")[0] for link in links][::3] == ["[已联系上", "[更多：记录、约见……"]
    assert group.address == "li.na"


def test_a_rep_is_told_what_to_send_himself_with_the_words_to_copy(world: World) -> None:
    card = Personal(kind="personal", by="card")
    world.settings = Settings(channels=world.settings.channels | {"card": card})
    world.release(via=["card", "email"], expires_at=NOON + 9)
    assert [world.compose(), world.compose(), world.compose()] == [{"composed": 1}, {"composed": 1}, {}]
    wish, told = world.rows(delivery)
    assert (wish.channel, wish.address, wish.text) == ("card", "lead#wang", "2026-02-19 3 Acme Li Na\n")
    assert (told.audience, told.address, told.run_at, told.expires_at) == ("rep", "li@example.com", NOON, NOON + 9)
    assert told.subject == "请手写一张贺卡，寄给Wang <Fang>"
    assert wish.text in told.text
    assert f"followup resolve {wish.id} sent|unreached|drop" in told.text


@pytest.mark.parametrize(("region", "subject", "days"), [
    (None, "请手写一张贺卡，最晚 2026-02-16 寄给Wang <Fang>", 3),
    ("440106", "请手写一张贺卡，最晚 2026-02-17 寄给Wang <Fang>", 2),
    ("54", "请手写一张贺卡，最晚 2026-02-16 寄给Wang <Fang>", 10),
])  # fmt: skip
def test_a_rep_is_told_by_when_a_card_is_posted(
    world: World, region: str | None, subject: str, days: int
) -> None:
    """By the region of today; today, where that day had passed before he heard of it."""
    card = Personal(kind="personal", by="card", days_ahead={"else": 3, "44": 2, "54": 10})
    world.settings = Settings(channels=world.settings.channels | {"card": card})
    with world.db.writing() as connection:
        connection.execute(update(lead).values(region=region))
    world.release(via=["card", "email"], expires_at=NOON + 9)
    world.compose()
    world.compose()
    _, told = world.rows(delivery)
    assert (told.subject, told.html) == (subject, "")
    assert f"这张贺卡是为 2026-02-19 准备的，邮寄需要 {days} 天。" in told.text


def test_a_task_by_mail_looks_like_every_mail_of_ours(world: World) -> None:
    """With the shipped look: the words apart, and buttons instead of long links."""
    shipped = {name: (ROOT / "templates" / name).read_text("utf-8") for name in LOOK}
    world.settings = Settings(channels=world.settings.channels | {"wechat": Personal(kind="personal", by="wechat")})
    world.shelf.links = Links("https://x.example", ("a-key-of-sixteen-characters",))
    with world.db.writing() as connection:
        connection.execute(update(generation).values(templates=TEMPLATES | shipped))
    world.release(via=["wechat", "email"])
    world.compose()
    world.compose()
    _, told = world.rows(delivery)
    assert ">2026-02-19 3 Acme Li Na</td>" in told.html
    assert len(re.findall(r'href="https://x.example/task/\S+\?do=\w+"', told.html)) == 3
    assert "请用您自己的微信发给Wang &lt;Fang&gt;" in told.html


def test_what_came_of_it_is_said_with_one_tap(world: World) -> None:
    world.settings = Settings(channels=world.settings.channels | {"wechat": Personal(kind="personal", by="wechat")})
    key = "a-key-of-sixteen-characters"
    world.shelf.links = Links("https://x.example", (key,))
    world.release(via=["wechat", "email"])
    world.compose()
    world.compose()
    wish, told = world.rows(delivery)
    found = re.findall(r"^(\S+): https://x.example/task/(\S+)\?do=(\w+)$", told.text, re.MULTILINE)
    assert [(label, kind) for label, _, kind in found] == [
        ("已完成", "sent"), ("联系不上", "unreached"), ("不再需要", "drop")
    ]
    assert task_of(verify(found[0][1], Purpose.TASK, [key], NOON)) == (wish.id, "li")


def test_what_a_member_confirms_goes_from_him_to_his_contact(world: World) -> None:
    contacts = WecomExternal(kind="wecom_external", corp_id="ww1", secret="env:S")
    world.settings = Settings(channels=world.settings.channels | {"contacts": contacts})
    with world.db.writing() as connection:
        connection.execute(update(lead).values(wecom="wmA"))
    world.release("k1", via=["contacts", "sms"])
    assert world.compose() == {"composed": 1}
    with world.db.writing() as connection:
        connection.execute(update(rep).values(wecom="li.min"))
    world.release("k2", via=["contacts", "sms"])
    assert world.compose() == {"composed": 1}
    found = [(row.channel, row.address) for row in world.rows(delivery)]
    assert found == [("sms", "+86138"), ("contacts", "li.min/wmA")]


def test_without_a_rep_and_after_a_card_that_failed_the_mail_goes_out_on_the_day(world: World) -> None:
    card = Personal(kind="personal", by="card", days_ahead=7)
    world.settings = Settings(channels=world.settings.channels | {"card": card})
    world.release(via=["card", "email"], via_index=1)
    with world.db.writing() as connection:
        connection.execute(update(lead).values(owner=None))
    world.release("k2", via=["card", "email"])
    assert world.compose() == {"composed": 2}
    assert [(row.channel, row.run_at) for row in world.rows(delivery)] == [("email", NOON + 7 * 86_400)] * 2


def test_in_place_of_a_card_begun_by_region_the_mail_waits_for_the_day_itself(world: World) -> None:
    card = Personal(kind="personal", by="card", days_ahead={"else": 3, "44": 2, "54": 10})
    world.settings = Settings(channels=world.settings.channels | {"card": card})
    world.release("k1", step="card", via=["card", "email"], via_index=1)
    world.release("k2", step="card", via=["card", "email"], via_index=1, due_at=NOON - 7 * 86_400)
    world.compose()
    on_the_day = NOON + 3 * 86_400
    assert [(row.channel, row.run_at) for row in world.rows(delivery)] == [("email", on_the_day)] * 2


def test_what_its_author_begins_early_is_not_put_off_to_the_day_itself(world: World) -> None:
    """An invitation of three weeks ahead: the mail comes as much later as the post takes at the least."""
    card = Personal(kind="personal", by="card", days_ahead={"else": 3, "44": 2, "54": 10})
    world.settings = Settings(channels=world.settings.channels | {"card": card})
    world.release(step="early", via=["card", "email"], via_index=1, due_at=NOON - 17 * 86_400)
    world.compose()
    assert [row.run_at for row in world.rows(delivery)] == [NOON - 15 * 86_400]


def test_a_mail_before_a_card_keeps_to_its_own_day(world: World) -> None:
    """Though the step was begun ten days ahead, for the card to be there should the mail not reach him."""
    card = Personal(kind="personal", by="card", days_ahead={"else": 3, "44": 2, "54": 10})
    world.settings = Settings(channels=world.settings.channels | {"card": card})
    world.release(step="card", via=["email", "card"], due_at=NOON - 7 * 86_400)
    world.compose()
    assert [(row.channel, row.run_at) for row in world.rows(delivery)] == [("email", NOON + 86_400)]


def test_a_group_hears_nothing_of_a_confidential_customer(world: World) -> None:
    robot = WecomBot(kind="wecom_bot", webhook="env:W")
    world.settings = Settings(channels={"group": robot, "desk": FileChannel(kind="file", folder="desk")})
    with world.db.writing() as connection:
        connection.execute(update(lead).values(confidential=True))
    call = {"step": "links", "audience": "rep", "receiver": "li"}
    alone, next_one = world.release("k1", via=["group"], **call), world.release("k2", via=["group", "desk"], **call)
    world.compose()
    assert (world.touch(alone).reason, world.touch(next_one).via_index) == ("no_address", 1)


def test_a_rep_without_a_name_in_the_chat_is_still_told_in_his_group(world: World) -> None:
    world.settings = Settings(channels={"group": FeishuBot(kind="feishu_bot", webhook="env:W")})
    world.release(step="links", audience="rep", receiver="li", via=["group"])
    world.compose()
    assert world.rows(delivery)[0].address == "rep#li"
