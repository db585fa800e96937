"""A database of each released schema, with people in it, becomes one of this release and is planned alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Table, select

from engine.store import migrations
from engine.store.database import Database
from engine.store.tables import lead, rep
from engine.store.upgrade import create_all, require_schema, revisions, upgrade
from tests.contract.planned_house import PlannedHouse, instant

NOW = instant("2026-02-14T02:00")


def planned(house: PlannedHouse) -> list[tuple[str, str, str]]:
    house.rule("{since: registered, after: 0h}", "1d 09:00", now=NOW)
    house.plan(NOW)
    return house.book()


def at_revision(url: str, revision: str) -> Database:
    """An empty database as the release of that revision made it."""
    db = Database(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    with db.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return db


def carry_over(source: Database, target: Database) -> None:
    """The people, in those columns that the older tables have."""
    for table in (rep, lead):
        with source.reading() as connection:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
        with target.writing() as connection:
            older = Table(table.name, type(table.metadata)(), autoload_with=connection)
            known = [{name: value for name, value in row.items() if name in older.c} for row in rows]
            connection.execute(table.insert(), known)


@pytest.fixture(scope="module")
def of_today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, list[tuple[str, str, str]]]]:
    """With its people, and what is planned for them."""
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('today') / 'today.sqlite'}")
    create_all(db)
    house = PlannedHouse(db)
    house.people("wang", "chen", now=NOW)
    yield db, planned(house)
    db.close()


@pytest.mark.parametrize("revision", revisions()[:-1])
def test_a_database_of_an_older_release_is_brought_up_with_its_people_and_planned(
    revision: str, of_today: tuple[Database, list[tuple[str, str, str]]], tmp_path: Path
) -> None:
    today, expected = of_today
    db = at_revision(f"sqlite:///{tmp_path / 'older.sqlite'}", revision)
    carry_over(today, db)
    upgrade(db)
    require_schema(db)
    assert [step for step, _, _ in expected] == ["s1 chen", "s1 wang"]
    assert planned(PlannedHouse(db)) == expected
    db.close()
