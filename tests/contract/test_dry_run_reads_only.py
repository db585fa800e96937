"""A dry run's connection refuses to write, on both engines, and its copy is made through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from engine.desk.folder import check_folder, read_folder
from engine.desk.planning import Span, planned_touches
from engine.domain.civil import DAY
from engine.settings.load import load_settings
from engine.store.database import Database
from engine.store.tables import lead, metadata

HOUSE = Path(__file__).parents[2]
NOW = 1_771_034_400
"""2026-02-14T10:00+08:00."""


@pytest.fixture
def read_only(database: Database, database_url: str) -> Iterator[Database]:
    with database.reading():
        pass  # its file is there
    found = Database(database_url, read_only=True)
    yield found
    found.close()


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=str)
            for table in metadata.sorted_tables
        }


def add_lead(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(lead).values(
            id="wang", name="王芳", shard=1, timezone="Asia/Shanghai", country="CN", locale="zh-Hans", status="active",
            tier="gold", registered_at=NOW - 2 * 3600, observances=[], attrs={}, channels=["email"],
        ))  # fmt: skip


@pytest.mark.parametrize("statement", ["DELETE FROM lead", "UPDATE lead SET name = ''", "CREATE TABLE new (id INT)"])
def test_a_read_only_connection_refuses_to_write(read_only: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"read.?only"), read_only.reading() as connection:
        connection.execute(text(statement))


def test_a_plan_through_a_read_only_connection_leaves_every_row(database: Database, read_only: Database) -> None:
    add_lead(database)
    before = contents(database)
    settings = load_settings(HOUSE / "config.yaml")
    checked = check_folder(settings, read_folder(settings, HOUSE))
    found = planned_touches(read_only, settings, checked, Span(NOW, NOW, NOW + 7 * DAY))
    assert {touch.lead for touch in found} == {"wang"}
    assert contents(database) == before
