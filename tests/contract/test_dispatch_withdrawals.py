"""What stops a message between RCPT and the mark, and before: facts, pauses, windows, expiry, pilots."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from adapters.base import Outcome, Receipt
from engine.settings.model import Service
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.dispatch.resolve import resolve, retry
from engine.store import state
from engine.store.database import Database
from engine.store.ledger import touch
from tests.contract.outbox import NOON, Outbox, Script
from tests.contract.test_dispatch_outcomes import BUSY, LOST, NO_SUCH_USER

DAY = 86_400


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def pause(outbox: Outbox, scope: str, name: str = "") -> None:
    with outbox.db.writing() as connection:
        state.set_pause(connection, scope, name, "ops", NOON)


def resume(outbox: Outbox, scope: str, name: str = "") -> None:
    with outbox.db.writing() as connection:
        state.lift_pause(connection, scope, name)


def test_a_bereavement_recorded_between_rcpt_and_the_mark_stops_the_wish(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.email.scripts = [Script(after_rcpt=outbox.bereave)]
    assert outbox.send() == {"judged_again": 1}
    assert outbox.email.arrived == []
    assert (outbox.touch(ident).state, outbox.touch(ident).judge_at) == ("planned", NOON)
    assert outbox.history(ident) == ["pending", "claimed", "cancelled"]


def test_what_waits_for_its_turn_comes_back_then_and_has_used_up_nothing(outbox: Outbox) -> None:
    ident = outbox.release(audience="rep")
    turn = Receipt(Outcome.WITHDRAWN, "paced", retry_after=40)
    outbox.email.scripts = [Script(refuses_rcpt=True, receipt=turn)]
    assert outbox.send() == {"postponed": 1}
    waiting = outbox.delivery(ident)
    assert (waiting.state, waiting.run_at, waiting.attempts, waiting.claims) == ("pending", NOON + 40, 0, 0)
    outbox.clock.instant += 40
    assert outbox.send() == {"sent": 1}


def test_a_touch_let_go_again_sends_its_new_text_in_a_new_epoch(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.email.scripts = [Script(after_rcpt=outbox.bereave)]
    outbox.send()
    outbox.judge_again(ident)
    assert outbox.delivery(ident).epoch == 2
    assert outbox.send() == {"sent": 1}
    assert len(outbox.email.arrived) == 1


def test_a_reps_reminder_is_judged_again_as_well(outbox: Outbox) -> None:
    ident = outbox.release(audience="rep")
    outbox.bereave()
    assert outbox.send() == {"judged_again": 1}
    assert outbox.touch(ident).state == "planned"


def test_a_fact_about_somebody_else_stops_nothing(outbox: Outbox) -> None:
    outbox.release()
    outbox.bereave("zhao")
    assert outbox.send() == {"sent": 1}


def test_a_touch_that_somebody_cancelled_stays_cancelled(outbox: Outbox) -> None:
    ident = outbox.release()
    with outbox.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.id == ident).values(state="cancelled"))
    assert outbox.send() == {"cancelled": 1}
    assert (outbox.delivery(ident).state, outbox.touch(ident).state) == ("cancelled", "cancelled")


@pytest.mark.parametrize(("scope", "name"), [
    ("all", ""), ("all", "clock_jump"), ("rule", "birthday"), ("channel", "email"), ("category", "festive"),
])  # fmt: skip
def test_a_pause_stops_what_it_names_at_once(outbox: Outbox, scope: str, name: str) -> None:
    ident = outbox.release()
    outbox.email.scripts = [Script(after_rcpt=lambda: pause(outbox, scope, name))]
    assert outbox.send() == {"postponed": 1}
    outbox.clock.instant += 5
    assert outbox.send() == {}
    assert (outbox.delivery(ident).state, outbox.delivery(ident).claims) == ("pending", 0)
    assert outbox.email.arrived == []
    resume(outbox, scope, name)
    assert outbox.send() == {"sent": 1}


def test_a_pause_of_something_else_stops_nothing(outbox: Outbox) -> None:
    outbox.release()
    pause(outbox, "rule", "anniversary")
    pause(outbox, "channel", "sms")
    assert outbox.send() == {"sent": 1}


def test_what_expires_between_rcpt_and_the_mark_is_not_sent(outbox: Outbox) -> None:
    ident = outbox.release(expires_at=NOON + 60)
    outbox.email.scripts = [Script(after_rcpt=lambda: outbox.clock.move_to(NOON + 60))]
    assert outbox.send() == {"expired": 1}
    assert (outbox.delivery(ident).state, outbox.touch(ident).state) == ("expired", "expired")
    assert outbox.touch(ident).reason == "not_sent_in_time"


def test_what_expired_while_nobody_looked_is_not_sent(outbox: Outbox) -> None:
    ident = outbox.release(expires_at=NOON + 60)
    outbox.clock.move_to(NOON + 3600)
    assert outbox.send() == {"expired": 1}
    assert (outbox.touch(ident).state, outbox.email.arrived) == ("expired", [])


def test_what_expires_while_paused_ends_too(outbox: Outbox) -> None:
    ident = outbox.release(expires_at=NOON + 60)
    pause(outbox, "all")
    outbox.clock.move_to(NOON + 3600)
    assert outbox.rescue_after_crash() == {"expired": 1}
    assert outbox.touch(ident).state == "expired"


def test_outside_the_receivers_window_it_waits_for_his_morning(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.clock.move_to(NOON + 9 * 3600)
    assert outbox.send() == {}
    assert outbox.delivery(ident).run_at == NOON + 21 * 3600
    outbox.clock.move_to(NOON + 21 * 3600)
    assert outbox.send() == {"sent": 1}


def test_the_window_is_the_receivers_not_ours(outbox: Outbox) -> None:
    ident = outbox.release(timezone="America/New_York")  # 23:00 there
    assert outbox.send() == {}
    assert outbox.delivery(ident).run_at == NOON + 10 * 3600


def test_a_window_that_closes_between_rcpt_and_the_mark_stops_it_till_morning(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.clock.move_to(NOON + 8 * 3600 - 1)
    outbox.email.scripts = [Script(after_rcpt=lambda: outbox.clock.move_to(NOON + 8 * 3600))]
    assert outbox.send() == {"postponed": 1}
    assert (outbox.delivery(ident).run_at, outbox.delivery(ident).claims) == (NOON + 21 * 3600, 0)
    assert outbox.email.arrived == []


def test_what_is_urgent_ignores_windows_but_not_facts(outbox: Outbox) -> None:
    first, second = outbox.release("k1", urgent=True), outbox.release("k2", urgent=True)
    outbox.clock.move_to(NOON + 12 * 3600)
    outbox.email.scripts = [Script(after_content=outbox.bereave)]
    assert outbox.send() == {"sent": 1, "judged_again": 1}
    assert [outbox.touch(ident).state for ident in (first, second)] == ["delivered", "planned"]


def test_in_a_pilot_everything_goes_to_the_test_address_and_says_so(database: Database) -> None:
    outbox = Outbox(database, redirect_to={"email": "pilot@example.com"})
    ident = outbox.release()
    outbox.send()
    (message,) = outbox.email.arrived
    assert (message.address, message.receiver_name) == ("pilot@example.com", "")
    assert message.subject == "[pilot: meant for lead#wang] Hello"
    assert message.text.startswith("[pilot: meant for lead#wang]\n\nHello.")
    assert message.html == "<body><p>[pilot: meant for lead#wang]</p>Hello.</body>"
    assert outbox.delivery(ident).address == "wang@example.com"


def test_a_pilot_for_some_leads_leaves_the_others_waiting(database: Database) -> None:
    outbox = Outbox(database, only=("zhao",))
    wang = outbox.release("k1")
    outbox.release("k2", lead="zhao", receiver="zhao")
    assert outbox.send() == {"sent": 1}
    assert [message.address for message in outbox.email.arrived] == ["zhao@example.com"]
    assert outbox.delivery(wang).state == "pending"


def test_a_doubt_is_ended_by_a_person_in_three_ways(outbox: Outbox) -> None:
    sent, resent, dropped = (outbox.release(key, signed_by=None) for key in ("k1", "k2", "k3"))
    outbox.email.scripts = [Script(LOST)] * 3
    assert outbox.send() == {"in_doubt": 3}
    for ident, decision in ((sent, "sent"), (resent, "resend"), (dropped, "drop")):
        resolve(outbox.db, outbox.delivery(ident).id, decision, "li", NOON)  # type: ignore[arg-type]
    assert outbox.send() == {"sent": 1}
    assert [outbox.touch(ident).state for ident in (sent, resent, dropped)] == ["delivered", "delivered", "dead"]
    assert outbox.touch(dropped).reason == "dropped"
    ids = [message.message_id for message in outbox.email.arrived]
    assert ids.count(outbox.delivery(resent).message_id) == 2


def test_only_a_doubt_can_be_resolved_and_only_a_dead_letter_tried_again(outbox: Outbox) -> None:
    ident = outbox.release()
    with pytest.raises(Exception, match="is pending, not in_doubt"):
        resolve(outbox.db, outbox.delivery(ident).id, "sent", "li", NOON)
    with pytest.raises(Exception, match="there is no delivery 999"):
        resolve(outbox.db, 999, "sent", "li", NOON)
    with pytest.raises(Exception, match="is released, not dead"):
        retry(outbox.db, ident, "ops", NOON)
    with pytest.raises(Exception, match="there is no touch 999"):
        retry(outbox.db, 999, "ops", NOON)


def test_a_dead_letter_tried_again_is_judged_first_and_starts_with_its_first_channel(outbox: Outbox) -> None:
    ident = outbox.release(via=("email", "sms"))
    outbox.email.scripts, outbox.sms.scripts = [Script(NO_SUCH_USER)], [Script(NO_SUCH_USER)]
    outbox.send()
    outbox.judge_again(ident)
    outbox.send()
    assert outbox.touch(ident).state == "dead"
    retry(outbox.db, ident, "ops", NOON)
    assert (outbox.touch(ident).state, outbox.touch(ident).judge_at) == ("planned", NOON)
    outbox.judge_again(ident)
    assert outbox.send() == {"sent": 1}
    assert len(outbox.email.arrived) == 1


def test_when_told_to_stop_nothing_new_is_begun_and_claims_go_back(database: Database) -> None:
    outbox = Outbox(database, service=Service(senders=1))
    for key in ("k1", "k2", "k3"):
        outbox.release(key)
    dispatcher = Dispatcher(
        database, outbox.channels, outbox.settings, outbox.clock, "tester"
    )
    outbox.email.scripts = [Script(BUSY, after_rcpt=dispatcher.stop)]
    assert dispatcher.run() == {"retry": 1, "postponed": 2}
    dispatcher.close()
    assert outbox.email.arrived == []
