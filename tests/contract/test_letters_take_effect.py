"""What letters do to the book, on both databases: contacts, absences, returned mail, suppressions."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, update

from adapters.inbox.letters import Letter
from engine.domain.words import Touch
from engine.ground.errors import UsageError
from engine.settings.inbox_model import MaildirInbox
from engine.settings.model import Company
from engine.stages.dispatch.resolve import retry
from engine.stages.listen.classify import classify
from engine.stages.listen.kinds import Kind
from engine.stages.listen.listen import Taken, take_in
from engine.store.database import Database
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.letters import latest_letters
from engine.store.ledger import delivery
from engine.store.ledger import touch as touch_table
from engine.store.tables import dirty_lead, interaction, last_talk, lead, rep, suppression
from tests.contract.outbox import NOON, Outbox
from tests.contract.post import absence, answer, bounce, mail, received

LATER = NOON + 600


class Desk(Outbox):
    """A small world with a mailbox, where letters come a minute after noon."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, inbox=MaildirInbox(kind="maildir", path="mail"), company=Company(domain="example.com"))
        with db.writing() as connection:
            connection.execute(update(lead).where(lead.c.id == "zhao").values(email="zhao@example.com"))

    def sent(self, key: str = "k1", **more: Any) -> tuple[int, str]:
        """A message that was sent: its touch and its Message-ID."""
        touch = self.release(key, **more)
        self.send()
        return touch, str(self.delivery(touch).message_id)

    def read(self, *letters: bytes) -> list[Taken]:
        return list(take_in(self.db, self.settings, [received(one, NOON + 60) for one in letters], LATER))

    def all(self, query: Any) -> list[Any]:
        with self.db.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def lead(self, column: str, ident: str = "wang") -> Any:
        return self.all(select(lead.c[column]).where(lead.c.id == ident))[0][0]

    def stopped(self) -> list[Any]:
        entry = suppression.c
        columns = (entry.lead, entry.channel, entry.category, entry.reason, entry.address)
        return self.all(select(*columns).order_by(entry.lead))


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


TALKS = select(
    interaction.c.lead, interaction.c.channel, interaction.c.outcome, interaction.c.effective, interaction.c.at,
    interaction.c.note,
)  # fmt: skip


def test_a_reply_is_a_contact_at_the_time_it_came_and_without_its_words(desk: Desk) -> None:
    _, ident = desk.sent()
    heard = desk.read(answer(ident))
    assert [(one.kind, one.lead, one.told) for one in heard] == [("reply", "wang", "logged as replied")]
    assert desk.all(TALKS) == [("wang", "email", "replied", True, NOON + 60, None)]
    assert (desk.lead("contacts"), desk.lead("last_outcome")) == (1, "replied")
    assert ("wang", "interaction") in desk.all(select(dirty_lead.c.lead, dirty_lead.c.reason))


def test_a_letter_counts_once_however_often_it_is_read(desk: Desk) -> None:
    _, ident = desk.sent()
    assert [len(desk.read(answer(ident))) for _ in range(3)] == [1, 0, 0]
    assert desk.lead("contacts") == 1
    with desk.db.reading() as connection:
        assert [(row.kind, row.lead) for row in latest_letters(connection, 9)] == [("reply", "wang")]


def test_an_absence_is_no_reply_and_holds_until_the_day_after_the_last(desk: Desk) -> None:
    _, ident = desk.sent()
    assert desk.read(absence(ident))[0].told == "away, back on 2026-03-04"
    assert (desk.lead("back_on"), desk.all(TALKS)) == ("2026-03-04", [])
    assert desk.lead("judge_version") == 1  # what was let go is judged again before it leaves
    version = desk.lead("judge_version")
    desk.read(absence(ident, ident="a2@mail.example"))
    assert desk.lead("judge_version") == version


def test_an_absence_without_a_date_holds_for_three_days(desk: Desk) -> None:
    _, ident = desk.sent()
    assert desk.read(absence(ident, "I am on leave.\n"))[0].told == "away, back on 2026-02-19 (it does not say)"


def test_what_bounces_goes_to_the_next_channel_and_closes_the_first_for_that_address(desk: Desk) -> None:
    touch, ident = desk.sent(via=("email", "sms"))
    told = desk.read(bounce(ident))[0].told
    assert told == "came back (5.1.1): the next channel; email is stopped for this address"
    assert (desk.delivery(touch).state, desk.delivery(touch).code) == ("failed", "5.1.1")
    assert (desk.touch(touch).state, desk.touch(touch).via_index) == ("planned", 1)
    assert desk.stopped() == [("wang", "email", "", "bounced 5.1.1", "wang@example.com")]


COUNTED = ("contacts", "contacts_since_owner", "contacts_since_order", "last_contact_at", "last_contact_ref",
           "last_outcome")  # fmt: skip


