"""The migrations make exactly the tables that the statements are written for."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from engine.ground.errors import FollowupError
from engine.store.database import Database
from engine.store.upgrade import METADATA, SchemaState, create_all, require_schema, schema_state, upgrade

SQLITE_SCHEMA = text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
PG_COLUMNS = text(
    "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
)
PG_INDEXES = text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1")


def schema_of(connection: Connection) -> list[tuple[object, ...]]:
    """Everything the database itself says of its tables, columns and indexes."""
    if connection.dialect.name == "sqlite":
        return [tuple(row) for row in connection.execute(SQLITE_SCHEMA)]
    return [tuple(row) for query in (PG_COLUMNS, PG_INDEXES) for row in connection.execute(query)]


def test_the_migrations_make_exactly_the_declared_tables(empty_url: str) -> None:
    db = Database(empty_url)
    upgrade(db)
    with db.reading() as connection:
        migrated = schema_of(connection)
    with db.writing() as connection:
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
    with db.reading() as connection:
        declared = schema_of(connection)
    db.close()
    assert len(migrated) > 50
    assert migrated == declared


def test_an_empty_database_is_behind_until_upgraded_and_upgrading_twice_is_harmless(empty_url: str) -> None:
    db = Database(empty_url)
    assert schema_state(db) is SchemaState.BEHIND
    with pytest.raises(FollowupError, match="followup db upgrade"):
        require_schema(db)
    upgrade(db)
    upgrade(db)
    require_schema(db)
    assert schema_state(db) is SchemaState.OK
    db.close()


def test_tables_made_at_once_carry_the_revision(database: Database) -> None:
    assert schema_state(database) is SchemaState.OK


def test_the_database_of_a_newer_release_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    assert schema_state(database) is SchemaState.AHEAD
    for entry in (require_schema, upgrade):
        with pytest.raises(FollowupError, match="newer followup"):
            entry(database)


def test_somebody_elses_database_is_left_alone(empty_url: str) -> None:
    db = Database(empty_url)
    with db.writing() as connection:
        connection.execute(text("CREATE TABLE invoice (id INTEGER)"))
    assert schema_state(db) is SchemaState.UNKNOWN
    with pytest.raises(FollowupError, match="not followup's"):
        upgrade(db)
    db.close()


def test_create_all_works_in_memory() -> None:
    db = Database("sqlite://")
    create_all(db)
    assert schema_state(db) is SchemaState.OK
    db.close()
