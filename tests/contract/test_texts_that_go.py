"""Texts about people go when their time is over, by category, in the ledger and in its archive; nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.domain.civil import DAY
from engine.settings.retention_model import Retention
from engine.stages.tidy.archive import archive
from engine.stages.tidy.drop import drop, to_drop
from engine.stages.tidy.limits import Limits
from engine.store.archive_tables import delivery_archive, verdict_archive
from engine.store.database import Database
from engine.store.inbox_tables import letter
from engine.store.ledger import delivery, delivery_event, draft, touch, verdict, wording
from engine.store.privacy import dropping
from engine.store.web_tables import look
from tests.contract.outbox import NOON, Outbox

LATER = NOON + 101 * DAY
WORDLESS = ("", "", "")


class Old(Outbox):
    """Messages of a hundred days ago."""

    def greeted(self, key: str, category: str = "festive") -> int:
        ident = self.release(key, category=category)
        self.send()
        with self.db.writing() as connection:
            said = {"rule": "r", "step": "s", "lead": "wang", "kind": "x", "day_on": "2026-02-16"}
            connection.execute(insert(wording).values(touch=ident, fingerprint="f", written_at=1, **said))
            connection.execute(insert(draft).values(touch=ident, subject="s", text="t", written_at=1))
            connection.execute(insert(verdict).values(touch=ident, policy="p", effect="hold", facts={"n": 1}, at=1))
            connection.execute(update(delivery_event).values(detail="said wang@example.com"))
        return ident

    def drop(self, now: int = LATER, **ages: Any) -> dict[str, int]:
        retention = Retention(**ages)
        told = to_drop(self.db, retention, now)
        found = drop(self.db, retention, now, Limits())
        assert found == told
        return dict(found)

    def words(self) -> dict[str, tuple[str, str, str]]:
        """Subject, text and HTML by category, wherever they are."""
        with self.db.reading() as connection:
            rows = [
                row
                for table in (delivery, delivery_archive)
                for row in connection.execute(select(table.c.category, table.c.subject, table.c.text, table.c.html))
            ]
        return {row[0]: tuple(row[1:]) for row in rows}

    def column(self, column: Any) -> list[Any]:
        with self.db.reading() as connection:
            return list(connection.execute(select(column)).scalars())


@pytest.fixture
def old(database: Database) -> Old:
    return Old(database)


def test_by_default_nothing_is_dropped(old: Old) -> None:
    old.greeted("k1")
    assert old.drop(NOON + 4_000 * DAY) == {}


def test_words_go_by_category_and_fingerprints_stay(old: Old) -> None:
    for category in ("sales", "care", "festive"):
        old.greeted(category, category)
    waiting = old.release("waits", category="admin", state="deferred")
    ages = {"words": "100d", "words_by_category": {"care": "never", "sales": "30d"}}
    assert old.drop(NOON + 31 * DAY, **ages) == {"words": 1}
    assert old.words()["sales"] == WORDLESS != old.words()["festive"]
    assert old.drop(**ages) == {"words": 1}
    assert {category for category, said in old.words().items() if said == WORDLESS} == {"sales", "festive"}
    assert len(old.column(draft.c.touch)) == 1
    assert len(old.column(wording.c.fingerprint)) == 3
    assert old.touch(waiting).state == "deferred"


def test_addresses_and_findings_go_from_the_archive_too(old: Old) -> None:
    old.greeted("k1")
    old.greeted("k2")
    archive(old.db, Retention(archive_after="100d"), LATER, Limits())
    assert len(old.column(delivery_archive.c.id)) == len(old.column(delivery.c.id)) == 1
    assert old.drop(addresses="14d", findings="62d") == {"addresses": 2, "findings": 2}
    for columns in (delivery.c, delivery_archive.c):
        assert old.column(columns.address) == old.column(columns.receiver_name) == [""]
        assert old.column(columns.message_id) != [""]
    assert set(old.column(delivery_event.c.detail)) == {None}
    assert old.column(verdict.c.facts) == old.column(verdict_archive.c.facts) == [{}]
    assert set(old.words().values()) != {WORDLESS}


def test_what_ended_late_goes_with_the_next_round(old: Old) -> None:
    late = old.release("k1", state="deferred")
    assert old.drop(words="14d") == {}
    with old.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.id == late).values(state="cancelled", settled_at=NOON))
    assert drop(old.db, Retention(words="14d"), LATER, Limits()) == {}
    assert drop(old.db, Retention(words="14d"), LATER + 31 * DAY, Limits()) == {"words": 1}


def test_interrupted_it_goes_on_where_it_was(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropping, "PIECE", 1)
    for n, day in enumerate(("2026-02-14", "2026-02-15", "2026-02-16")):
        old.release(f"k{n}", state="cancelled", settled_at=NOON, day_on=day)
    assert drop(old.db, Retention(words="14d"), LATER, Limits(rows=1)) == {"words": 1}
    assert drop(old.db, Retention(words="14d"), LATER, Limits()) == {"words": 2}


def test_letters_and_looks_go_when_they_are_old(old: Old) -> None:
    with old.db.writing() as connection:
        for n, at in enumerate((NOON, LATER)):
            said = {"kind": "reply", "lead": "wang", "told": "logged", "received_at": at, "seen_at": at}
            connection.execute(insert(letter).values(id=f"<{n}@x>", **said))
            connection.execute(insert(look).values(at=at, visitor="li", role="rep", lead="wang", page="/lead"))
    assert old.drop(letters="62d", looks="62d") == {"letters": 1, "looks": 1}
    assert old.column(letter.c.id) == ["<1@x>"]
    assert old.column(look.c.at) == [LATER]
