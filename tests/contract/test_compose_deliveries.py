"""From released touches to pending deliveries, on both databases."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from engine.domain.keys import event_uid, meeting_key
from engine.domain.links import Purpose, verify
from engine.domain.words import Action, Misfire
from engine.rulebook.model import At, Rule, Step
from engine.rulebook.trigger_kinds import DateTrigger
from engine.settings.chat_model import FeishuBot, WecomApp, WecomBot
from engine.settings.local_model import FileChannel
from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.settings.wecom_external_model import WecomExternal
from engine.stages.compose.compose import compose
from engine.stages.compose.links import Links, task_of
from engine.stages.compose.shelf import Shelf
from engine.store.circumstance_tables import circumstance
from engine.store.database import Database
from engine.store.ledger import delivery, delivery_event, draft, generation, occasion, touch
from engine.store.outbox import compose_rows
from engine.store.tables import account, interaction, lead, record, rep
from tests.contract.outbox import NOON

MAIL = "{% block subject %}To {{ receiver.name }}{% endblock %}{% block body %}BODY{% endblock %}"
TEMPLATES = {
    "greeting/x/mail.en.txt.j2": MAIL.replace(
        "BODY", "{{ occasion.date }} {{ occasion.nth }} {{ lead.account }} {{ rep.name }}"
        "{% for m in merged %} +{{ m.summary }} {{ m.date }}{% endfor %}"
    ),
    "greeting/x/mail.en.html.j2": "<p>{{ lead.name }}</p>",
    "reminder/x/mail.en.txt.j2": MAIL.replace(
        "BODY", "{{ lead.grade }} {{ occasion.days_left }} {{ circumstance.kind }}"
    ),
    "reminder/talk/mail.en.txt.j2": MAIL.replace(
        "BODY", "{{ lead.last_talk }}|{{ record.product }} {{ record.amount }}|{{ occasion.time }}"
    ),
    "reminder/links/mail.en.txt.j2": MAIL.replace("BODY", "{% for link in links %}{{ link.url }} {% endfor %}"),
    "greeting/broken/mail.en.txt.j2": MAIL.replace("BODY", "{{ lead.grade }}"),
}  # fmt: skip


def step(ident: str, template: str, **more: Any) -> Step:
    return Step(ident, At(), Action.GREET, "lead", template, "festive", Misfire.ONCE, **more)


RULE = Rule("birthday", "Birthday wish", "festive", DateTrigger("birthday"), (
    step("wish", "greeting/x"), step("call", "reminder/x", urgent=True, window="office"),
    step("talk", "reminder/talk", invite=True), step("links", "reminder/links"),
    step("broken", "greeting/broken"), step("gone", "greeting/gone"),
))  # fmt: skip


class OneRule:
    def active(self, _connection: Any) -> None:
        return None

    def rule(self, _connection: Any, rule_id: str, revision: str) -> Rule | None:
        return RULE if (rule_id, revision) == ("birthday", "r1") else None


class World:
    """A lead with an account, his owner, an occasion on 2026-02-19, and generation 1."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.shelf = Shelf(OneRule())
        kinds = {"email": ("lead", "rep"), "sms": ("lead", "rep"), "desk": ("rep",)}
        self.settings = Settings(
            channels={name: FileChannel(kind="file", folder=name, receivers=who) for name, who in kinds.items()}
        )
        with db.writing() as connection:
            connection.execute(insert(generation).values(
                id=1, digest="d", loaded_at=0, rules={}, templates=TEMPLATES, active=True))
            connection.execute(insert(account).values(id="acme", name="Acme"))
            connection.execute(insert(lead).values(
                id="wang", shard=0, name="Wang <Fang>", account="acme", owner="li", grade="A", country="CN",
                timezone="Asia/Shanghai", locale="en", registered_at=0, email="wang@example.com", phone="+86138"))
            connection.execute(insert(rep).values(
                id="li", name="Li Na", email="li@example.com", timezone="Asia/Shanghai", locale="zh-Hans"))
            connection.execute(insert(circumstance).values(
                id="c1", kind="flood", scope="lead", lead="wang", starts_at=NOON, actor="ops", recorded_at=NOON))
            for anchor in ("birthday:date#1:2026", "flood:circumstance#c1"):
                connection.execute(insert(occasion).values(
                    rule="birthday", lead="wang", anchor=anchor, shard=0, revision="r1", generation=1,
                    occurs_on="2026-02-19", nth=3, born_at=0, counts_from_at=0))

    def release(self, key: str = "k1", **more: Any) -> int:
        row = {
            "occurrence_key": key, "rule": "birthday", "lead": "wang", "anchor": "birthday:date#1:2026",
            "step": "wish", "receiver": "wang", "shard": 0, "revision": "r1", "generation": 1, "action": "greet",
            "audience": "lead", "category": "festive", "priority": 100, "nominal_at": NOON, "due_at": NOON,
            "day_on": "2026-02-16", "state": "released", "judged_version": 0, "via": ["email"],
        } | more  # fmt: skip
        with self.db.writing() as connection:
            return int(connection.execute(insert(touch).values(row).returning(touch.c.id)).scalar_one())

    def compose(self) -> dict[str, int]:
        return compose(self.db, self.shelf, self.settings, NOON)

    def rows(self, table: Any) -> list[Any]:
        with self.db.reading() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)).all())

    def touch(self, ident: int) -> Any:
        return next(row for row in self.rows(touch) if row.id == ident)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_a_released_touch_becomes_one_pending_delivery_with_its_text_frozen(world: World) -> None:
    world.release(expires_at=NOON + 9)
    assert world.compose() == {"composed": 1}
    (row,) = world.rows(delivery)
    assert (row.state, row.run_at, row.expires_at, row.channel) == ("pending", NOON, NOON + 9, "email")
    assert (row.subject, row.text) == ("To Wang <Fang>", "2026-02-19 3 Acme Li Na\n")
    assert row.html == "<p>Wang &lt;Fang&gt;</p>"
    assert (row.address, row.reply_to, row.reply_to_name) == ("wang@example.com", "li@example.com", "Li Na")
    assert (row.window, row.timezone, row.urgent) == ("lead", "Asia/Shanghai", False)
    assert [event.state for event in world.rows(delivery_event)] == ["pending"]
    assert row.appointment is None


