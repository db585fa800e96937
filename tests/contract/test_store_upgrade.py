"""The migrations make exactly the tables that the statements are written for."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from engine.ground.errors import FollowupError
from engine.store import migrations
from engine.store.database import Database
from engine.store.upgrade import METADATA, SchemaState, create_all, require_schema, revisions, schema_state, upgrade

SQLITE_COLUMNS = text(
    "SELECT t.name, c.name, c.type, c.[notnull], c.dflt_value, c.pk FROM sqlite_master t, pragma_table_info(t.name) c"
    " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.name"
)
SQLITE_INDEXES = text(
    "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
)
SQLITE_UNIQUE = text(
    "SELECT t.name, i.origin, group_concat(c.name) FROM sqlite_master t, pragma_index_list(t.name) i,"
    " pragma_index_info(i.name) c WHERE t.type = 'table' AND i.[unique] GROUP BY t.name, i.name ORDER BY 1, 2, 3"
)
PG_COLUMNS = text(
    "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema = current_schema() ORDER BY table_name, column_name"
)
PG_INDEXES = text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1")


def schema_of(connection: Connection) -> list[tuple[object, ...]]:
    """Everything the database itself says of its tables, columns and indexes; a later column stands last in life."""
    sqlite = connection.dialect.name == "sqlite"
    queries = (SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_UNIQUE) if sqlite else (PG_COLUMNS, PG_INDEXES)
    return [tuple(row) for query in queries for row in connection.execute(query)]


def test_the_migrations_make_exactly_the_declared_tables(empty_url: str) -> None:
    db = Database(empty_url)
    upgrade(db)
    with db.reading() as connection:
        migrated = schema_of(connection)
    with db.writing() as connection:
        METADATA.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    create_all(db)
    with db.reading() as connection:
        declared = schema_of(connection)
    db.close()
    assert len(migrated) > 50
    assert migrated == declared


def test_the_revisions_in_order_are_those_of_alembic() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert revisions() == tuple(reversed([found.revision for found in script.walk_revisions()]))


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


def test_a_newer_database_is_read_but_not_written(database: Database, database_url: str) -> None:
    """A command on the machine that is upgraded last; a daemon of it must not start any more."""
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    reader = Database(database_url, read_only=True)
    require_schema(reader)
    reader.close()
    with pytest.raises(FollowupError, match="newer followup"):
        require_schema(database)


def test_a_database_of_a_release_that_took_something_away_is_not_read(database: Database, database_url: str) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '1000'"))
    reader = Database(database_url, read_only=True)
    with pytest.raises(FollowupError, match="newer followup"):
        require_schema(reader)
    reader.close()


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
