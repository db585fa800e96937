"""What a death of the process, a lapsed lease or a database that refuses leaves behind, on both databases."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text, update

from adapters.base import Outcome, Receipt
from engine.stages.dispatch.rescue import rescue
from engine.store.database import Database
from engine.store.ledger import delivery
from engine.store.tables import lead
from engine.store.upgrade import create_all
from tests.contract.outbox import NOON, Outbox, Script, dies

LOST = Receipt(Outcome.UNKNOWN, "lost")
BEFORE_THE_MARK = Script(after_rcpt=dies)
AFTER_THE_MARK = Script(after_mark=dies)
AFTER_THE_CONTENT = Script(after_content=dies)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.mark.parametrize("audience", ["lead", "rep"])
def test_a_death_before_the_mark_is_sent_once_after_the_restart(outbox: Outbox, audience: str) -> None:
    ident = outbox.release(audience=audience)
    outbox.email.scripts = [BEFORE_THE_MARK]
    assert outbox.send() == {}
    assert outbox.delivery(ident).state == "claimed"
    assert outbox.rescue_after_crash() == {"retry": 1}
    assert outbox.send() == {"sent": 1}
    assert len(outbox.email.arrived) == 1


@pytest.mark.parametrize("point", [AFTER_THE_MARK, AFTER_THE_CONTENT])
def test_a_death_after_the_mark_leaves_a_customer_in_doubt_without_a_second_copy(
    outbox: Outbox, point: Script
) -> None:
    ident = outbox.release()
    outbox.email.scripts = [point]
    outbox.send()
    copies = len(outbox.email.arrived)
    assert outbox.rescue_after_crash() == {"in_doubt": 1}
    outbox.clock.instant += 3600
    assert outbox.send() == {}
    assert outbox.delivery(ident).state == "in_doubt"
    assert len(outbox.email.arrived) == copies


@pytest.mark.parametrize("point", [AFTER_THE_MARK, AFTER_THE_CONTENT])
def test_a_death_after_the_mark_sends_a_rep_the_same_message_id_again(outbox: Outbox, point: Script) -> None:
    ident = outbox.release(audience="rep")
    outbox.email.scripts = [point]
    outbox.send()
    assert outbox.rescue_after_crash() == {"retry": 1}
    assert outbox.send() == {"sent": 1}
    assert {message.message_id for message in outbox.email.arrived} == {outbox.delivery(ident).message_id}


def test_a_running_lease_is_left_alone(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.email.scripts = [BEFORE_THE_MARK]
    outbox.send()
    assert rescue(outbox.db, NOON) == {}
    assert outbox.delivery(ident).state == "claimed"


def test_the_only_daemon_takes_back_every_lease_when_it_starts(outbox: Outbox) -> None:
    outbox.release()
    outbox.email.scripts = [BEFORE_THE_MARK]
    outbox.send()
    assert rescue(outbox.db, NOON, all_leases=True) == {"retry": 1}


def test_who_lost_his_lease_before_the_mark_sends_nothing(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.email.scripts = [Script(after_rcpt=outbox.rescue_after_crash)]
    assert outbox.send() == {"lost": 1, "sent": 1}
    assert outbox.history(ident) == ["pending", "claimed", "pending", "claimed", "sending", "sent"]
    assert len(outbox.email.arrived) == 1


def test_who_slept_through_his_lease_sends_nothing_and_tries_again(outbox: Outbox) -> None:
    """A laptop that is closed between the address and the content: when it wakes the mark is refused."""
    ident = outbox.release()

    def sleep() -> None:
        outbox.store.instant += 4 * 3600
        outbox.clock.instant += 4 * 3600

    outbox.email.scripts = [Script(after_rcpt=sleep)]
    assert outbox.send() == {"postponed": 1}
    assert outbox.email.arrived == []
    outbox.clock.instant += 5
    assert outbox.send() == {"sent": 1}
    assert outbox.touch(ident).state == "delivered"


def test_late_proof_of_the_same_epoch_turns_a_doubt_into_sent(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.email.scripts = [Script(after_mark=outbox.rescue_after_crash)]
    assert outbox.send() == {"sent": 1}
    assert outbox.history(ident) == ["pending", "claimed", "sending", "in_doubt", "sent"]
    assert outbox.touch(ident).state == "delivered"


def test_late_news_that_prove_nothing_leave_the_doubt(outbox: Outbox) -> None:
    ident = outbox.release()
    outbox.email.scripts = [Script(LOST, after_content=outbox.rescue_after_crash)]
    assert outbox.send() == {"lost": 1}
    assert outbox.delivery(ident).state == "in_doubt"


def test_proof_of_an_older_epoch_counts_for_nothing(outbox: Outbox) -> None:
    def somebody_else_claims() -> None:
        with outbox.db.writing() as connection:
            connection.execute(update(delivery).values(epoch=delivery.c.epoch + 1))

    ident = outbox.release()
    outbox.email.scripts = [Script(after_content=somebody_else_claims)]
    assert outbox.send() == {"lost": 1}
    assert outbox.delivery(ident).state == "sending"


def test_a_message_that_kills_every_worker_ends_as_a_dead_letter(outbox: Outbox) -> None:
    ident = outbox.release()
    for _ in range(outbox.settings.caps.claims):
        outbox.email.scripts = [BEFORE_THE_MARK]
        outbox.send()
        outbox.rescue_after_crash()
    assert outbox.send() == {"failed": 1}
    assert (outbox.delivery(ident).code, outbox.touch(ident).state) == ("poison", "dead")


def test_without_a_committed_mark_nothing_is_sent_and_it_resumes_by_itself(outbox: Outbox) -> None:
    first, second = outbox.release("k1"), outbox.release("k2")
    refuse(outbox.db, "NEW.state = 'sending'")
    assert outbox.send()["halted"] == 1
    assert outbox.email.arrived == []
    allow(outbox.db)
    outbox.rescue_after_crash()
    outbox.clock.instant += 5
    outbox.send()
    assert [outbox.touch(ident).state for ident in (first, second)] == ["delivered", "delivered"]
    assert len(outbox.email.arrived) == 2


def test_an_outcome_that_could_not_be_written_is_written_as_soon_as_it_can(outbox: Outbox) -> None:
    ident = outbox.release()
    refuse(outbox.db, "NEW.state = 'sent'")

    mending = threading.Timer(0.3, allow, [outbox.db])
    outbox.email.scripts = [Script(after_content=mending.start)]
    assert outbox.send() == {"sent": 1, "halted": 1}
    mending.join()
    assert outbox.touch(ident).state == "delivered"


def test_a_database_that_drops_its_connections_is_found_again(pg_url: str) -> None:
    db, other = Database(pg_url), Database(pg_url)
    create_all(db)
    outbox = Outbox(db)

    def drop_connections() -> None:
        with other.writing() as connection:
            connection.execute(text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"  # and wait until it is gone
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            ))  # fmt: skip

    ident = outbox.release()
    outbox.email.scripts = [Script(after_rcpt=drop_connections)]
    assert outbox.send() == {"sent": 1}  # a connection that ended while nobody used it is replaced, and nobody notices
    assert (len(outbox.email.arrived), outbox.touch(ident).state) == (1, "delivered")
    db.close()
    other.close()


def test_on_postgresql_a_lead_that_is_being_changed_right_now_is_not_written_to(pg_url: str) -> None:
    db, other = Database(pg_url), Database(pg_url)
    create_all(db)
    outbox = Outbox(db)
    ident = outbox.release()
    with other.writing() as connection:
        connection.execute(update(lead).where(lead.c.id == "wang").values(judge_version=7))
        assert outbox.send() == {"postponed": 1}
    outbox.clock.instant += 5
    assert outbox.send() == {"judged_again": 1}
    assert (outbox.email.arrived, outbox.touch(ident).state) == ([], "planned")
    db.close()
    other.close()


def refuse(db: Database, condition: str) -> None:
    """Have the database refuse a change of a delivery, as a full disk does."""
    with db.writing() as connection:
        if db.dialect == "sqlite":
            connection.execute(text(
                f"CREATE TRIGGER full_disk BEFORE UPDATE ON delivery WHEN {condition}"
                " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            ))  # fmt: skip
            return
        connection.execute(text(
            "CREATE FUNCTION refuse() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''disk full''; END'"
            " LANGUAGE plpgsql"
        ))  # fmt: skip
        connection.execute(text(
            f"CREATE TRIGGER full_disk BEFORE UPDATE ON delivery FOR EACH ROW WHEN ({condition})"
            " EXECUTE FUNCTION refuse()"
        ))  # fmt: skip


def allow(db: Database) -> None:
    """The disk has room again."""
    with db.writing() as connection:
        connection.execute(text(
            "DROP TRIGGER full_disk" + ("" if db.dialect == "sqlite" else " ON delivery")
        ))  # fmt: skip