def test_composing_again_writes_nothing(world: World) -> None:
    world.release()
    world.compose()
    assert world.compose() == {}
    assert len(world.rows(delivery)) == 1


def test_the_message_id_is_that_of_the_occurrence_on_its_channel(world: World) -> None:
    for key in ("k1", "k2"):
        world.release(key)
    world.compose()
    ids = [row.message_id for row in world.rows(delivery)]
    assert len(set(ids)) == 2
    assert all(ident.endswith("@followup.invalid>") for ident in ids)


def test_a_rep_sees_what_a_customer_must_not_and_the_step_says_when(world: World) -> None:
    world.release(step="call", audience="rep", receiver="li", anchor="flood:circumstance#c1")
    world.compose()
    (row,) = world.rows(delivery)
    assert (row.text, row.address, row.reply_to) == ("A 3 flood\n", "li@example.com", "")
    assert (row.window, row.urgent) == ("office", True)


@pytest.mark.parametrize(("confidential", "said"), [(False, "wants a sample"), (True, "")])
def test_a_rep_reads_what_was_said_last_and_what_it_is_about(world: World, confidential: bool, said: str) -> None:
    anchor = "appointment.starts:record#r1@20260216T040000Z"
    with world.db.writing() as connection:
        connection.execute(update(lead).values(confidential=confidential))
        for at, effective, note in ((5, True, "old"), (6, True, "wants a\n sample"), (7, False, "engaged")):
            connection.execute(insert(interaction).values(
                id=str(at), lead="wang", at=at, logged_at=at, outcome="reached", effective=effective, note=note))
        connection.execute(insert(record).values(id="r1", lead="wang", kind="appointment", product="P40", amount=12800))
        connection.execute(insert(occasion).values(
            rule="birthday", lead="wang", anchor=anchor, shard=0, revision="r1", generation=1, occurs_at=NOON,
            born_at=0, counts_from_at=0))
    world.release(step="talk", audience="rep", receiver="li", anchor=anchor)
    world.compose()
    (row,) = world.rows(delivery)
    hour = datetime.fromtimestamp(NOON, ZoneInfo("Asia/Shanghai")).strftime("%H:%M")
    assert row.text == f"{said}|P40 12,800|{hour}\n"
    uid = event_uid(meeting_key("r1"), world.settings.company.domain)
    assert row.appointment == {"uid": uid, "starts_at": NOON, "minutes": 60, "sequence": 0, "invite": True}