def counted(desk: Desk) -> list[Any]:
    return desk.all(select(*(lead.c[name] for name in COUNTED)).where(lead.c.id == "wang"))


def test_a_signed_greeting_that_comes_back_is_no_contact(desk: Desk) -> None:
    with desk.db.writing() as connection:
        imported = {"contacts": 1, "last_contact_at": NOON - 9000, "last_contact_ref": "import"}
        connection.execute(update(lead).where(lead.c.id == "wang").values(imported))
    before = counted(desk)
    _, ident = desk.sent(signed_by="li")
    assert counted(desk) == [(2, 1, 1, NOON, desk.all(select(interaction.c.id))[0][0], "messaged")]
    desk.read(bounce(ident))
    assert (counted(desk), desk.all(TALKS), desk.all(select(last_talk.c.word))) == (before, [], [])


def test_a_greeting_that_comes_back_counts_again_when_another_channel_delivers_it(desk: Desk) -> None:
    touch, ident = desk.sent(signed_by="li", via=("email", "sms"))
    desk.read(bounce(ident))
    assert desk.lead("contacts") == 0
    desk.judge_again(touch)
    desk.send()
    assert (desk.touch(touch).state, desk.lead("contacts"), desk.lead("last_contact_at")) == ("delivered", 1, NOON)


def test_a_talk_after_a_greeting_stays_the_latest_when_the_greeting_comes_back(desk: Desk) -> None:
    _, ident = desk.sent(signed_by="li")
    with desk.db.writing() as connection:
        log_interaction(connection, Interaction("talk", "wang", NOON + 30, "reached", True, purpose="courtesy"), LATER)
    desk.read(bounce(ident))
    assert counted(desk) == [(1, 1, 1, NOON + 30, "talk", "reached")]
    assert desk.all(select(last_talk.c.word, last_talk.c.interaction)) == [("courtesy", "talk")]


def test_without_another_channel_it_stays_bounced_until_somebody_tries_again(desk: Desk) -> None:
    touch, ident = desk.sent()
    told = desk.read(bounce(ident))[0].told
    assert told == "came back (5.1.1): no channel is left; email is stopped for this address"
    assert (desk.touch(touch).state, desk.touch(touch).reason) == (Touch.BOUNCED, "bounced 5.1.1")
    assert desk.history(touch)[-2:] == ["sent", "failed"]
    retry(desk.db, touch, "ops", LATER)
    assert desk.touch(touch).state == "planned"


def test_a_signed_greeting_whose_words_were_not_kept_goes_no_other_way(desk: Desk) -> None:
    touch, ident = desk.sent(via=("email", "sms"), signed_by="li")
    desk.read(bounce(ident))
    assert desk.touch(touch).state == Touch.BOUNCED
    with pytest.raises(UsageError, match="the words that were signed were not kept"):
        retry(desk.db, touch, "ops", LATER)


def test_what_comes_back_too_late_to_be_welcome_takes_no_other_way(desk: Desk) -> None:
    touch, ident = desk.sent(via=("email", "sms"), expires_at=NOON + 300)
    desk.read(bounce(ident))
    assert desk.touch(touch).state == Touch.BOUNCED


@pytest.mark.parametrize("code", ["5.2.2", "5.7.1"])
def test_a_full_box_or_a_refused_text_fails_the_delivery_and_not_the_address(desk: Desk, code: str) -> None:
    touch, ident = desk.sent()
    desk.read(bounce(ident, code))
    assert (desk.touch(touch).state, desk.stopped()) == (Touch.BOUNCED, [])


def test_a_delay_is_only_noted(desk: Desk) -> None:
    touch, ident = desk.sent()
    assert desk.read(bounce(ident, "4.4.7", "delayed"))[0].told == "not delivered yet (4.4.7)"
    assert (desk.touch(touch).state, desk.delivery(touch).state, desk.stopped()) == ("delivered", "sent", [])


def test_a_bounce_that_names_only_the_address_is_about_the_last_message_to_it(desk: Desk) -> None:
    touch, _ = desk.sent()
    other = bounce("<somebody@elses.example>")
    assert desk.read(other)[0].lead == "wang"
    assert desk.touch(touch).state == Touch.BOUNCED


def test_a_bounce_of_nobodys_mail_does_nothing(desk: Desk) -> None:
    desk.sent()
    told = desk.read(bounce("<x@y.example>", address="nobody@example.com"))[0].told
    assert told == "(5.1.1) it is about no message of ours"
    assert desk.stopped() == []


def test_a_bounce_settles_a_doubt(desk: Desk) -> None:
    touch, ident = desk.sent(via=("email",))
    with desk.db.writing() as connection:
        connection.execute(update(delivery).values(state="in_doubt"))
        connection.execute(update(touch_table).values(state="released"))
    assert desk.read(bounce(ident))[0].told.startswith("came back (5.1.1)")
    assert desk.delivery(touch).state == "failed"


