"""Each migration leaves what a program of the release before reads and writes: it runs on beside the new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect

from engine.store import migrations
from engine.store.database import Database
from engine.store.upgrade import revisions


class Shape(NamedTuple):
    """What an older program relies on: each table's columns with their types, and what must be unique in it."""

    columns: dict[tuple[str, str], str]
    unique: set[tuple[str, tuple[str, ...]]]
    must_be_given: set[tuple[str, str]]


def shape_of(connection: Connection) -> Shape:
    found = inspect(connection)
    columns: dict[tuple[str, str], Any] = {
        (table, one["name"]): one for table in found.get_table_names() for one in found.get_columns(table)
    }
    unique = {
        (table, tuple(one["column_names"]))
        for table in found.get_table_names()
        for one in (*found.get_unique_constraints(table), *(one for one in found.get_indexes(table) if one["unique"]))
    }
    given = {
        place for place, one in columns.items()
        if not one["nullable"] and one["default"] is None and not one["primary_key"]
    }  # fmt: skip
    return Shape({place: str(one["type"]) for place, one in columns.items()}, unique, given)


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> list[Shape]:
    """That of each revision in turn, of one database that is brought up step by step."""
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('steps') / 'store.sqlite'}")
    config, found = Config(), []
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    for revision in revisions():
        with db.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            found.append(shape_of(connection))
    db.close()
    return found


@pytest.mark.parametrize("step", range(1, len(revisions())), ids=revisions()[1:])
def test_what_the_release_before_reads_and_writes_is_still_there(shapes: list[Shape], step: int) -> None:
    before, after = shapes[step - 1], shapes[step]
    tables = {table for table, _ in before.columns}
    assert before.columns.items() <= after.columns.items()
    assert {one for one in after.unique if one[0] in tables} == before.unique
    assert {one for one in after.must_be_given if one[0] in tables} == before.must_be_given
