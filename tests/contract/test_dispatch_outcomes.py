"""What each outcome makes of a delivery and its touch, on both databases."""

from __future__ import annotations

import threading
from dataclasses import asdict

import pytest
from sqlalchemy import insert, select

from adapters.base import Appointment, Outcome, Receipt
from engine.stages.dispatch.dispatch import Dispatcher
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.tables import interaction, lead
from tests.contract.outbox import NOON, Outbox, Script

BUSY = Receipt(Outcome.RETRY, "451", "try later")
NO_SUCH_USER = Receipt(Outcome.PERMANENT, "550", "no such user")
LOST = Receipt(Outcome.UNKNOWN, "lost", "the connection was lost after content")


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def test_an_accepted_message_is_sent_and_its_touch_delivered(outbox: Outbox) -> None:
    ident = outbox.release()
    assert outbox.send() == {"sent": 1}
    assert (outbox.touch(ident).state, outbox.touch(ident).settled_at) == ("delivered", NOON)
    assert outbox.history(ident) == ["pending", "claimed", "sending", "sent"]
    assert (outbox.delivery(ident).code, outbox.delivery(ident).remote_id) == ("250", "q1")
    assert [message.address for message in outbox.email.arrived] == ["wang@example.com"]


def test_a_channel_learns_which_appointment_the_message_is_about(outbox: Outbox) -> None:
    about = Appointment("e1@example.com", NOON + 7_200, 60, 3)
    outbox.release(appointment=asdict(about))
    outbox.release("k2")
    outbox.send()
    assert [message.appointment for message in outbox.email.arrived] == [about, None]


def test_a_second_pass_sends_nothing(outbox: Outbox) -> None:
    outbox.release()
    outbox.send()
    assert outbox.send() == {}
    assert len(outbox.email.arrived) == 1