def test_unsubscribing_stops_all_mail_and_no_other_channel(desk: Desk) -> None:
    assert desk.read(mail("", subject="Unsubscribe"))[0].told == "no more mail to the customer"
    assert desk.stopped() == [("wang", "email", "", "unsubscribed by mail", None)]
    _, ident = desk.sent("k2")
    desk.read(mail("退订\n", f"In-Reply-To: {ident}", sender="zhao@example.com", ident="z@x"))
    assert [row[0] for row in desk.stopped()] == ["wang", "zhao"]


def test_mail_that_bounced_for_one_address_and_is_then_unsubscribed_stays_stopped(desk: Desk) -> None:
    _, ident = desk.sent()
    desk.read(bounce(ident), mail("", subject="unsubscribe"))
    assert desk.stopped() == [("wang", "email", "", "unsubscribed by mail", None)]


def test_a_customers_own_letter_is_a_message_from_him(desk: Desk) -> None:
    assert desk.read(mail("Could you send the offer?\n", subject="Offer"))[0].told == "logged as messaged"
    assert desk.all(TALKS)[0][:4] == ("wang", "email", "messaged", True)


@pytest.mark.parametrize(
    ("letter", "kind", "told"),
    [
        (mail("see below\n", sender="li@example.com", subject="Fwd: Hello"), "forward", "a colleague wrote it"),
        (mail("offer\n", sender="shop@spam.example", subject="Offer"), "other", "nobody known wrote it"),
        (mail("Hello.\n", sender="Care <care@example.com>"), "own_copy", "nothing to do"),
        (mail("We got it.\n", "Auto-Submitted: auto-replied"), "other", "nothing to do"),
    ],
)
def test_what_others_write_does_nothing(desk: Desk, letter: bytes, kind: str, told: str) -> None:
    desk.settings = desk.settings.model_copy(
        update={"inbox": MaildirInbox(kind="maildir", path="m", addresses=("care@example.com",))}
    )
    assert [(one.kind, one.told, one.lead) for one in desk.read(letter)] == [(kind, told, None)]
    assert (desk.all(TALKS), desk.stopped()) == ([], [])


def test_an_answer_by_a_colleague_and_one_to_a_reminder_are_no_replies(desk: Desk) -> None:
    _, ident = desk.sent()
    _, note = desk.sent("k2", audience="rep")
    told = [one.told for one in desk.read(answer(ident, sender="li@example.com"), answer(note, ident="a2@x"))]
    assert told == ["a colleague wrote it", "it answers a message to a colleague"]


def test_an_address_of_two_customers_says_of_none(desk: Desk) -> None:
    with desk.db.writing() as connection:
        connection.execute(update(lead).values(email="wang@example.com"))
    assert desk.read(mail("Hello?\n", subject="Hello"))[0].told == "2 leads have the sender's address"
    assert desk.all(select(func.count()).select_from(interaction)) == [(0,)]


def test_a_message_in_the_words_of_the_writer_is_kept_only_where_config_says_so(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(
        update={"inbox": MaildirInbox(kind="maildir", path="m", keep_text=True)}
    )
    _, ident = desk.sent()
    desk.read(answer(ident, "Yes, please.\n\nOn Monday, Li Na wrote:\n> Hello.\n"))
    assert desk.all(TALKS)[0][-1] == "Yes, please."


    with desk.db.writing() as connection:
        connection.execute(update(lead).values(confidential=True))
    desk.read(answer(ident, "A secret.\n", ident="2@x"))
    assert [row[-1] for row in desk.all(TALKS.order_by(interaction.c.logged_at, interaction.c.note))].count(None) == 1


def test_a_letter_in_which_something_goes_wrong_keeps_nobody_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, ident = desk.sent()

    def fails(_: Letter, *more: object) -> Kind:
        if _.message_id == "<1@x>":
            raise ValueError("a bug of ours")
        return classify(_, *more)  # type: ignore[arg-type]

    monkeypatch.setattr("engine.stages.listen.listen.classify", fails)
    told = [(one.kind, one.told) for one in desk.read(answer(ident, ident="1@x"), answer(ident, ident="2@x"))]
    assert told == [("failed", "could not be taken in: ValueError"), ("reply", "logged as replied")]


def test_nothing_remains_of_a_letter_whose_transaction_did_not_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, ident = desk.sent()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("engine.stages.listen.listen.keep_letter", dies)
        with pytest.raises(KeyboardInterrupt):
            desk.read(answer(ident))
    assert desk.lead("contacts") == 0
    desk.read(answer(ident))
    assert desk.lead("contacts") == 1


def test_reps_are_known_by_their_address_in_any_case(desk: Desk) -> None:
    with desk.db.writing() as connection:
        connection.execute(update(rep).values(email="Li.Na@Example.com"))
    assert desk.read(mail("hi\n", sender="li.na@example.com", subject="hi"))[0].told == "a colleague wrote it"
