"""What is in the archive is answered, returned, renamed and erased as if it were not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from engine.domain.civil import DAY
from engine.settings.inbox_model import MaildirInbox
from engine.settings.model import Company
from engine.settings.retention_model import Retention
from engine.stages import privacy
from engine.stages.answers.answer import standing, undo
from engine.stages.answers.replies import NotRelevant
from engine.stages.listen.listen import take_in
from engine.stages.tidy.archive import archive
from engine.stages.tidy.limits import Limits
from engine.store.archive_tables import ARCHIVE_OF, delivery_archive, touch_archive
from engine.store.book.renaming import rename
from engine.store.database import Database, insert_ignore
from engine.store.ledger import delivery, touch, verdict
from tests.contract.outbox import NOON, Outbox
from tests.contract.post import bounce, received
from tests.contract.test_answers import NOW, Reminded
from tests.contract.test_privacy import CANARY, Privacy


def put_away(db: Database, now: int) -> int:
    """How many touches went to the archive."""
    return archive(db, Retention(archive_after="100d"), now, Limits())["touch"]


def keep_number(db: Database) -> None:
    """The latest verdict of all stays where it is; this one is nobody's."""
    with db.writing() as connection:
        connection.execute(insert(verdict).values(touch=0, policy="p", effect="hold", facts={}, at=1))


def rows(db: Database, query: Any) -> list[Any]:
    with db.reading() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_who_answers_an_old_reminder_has_it_back(database: Database) -> None:
    house, later = Reminded(database), NOW + 101 * DAY
    behind = dict(house.touches()[0]._mapping) | {"occurrence_key": "behind", "state": "planned"}
    del behind["id"]
    with database.writing() as connection:
        connection.execute(insert(touch).values(behind))
    assert put_away(database, later) == 1
    with database.reading() as connection:
        assert standing(connection, house.id) is None
    assert house.says(NotRelevant(), now=later) == "not_relevant"
    assert house.reminder().answer == "not_relevant"
    keep_number(database)
    assert put_away(database, later + 101 * DAY) == 1
    with database.reading() as connection:
        said = standing(connection, house.id)
    assert said is not None
    assert said.word == "not_relevant"
    undo(database, house.id, "li", later + 101 * DAY)
    assert (house.reminder().state, house.reminder().answer) == ("delivered", None)


def test_mail_that_comes_back_late_brings_its_message_back(database: Database) -> None:
    world = Outbox(database, inbox=MaildirInbox(kind="maildir", path="mail"), company=Company(domain="example.com"))
    sent = world.release("k1")
    world.release("k2", audience="rep")
    world.send()
    message, later = world.delivery(sent).message_id, NOON + 101 * DAY
    assert put_away(database, later) == 1
    [taken] = take_in(database, world.settings, [received(bounce(message), later)], later)
    assert (taken.kind, taken.lead) == ("bounce", "wang")
    assert world.touch(sent).state == "bounced"
    assert world.history(sent)[-2:] == ["sent", "failed"]
    assert rows(database, select(touch_archive.c.id)) == []


def test_a_renamed_rule_takes_its_archive_along(database: Database) -> None:
    world = Outbox(database)
    sent = world.release("birthday|wang|birthday:date#1:2026|wish|wang")
    world.release("behind", audience="rep", rule="other")
    world.send()
    row = dict(world.touch(sent)._mapping)
    put_away(database, NOON + 101 * DAY)
    renamed = row | {"occurrence_key": "wishes|wang|birthday:date#1:2026|wish|wang", "rule": "wishes"}
    del renamed["id"]
    with database.writing() as connection:
        rename(connection, "birthday", "wishes")
        assert insert_ignore(connection, touch, [renamed]) == 0
    assert rows(database, select(delivery_archive.c.rule)) == [("wishes",)]


def test_an_erasure_and_an_export_reach_the_archive(database: Database) -> None:
    house = Privacy(database)
    one = house.release("k1", state="cancelled", settled_at=NOON)
    house.fill(one)
    about = house.release("k2", audience="rep", lead="zhao", state="cancelled", settled_at=NOON)
    house.release("k3", lead="zhao", receiver="zhao")
    with database.writing() as connection:
        connection.execute(update(delivery).values(state="cancelled"))
        connection.execute(update(delivery).where(delivery.c.touch == about).values(text="Call Canary Wang"))
    keep_number(database)
    assert put_away(database, NOON + 101 * DAY) == 2
    found = privacy.held(database, "wang", "li", NOON)
    assert len(found["delivery_archive"]) == len(found["touch_archive"]) == 1
    assert len(found["mentions"]) == 1
    privacy.restrict(database, "wang", "he asked", "li", NOON)
    privacy.erase(database, house.settings, "wang", "li", NOON)
    for table in ARCHIVE_OF.values():
        assert CANARY not in str(rows(database, select(table))).lower(), table.name
    assert len(rows(database, select(touch_archive.c.occurrence_key))) == 2