def test_merged_occasions_are_named_in_the_survivors_text(world: World) -> None:
    survivor = world.release()
    world.release("k2", state="merged", merged_into=survivor)
    world.compose()
    assert world.rows(delivery)[0].text == "2026-02-19 3 Acme Li Na +Birthday wish 2026-02-19\n"


def test_a_signed_text_is_sent_as_it_was_signed(world: World) -> None:
    ident = world.release(signed_by="li", signed_at=NOON)
    with world.db.writing() as connection:
        connection.execute(insert(draft).values(touch=ident, subject="Mine", text="As signed.\n", written_at=0))
    world.compose()
    assert (world.rows(delivery)[0].subject, world.rows(delivery)[0].text) == ("Mine", "As signed.\n")


def test_a_channel_without_an_address_is_passed_over(world: World) -> None:
    with world.db.writing() as connection:
        connection.execute(update(lead).values(email=None))
    ident = world.release(via=["email", "desk", "unknown", "sms"])
    assert world.compose() == {"composed": 1}
    assert (world.rows(delivery)[0].channel, world.rows(delivery)[0].address) == ("sms", "+86138")
    assert world.touch(ident).via_index == 3


@pytest.mark.parametrize(("more", "reason"), [
    ({"via": []}, "no_address"), ({"via": ["desk"]}, "no_address"),
    ({"receiver": "", "audience": "rep"}, "no_receiver"), ({"lead": "nobody", "receiver": "nobody"}, "no_receiver"),
])  # fmt: skip
def test_a_touch_that_reaches_nobody_is_a_dead_letter(world: World, more: dict[str, Any], reason: str) -> None:
    ident = world.release(**more)
    assert world.compose() == {reason: 1}
    assert (world.touch(ident).state, world.touch(ident).reason) == ("dead", reason)
    assert world.rows(delivery) == []


@pytest.mark.parametrize("more", [{"step": "broken"}, {"step": "gone"}, {"step": "none"}, {"revision": "r0"},
                                  {"generation": 7}])  # fmt: skip
def test_a_text_that_cannot_be_written_is_a_dead_letter_and_a_note_to_the_owner(
    world: World, more: dict[str, Any]
) -> None:
    ident = world.release(**more)
    assert world.compose() == {"render_error": 1}
    assert (world.touch(ident).state, world.touch(ident).reason) == ("dead", "render_error")
    assert world.compose() == {"composed": 1}
    (row,) = world.rows(delivery)
    assert (row.address, row.audience) == ("li@example.com", "rep")
    assert "wang" in row.text
    assert "birthday" in row.subject
    assert world.compose() == {}


def test_one_bad_text_does_not_keep_the_others_from_being_written(world: World) -> None:
    for n in range(3):
        world.release(f"k{n}", step="broken" if n == 1 else "wish")
    assert world.compose() == {"composed": 2, "render_error": 1}


def test_a_bad_zone_in_one_row_falls_back_to_the_default(world: World) -> None:
    with world.db.writing() as connection:
        connection.execute(update(lead).values(timezone="Mars/Olympus", last_contact_at=NOON))
    world.release()
    assert world.compose() == {"composed": 1}
    assert world.rows(delivery)[0].timezone == "Asia/Shanghai"


