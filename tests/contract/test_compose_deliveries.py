"""From released touches to pending deliveries, on both databases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from engine.domain.civil import DAY
from engine.domain.gifts import Given
from engine.domain.keys import event_uid, meeting_key
from engine.settings.gift_model import Gifts
from engine.store.database import Database
from engine.store.facts.gifts import write_gift
from engine.store.ledger import delivery, delivery_event, draft, occasion, touch
from engine.store.outbox import composed_rows
from engine.store.tables import interaction, lead, record
from tests.contract.composing import World
from tests.contract.outbox import NOON


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


def test_a_warning_that_leaves_late_tells_how_long_is_left_till_what_waits_for_it(world: World) -> None:
    flood = {"anchor": "flood:circumstance#c1"}
    eve = {"step": "call", "audience": "rep", "receiver": "li", "day_on": "2026-02-18", **flood}
    world.release("late", **eve)
    world.compose()
    waits = {"step": "back", "audience": "engine", "state": "deferred", "due_at": NOON + 7 * DAY, **flood}
    world.release("back", **waits)
    world.release("later", **eve, released_at=NOON + 3 * DAY)
    world.compose()
    assert [row.text.split()[1] for row in world.rows(delivery)] == ["3", "4"], "not the day that is left till the 19th"


def test_what_is_released_late_counts_the_days_from_its_release(world: World) -> None:
    for key, late in (("in time", 0), ("the eve", 2), ("the day after", 4)):
        world.release(key, step="days", revision="alone", released_at=NOON + late * DAY)
    world.compose()
    assert [row.text for row in world.rows(delivery)] == ["3\n", "1\n", "-1\n"]


def test_a_rep_sees_what_a_customer_must_not_and_the_step_says_when(world: World) -> None:
    world.release(step="call", audience="rep", receiver="li", anchor="flood:circumstance#c1")
    world.compose()
    (row,) = world.rows(delivery)
    assert (row.text, row.address, row.reply_to) == ("A 3 flood\n", "li@example.com", "")
    assert (row.window, row.urgent) == ("office", True)


@pytest.mark.parametrize(("confidential", "said"), [(False, "wants a sample|send the price list"), (True, "|")])
def test_a_rep_reads_what_was_said_last_and_what_it_is_about(world: World, confidential: bool, said: str) -> None:
    anchor = "appointment.starts:record#r1@20260216T040000Z"
    with world.db.writing() as connection:
        connection.execute(update(lead).values(confidential=confidential))
        for at, effective, note, agreed in (
            (5, True, "old", "call again"), (6, True, "wants a\n sample", "send the\n price list"),
            (7, False, "engaged", None),
        ):  # fmt: skip
            connection.execute(insert(interaction).values(
                id=str(at), lead="wang", at=at, logged_at=at, outcome="reached", effective=effective, note=note,
                next_step=agreed))
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
    still_to_write = composed_rows.still_to_write

    def judged_meanwhile(connection: Any, *what: Any) -> set[int]:
        connection.execute(update(touch).where(touch.c.id == ident).values(judged_version=1))
        return still_to_write(connection, *what)

    monkeypatch.setattr(composed_rows, "still_to_write", judged_meanwhile)
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


def test_a_reminder_offers_gifts_that_fit_and_not_what_he_had_last_year(world: World) -> None:
    ideas = {"tea": {"label": "Tea", "price": 120, "story": "from one hill"}, "pen": {"label": "Pen", "price": 90},
             "car": {"label": "Car", "price": 900}, "mug": {"label": "Mug", "price": 5}}  # fmt: skip
    world.settings = world.settings.model_copy(update={"gifts": Gifts.model_validate({"ideas": ideas})})
    with world.db.writing() as connection:
        write_gift(connection, "wang", Given(date(2025, 3, 1), "mug", "Mug", 5), "li", NOON)
        write_gift(connection, "wang", Given(date(2026, 1, 5), "", "Cake", 100), "li", NOON)
    world.release(step="gifts", audience="rep", receiver="li")
    world.release("k2", step="gifts")
    world.compose()
    assert [(row.address, row.text) for row in world.rows(delivery)] == [
        ("li@example.com", "Pen, CNY 90, ;\n"), ("wang@example.com", "\n"),
    ]  # fmt: skip
