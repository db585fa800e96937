"""What ended long ago moves to the archive, as it was; it is told of, never done again, and comes back if it must."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from benchmarks.measure import counted_steps
from engine.domain.civil import DAY
from engine.settings.retention_model import Retention
from engine.stages.tidy.archive import archive, to_archive
from engine.stages.tidy.limits import Limits
from engine.store.archive import moving
from engine.store.archive.returning import bring_back
from engine.store.archive_tables import ARCHIVE_OF
from engine.store.book import judging
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Database, insert_ignore
from engine.store.facts.letters import sent_as
from engine.store.ledger import delivery, draft, touch, verdict, wording
from engine.store.lookups import lookups, sendings
from engine.store.lookups.timeline import timeline
from engine.store.outbox import wordings
from engine.store.parts import all_parts
from engine.store.turns import turns
from engine.store.upgrade import create_all
from tests.contract.outbox import NOON, Outbox

KEPT = Retention(archive_after="100d")
LATER = NOON + 101 * DAY


class Old(Outbox):
    """Greetings of a hundred days ago, the last of which only keeps its number."""

    def tidy(self, now: int = LATER, **limits: Any) -> dict[str, int]:
        return dict(archive(self.db, KEPT, now, Limits(**limits)))

    def greeted(self, *keys: str) -> list[int]:
        """Touches that were sent, one more behind them."""
        found = [self.release(key) for key in keys]
        self.release(f"behind {keys[-1]}", audience="rep")
        self.send()
        with self.db.writing() as connection:
            for ident in found:
                connection.execute(insert(verdict).values(touch=ident, policy="p", effect="hold", facts={"n": 1}, at=1))
                connection.execute(insert(draft).values(touch=ident, subject="s", text="t", written_at=1))
            connection.execute(insert(verdict).values(touch=0, policy="last", effect="hold", facts={}, at=1))
        return found

    def rows(self, *, archived: bool) -> dict[str, list[Any]]:
        """Everything of the five tables, or of their archives."""
        with self.db.reading() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(select(put if archived else table)).all()))
                for table, put in ARCHIVE_OF.items()
            }


@pytest.fixture
def old(database: Database) -> Old:
    return Old(database)


def test_a_touch_moves_with_all_that_hangs_on_it_and_nothing_changes(old: Old) -> None:
    old.greeted("k1", "k2")
    before = old.rows(archived=False)
    assert to_archive(old.db, KEPT, LATER) == 2
    assert old.tidy() == {"touch": 2, "draft": 2, "delivery": 2, "delivery_event": 8, "verdict": 2}
    live, archived = old.rows(archived=False), old.rows(archived=True)
    assert {name: sorted(live[name] + archived[name]) for name in before} == before
    assert [len(archived[name]) for name in ("touch", "verdict")] == [2, 2]
    assert old.tidy() == {}


def test_what_is_young_or_still_wants_something_stays(old: Old) -> None:
    ended = {"state": "cancelled", "settled_at": NOON}
    carrier = old.release("carrier", state="planned")
    old.release("open", state="deferred")
    old.release("dead", state="dead", settled_at=NOON)
    old.release("in doubt", **ended)  # its delivery is under way
    for key, more in {"carried": {"carried_by": carrier}, "answered": {"answered_at": LATER - DAY},
                      "late": {"settled_at": LATER - DAY}, "due later": {"day_on": "2026-03-01"},
                      "merged": {"state": "merged", "merged_into": carrier}, "over": {}}.items():  # fmt: skip
        _only_touch(old, key, **{**ended, **more})
    _only_touch(old, "latest", **ended)
    assert old.tidy() == {"touch": 1}
    with old.db.reading() as connection:
        assert connection.execute(select(ARCHIVE_OF[touch].c.occurrence_key)).scalars().all() == ["over"]


def _only_touch(old: Old, key: str, **more: Any) -> None:
    ident = old.release(key, **more)
    with old.db.writing() as connection:
        connection.execute(delivery.delete().where(delivery.c.touch == ident))


def test_killed_between_two_pieces_or_within_one_nothing_is_lost(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "PIECE", 6)  # a touch with its delivery and four events
    old.greeted("k1", "k2", "k3")
    before = old.rows(archived=False)
    assert old.tidy(stopped=lambda: True)["touch"] == 1
    monkeypatch.setattr(moving, "_MOVES", {**moving._MOVES, verdict: (None, None)})
    with pytest.raises(Exception, match="None"):
        old.tidy()
    monkeypatch.undo()
    live, archived = old.rows(archived=False), old.rows(archived=True)
    assert {name: sorted(live[name] + archived[name]) for name in before} == before
    assert [len(archived["touch"]), old.tidy()["touch"]] == [1, 2]


def test_a_key_in_the_archive_is_never_planned_again(old: Old) -> None:
    [sent] = old.greeted("k1")
    gone = old.release("k2", state="superseded", settled_at=NOON)
    with old.db.writing() as connection:
        connection.execute(delivery.delete().where(delivery.c.touch == gone))
        rows = [dict(row) for row in connection.execute(select(touch).where(touch.c.id.in_([sent, gone]))).mappings()]
    old.release("behind all")
    assert old.tidy()["touch"] == 3
    for row in rows:
        del row["id"]
    with old.db.writing() as connection:
        assert insert_ignore(connection, touch, rows[:1]) == 0
        assert insert_ignore(connection, touch, rows) == 1  # a change of facts may be taken back
        keys = connection.execute(select(touch.c.occurrence_key)).scalars().all()
    assert sorted(keys) == ["behind all", "k2"]


def test_judgement_counts_what_is_in_the_archive(old: Old) -> None:
    old.greeted("k1")
    asked = frozenset({"touches_200d", "touches_50d"})
    old.tidy()
    with old.db.reading() as connection:
        sent = judging.sent_touches(connection, ["wang"], "2026-02-01")
        assert [row.occurrence_key for row in sent if row.audience == "lead"] == ["k1"]
        counted = load_snapshots(connection, ["wang"], asked, LATER, circumstances=False)["wang"]
    assert counted.values == {"touches_200d": 1, "touches_50d": 0}


def test_the_words_of_last_year_are_compared_from_the_archive(old: Old) -> None:
    [ident] = old.greeted("k1")
    kept = {"rule": "birthday", "step": "wish", "lead": "wang", "kind": "birthday", "day_on": "2026-02-16"}
    with old.db.writing() as connection:
        connection.execute(insert(wording).values(touch=ident, fingerprint="f", written_at=NOON, **kept))
    old.tidy()
    with old.db.reading() as connection:
        [said] = wordings.said_to(connection, ["wang"], ["birthday"], "2026-01-01")
    assert (said.touch, said.text) == (ident, "Hello.\n")


@pytest.mark.pg
def test_whom_another_daemon_plans_is_left_to_the_next_turn(pg_url: str) -> None:
    db, other = Database(pg_url), Database(pg_url)
    create_all(db)
    old = Old(db)
    old.greeted("k1")
    with turns(other, [part.name for part in all_parts(other) if part.holds(0)]):
        assert old.tidy() == {}
    assert old.tidy()["touch"] == 1
    db.close()
    other.close()


def test_everybody_is_told_of_it_as_before(old: Old) -> None:
    [ident] = old.greeted("k1")
    told = []
    for _ in range(2):
        with old.db.reading() as connection:
            told.append((
                list(lookups.touches(connection, lookups.Filter(lead="wang"))), lookups.touch_by_id(connection, ident),
                list(lookups.deliveries(connection, lookups.Filter())), lookups.verdicts(connection, [ident]),
                sendings.sendings(connection, ident), timeline(connection, "wang", None, 10, looks=False),
                sent_as(connection, [old.delivery(ident).message_id]) if not told else told[0][-1],
            ))  # fmt: skip
        old.tidy()
    assert told[0] == told[1]
    assert told[0][-1] is not None


def steps_among(young: int, path: Path) -> int:
    """Steps that SQLite takes to move ten touches out of a book with so many more."""
    db = Database(f"sqlite:///{path}")
    create_all(db)
    old = Old(db)
    old.release("one", state="cancelled", settled_at=NOON)
    with db.writing() as connection:
        connection.execute(delivery.delete())
        row = dict(connection.execute(select(touch)).mappings().one())
        del row["id"]
        due = {"due_at": LATER, "settled_at": LATER, "day_on": "2026-05-28"}
        rows = [row | {"occurrence_key": f"old {n}"} for n in range(9)]
        connection.execute(insert(touch), rows + [row | due | {"occurrence_key": f"{n}"} for n in range(young)])
    with db.reading() as connection:
        raw = connection.connection.dbapi_connection
    with counted_steps(raw) as steps:
        assert old.tidy() == {"touch": 10}
    db.close()
    return steps.count


def test_the_cost_follows_what_is_moved(tmp_path: Path) -> None:
    few, many = (steps_among(young, tmp_path / f"{young}.sqlite") for young in (10, 3_000))
    assert many <= 1.1 * few


def test_what_must_change_comes_back_as_it_was(old: Old) -> None:
    [first, second] = old.greeted("k1", "k2")
    with old.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.id == second).values(carried_by=first))
    before = old.rows(archived=False)
    old.tidy()
    with old.db.writing() as connection:
        bring_back(connection, [first])
        bring_back(connection, [first, 4_711])
    assert old.rows(archived=False) == before
    assert not any(old.rows(archived=True).values())
