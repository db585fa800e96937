"""`db copy`: a lived-in SQLite file becomes a PostgreSQL database that goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select, text

from engine.cli.main import main
from engine.store.copying import content_of
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.tables import account
from engine.store.upgrade import METADATA, create_all
from tests.contract.planned_house import PlannedHouse, instant

pytestmark = pytest.mark.pg

NOW = instant("2026-03-02T06:00")


@pytest.fixture
def lived_in(tmp_path: Path) -> Path:
    """A house with customers, a rule and what it planned."""
    file = tmp_path / "house.sqlite"
    db = Database(f"sqlite:///{file}")
    create_all(db)
    house = PlannedHouse(db)
    house.people("ann", "bo", "李娜", now=NOW, attrs={"hobby": "钓鱼 \\t \t\n", "n": 1.5}, lat=31.25, lon=121.5)
    house.rule("{since: registered, after: 1d}", "+0d", "+1d", now=NOW)
    house.plan(NOW)
    db.close()
    return file


def copied(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["db", "copy", *arguments])
    return done.exit_code, done.output


def test_every_table_is_the_same_over_there_and_the_house_goes_on(
    lived_in: Path, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_HOUSE", pg_url)
    code, said = copied(str(lived_in), "env:NEW_HOUSE", "--json")
    assert code == 0, said
    rows = {row["table"]: row for row in map(json.loads, said.splitlines())}
    assert set(rows) == {table.name for table in METADATA.sorted_tables}
    assert rows["lead"]["rows"] == 3
    here, there = Database(f"sqlite:///{lived_in}"), Database(pg_url)
    with here.reading() as one, there.reading() as other:
        for table in METADATA.sorted_tables:
            assert content_of(one, table) == content_of(other, table)
    before = len(PlannedHouse(there).book())
    house = PlannedHouse(there)
    house.people("dan", now=NOW)
    house.plan(NOW + 60)
    assert len(house.book()) > before
    with there.reading() as connection:
        ids = connection.execute(select(touch.c.id)).scalars().all()
    assert len(set(ids)) == len(ids)
    here.close()
    there.close()


def test_a_target_that_holds_something_is_refused_and_left_as_it_was(lived_in: Path, pg_url: str) -> None:
    db = Database(pg_url)
    create_all(db)
    with db.writing() as connection:
        connection.execute(insert(account).values(id="a"))
    code, said = copied(str(lived_in), pg_url)
    assert code == 2
    assert "the target is not empty (account); name a database of its own" in said
    with db.reading() as connection:
        assert connection.execute(select(func.count()).select_from(touch)).scalar_one() == 0
    db.close()


def test_what_postgresql_does_not_take_is_named_and_nothing_is_copied(lived_in: Path, pg_url: str) -> None:
    db = Database(f"sqlite:///{lived_in}")
    with db.writing() as connection:
        connection.execute(text("UPDATE lead SET name = 'a' || char(0) || 'b' WHERE id = 'bo'"))
    db.close()
    code, said = copied(str(lived_in), pg_url)
    assert code == 1
    assert 'table "lead" holds what PostgreSQL does not take' in said
    there = Database(pg_url)
    with there.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM rep")).scalar_one() == 0
    there.close()


@pytest.mark.parametrize(
    ("target", "told"),
    [("other.sqlite", "from a SQLite file to a PostgreSQL database"), ("mysql://h/d", '"mysql" is not supported')],
)
def test_other_ways_are_refused(lived_in: Path, tmp_path: Path, target: str, told: str) -> None:
    code, said = copied(str(lived_in), str(tmp_path / target) if "://" not in target else target)
    assert code == 2
    assert told in said


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, pg_url: str) -> None:
    code, said = copied(str(tmp_path / "none.sqlite"), pg_url)
    assert (code, said.strip()) == (2, 'there is no database "none.sqlite"')
    assert not (tmp_path / "none.sqlite").exists()