def test_a_row_that_makes_no_sense_ends_its_own_touch_only(world: World) -> None:
    world.release("k1")
    world.release("k2", day_on="someday")
    assert world.compose() == {"composed": 1, "render_error": 1}


def test_a_touch_judged_again_while_it_was_rendered_is_left_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = world.release()
    still_to_write = compose_rows.still_to_write

    def judged_meanwhile(connection: Any, *what: Any) -> set[int]:
        connection.execute(update(touch).where(touch.c.id == ident).values(judged_version=1))
        return still_to_write(connection, *what)

    monkeypatch.setattr(compose_rows, "still_to_write", judged_meanwhile)
    assert world.compose() == {}
    assert world.rows(delivery) == []


def test_a_called_back_delivery_is_written_anew_in_a_new_epoch(world: World) -> None:
    world.release()
    world.compose()
    with world.db.writing() as connection:
        connection.execute(update(delivery).values(state="cancelled", attempts=2, claims=3, epoch=4))
        connection.execute(update(lead).values(name="Wang Li"))
    assert world.compose() == {"composed": 1}
    (row,) = world.rows(delivery)
    assert (row.state, row.attempts, row.claims, row.epoch, row.subject) == ("pending", 0, 0, 5, "To Wang Li")


@pytest.mark.parametrize("state", ["pending", "claimed", "sending", "in_doubt", "sent"])
def test_a_live_delivery_is_never_written_over(world: World, state: str) -> None:
    world.release()
    world.compose()
    with world.db.writing() as connection:
        connection.execute(update(delivery).values(state=state))
    assert world.compose() == {}


def test_a_touch_to_be_signed_gets_a_draft_and_no_delivery(world: World) -> None:
    ident = world.release(state="draft")
    assert world.compose() == {"drafts": 1}
    assert world.compose() == {}
    assert [(row.touch, row.subject) for row in world.rows(draft)] == [(ident, "To Wang <Fang>")]
    assert world.rows(delivery) == []


def test_a_draft_that_cannot_be_written_is_a_dead_letter_too(world: World) -> None:
    ident = world.release(state="draft", step="broken")
    assert world.compose() == {"render_error": 1}
    assert world.touch(ident).state == "dead"


def test_a_draft_is_written_once_and_never_overwritten(world: World) -> None:
    good, _ = world.release(state="draft"), world.release("k2", state="draft", step="broken")
    assert world.compose() == {"drafts": 1, "render_error": 1}
    assert [(row.touch, row.subject) for row in world.rows(draft)] == [(good, "To Wang <Fang>")]
    with world.db.writing() as connection:
        connection.execute(update(draft).values(text="Edited.\n", edited=True))
    assert world.compose() == {"composed": 1}, "the note to the owner about the one that cannot be written"
    assert [row.text for row in world.rows(draft)] == ["Edited.\n"]


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
    assert [link.partition("](")[0] for link in links][::3] == ["[已联系上", "[更多：记录、预约……"]
    assert group.address == "li.na"


def test_a_rep_is_told_what_to_send_himself_with_the_words_to_copy(world: World) -> None:
    card = Personal(kind="personal", by="card", days_ahead=7)
    world.settings = Settings(channels=world.settings.channels | {"card": card})
    world.release(via=["card", "email"], expires_at=NOON + 9)
    assert [world.compose(), world.compose(), world.compose()] == [{"composed": 1}, {"composed": 1}, {}]
    wish, told = world.rows(delivery)
    assert (wish.channel, wish.address, wish.text) == ("card", "lead#wang", "2026-02-19 3 Acme Li Na\n")
    assert (told.audience, told.address, told.run_at, told.expires_at) == ("rep", "li@example.com", NOON, NOON + 9)
    assert told.subject == "请手写一张卡片，寄给Wang <Fang>"
    assert wish.text in told.text
    assert f"followup resolve {wish.id} sent|unreached|drop" in told.text


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
