"""The schema's version: reading it, and bringing it up to this release with alembic."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from engine.ground.errors import FollowupError
from engine.store import circumstance_tables, ledger, source_tables, tables
from engine.store.database import Database

DECLARING = (tables, circumstance_tables, ledger, source_tables)
"""The modules that declare tables, all of one metadata; each has to be imported before anything is made."""
METADATA = DECLARING[0].metadata

_ADVISORY_LOCK = 0x666F6C6C  # "foll": any constant that no other program on the database uses


class SchemaState(StrEnum):
    """How a database's tables stand to this release."""

    OK = "ok"
    BEHIND = "behind"      # older, or empty: `upgrade` mends it
    AHEAD = "ahead"        # made by a newer release
    UNKNOWN = "unknown"    # tables, but none of our marks: not our database


def schema_state(db: Database) -> SchemaState:
    """Compare the revision that the database carries with the revisions of this release."""
    with db.reading() as connection:
        return _state(connection)


def require_schema(db: Database) -> None:
    """FollowupError with what to do, unless the schema is exactly this release's."""
    state = schema_state(db)
    if state is SchemaState.BEHIND:
        raise FollowupError("the database needs an upgrade; stop the daemon and run: followup db upgrade")
    _refuse_foreign(state)


def upgrade(db: Database) -> None:
    """Run the missing migrations in one transaction. FollowupError if the database is newer, or not ours."""
    with db.writing() as connection:
        if db.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        _refuse_foreign(_state(connection))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def create_all(db: Database) -> None:
    """Make the tables at once, marked with this release's revision: in-memory databases and tests."""
    with db.writing() as connection:
        METADATA.create_all(connection)
        script = ScriptDirectory.from_config(_config())
        MigrationContext.configure(connection).stamp(script, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _state(connection: Connection) -> SchemaState:
    revision = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(_config())
    if revision is None:
        return SchemaState.UNKNOWN if inspect(connection).get_table_names() else SchemaState.BEHIND
    if revision == script.get_current_head():
        return SchemaState.OK
    try:
        script.get_revision(revision)
    except CommandError:
        return SchemaState.AHEAD
    return SchemaState.BEHIND


def _refuse_foreign(state: SchemaState) -> None:
    if state is SchemaState.AHEAD:
        raise FollowupError("the database was made by a newer followup; install that release or a later one")
    if state is SchemaState.UNKNOWN:
        raise FollowupError("the database holds tables that are not followup's; give followup one of its own")