def test_a_temporary_failure_is_tried_again_later_with_the_same_message_id(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.email.scripts = [Script(BUSY)]
    assert outbox.send() == {"retry": 1}
    waiting = outbox.delivery(ident)
    assert (waiting.state, waiting.attempts, waiting.last_error) == ("pending", 1, "try later")
    assert NOON + 48 <= waiting.run_at <= NOON + 72
    assert outbox.send() == {}
    outbox.clock.move_to(waiting.run_at)
    assert outbox.send() == {"sent": 1}
    assert [message.message_id for message in outbox.email.arrived] == [waiting.message_id]


def test_a_failure_at_rcpt_needs_no_mark_to_be_recorded(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.email.scripts = [Script(BUSY, refuses_rcpt=True)]
    assert outbox.send() == {"retry": 1}
    assert outbox.history(ident) == ["pending", "claimed", "pending"]


def test_after_the_last_attempt_it_is_a_dead_letter(outbox: Outbox) -> None:
    ident = outbox.release()
    for _ in range(3):
        outbox.email.scripts = [Script(BUSY)]
        outbox.send()
        outbox.clock.move_to(outbox.delivery(ident).run_at)
    assert outbox.delivery(ident).state == "failed"
    assert (outbox.touch(ident).state, outbox.touch(ident).reason) == ("dead", "undeliverable")


def test_a_permanent_failure_goes_on_to_the_next_channel(outbox: Outbox) -> None:
    ident = outbox.release(via=("sms", "email"))
    outbox.sms.scripts = [Script(NO_SUCH_USER)]
    assert outbox.send() == {"failed": 1}
    assert (outbox.touch(ident).state, outbox.touch(ident).via_index) == ("planned", 1)
    outbox.judge_again(ident)
    assert outbox.send() == {"sent": 1}
    assert len(outbox.email.arrived) == 1
    assert outbox.touch(ident).state == "delivered"


def test_a_dead_survivor_gives_back_what_was_merged_into_it(outbox: Outbox) -> None:
    ident = outbox.release()
    row = {name: value for name, value in outbox.touch(ident)._mapping.items() if name != "id"}
    row |= {"occurrence_key": "k2", "state": "merged", "merged_into": ident, "reason": "merged"}
    with outbox.db.writing() as connection:
        merged = connection.execute(insert(touch).values(row).returning(touch.c.id)).scalar_one()
    outbox.email.scripts = [Script(NO_SUCH_USER)]
    outbox.send()
    assert (outbox.touch(merged).state, outbox.touch(merged).judge_at) == ("planned", NOON)


def test_a_lost_reply_leaves_a_customers_message_in_doubt_and_is_never_sent_again(outbox: Outbox) -> None:
    ident = outbox.release(via=("email", "sms"))
    outbox.email.scripts = [Script(LOST)]
    assert outbox.send() == {"in_doubt": 1}
    outbox.clock.instant += 86_400
    assert outbox.send() == {}
    assert (outbox.delivery(ident).state, outbox.touch(ident).state) == ("in_doubt", "released")
    assert (len(outbox.email.arrived), len(outbox.sms.arrived)) == (1, 0)


def test_a_lost_reply_sends_a_reps_message_again_with_the_same_message_id(outbox: Outbox) -> None:
    ident = outbox.release(audience="rep")
    outbox.email.scripts = [Script(LOST)]
    assert outbox.send() == {"retry": 1}
    outbox.clock.move_to(outbox.delivery(ident).run_at)
    assert outbox.send() == {"sent": 1}
    assert len({message.message_id for message in outbox.email.arrived}) == 1


def test_a_channel_that_raises_is_unknown_from_the_mark_on_and_a_retry_before(outbox: Outbox) -> None:
    def fault() -> None:
        raise KeyError("a bug")

    before, after = outbox.release("k1"), outbox.release("k2")
    outbox.email.scripts = [Script(after_rcpt=fault), Script(after_mark=fault)]
    assert outbox.send() == {"retry": 1, "in_doubt": 1}
    assert [outbox.delivery(ident).state for ident in (before, after)] == ["pending", "in_doubt"]
    assert outbox.email.arrived == []


def test_a_signed_greeting_counts_as_a_contact_once_delivered(outbox: Outbox) -> None:
    ident = outbox.release(signed_by="li", due_at=NOON - 3600)
    outbox.send()
    with outbox.db.reading() as connection:
        logged = connection.execute(select(interaction)).one()
        wang = connection.execute(select(lead).where(lead.c.id == "wang")).one()
    assert (logged.touch, logged.at, logged.outcome, logged.effective) == (ident, NOON - 3600, "messaged", True)
    assert (wang.contacts, wang.last_contact_at, wang.judge_version) == (1, NOON - 3600, 1)


def test_an_unsigned_greeting_and_a_reminder_are_no_contact(outbox: Outbox) -> None:
    outbox.release("k1")
    outbox.release("k2", audience="rep", signed_by="li")
    outbox.send()
    with outbox.db.reading() as connection:
        assert connection.execute(select(interaction)).all() == []


def test_a_channel_that_config_no_longer_has_fails_over_to_the_next(outbox: Outbox) -> None:
    ident = outbox.release(via=("email", "sms"))
    del outbox.channels["email"]
    assert outbox.send() == {"failed": 1}
    assert (outbox.delivery(ident).code, outbox.touch(ident).via_index) == ("no_channel", 1)


def test_two_daemons_send_each_message_once(database: Database) -> None:
    outbox = Outbox(database)
    for n in range(40):
        outbox.release(f"k{n}")
    daemons = [Dispatcher(database, outbox.channels, outbox.settings, outbox.clock, f"d{n}") for n in range(2)]
    threads = [threading.Thread(target=daemon.run) for daemon in daemons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for daemon in daemons:
        daemon.close()
    ids = [message.message_id for message in outbox.email.arrived]
    assert (len(ids), len(set(ids))) == (40, 40)
