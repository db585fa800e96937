"""The schema's version: reading it, and bringing it up to this release with alembic.

Alembic is loaded only where there is something to migrate. Every command looks at the version first, and importing
alembic would cost it more than the rest of its work.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import URL, Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, select, text
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from engine.ground.errors import FollowupError
from engine.store import (
    archive_tables,
    circumstance_tables,
    inbox_tables,
    ledger,
    rate_tables,
    source_tables,
    tables,
    tallies,
    web_tables,
)
from engine.store.database import Database

DECLARING = (tables, circumstance_tables, ledger, source_tables, inbox_tables, web_tables, rate_tables, tallies,
             archive_tables)  # fmt: skip
"""The modules that declare tables, all of one metadata; each has to be imported before anything is made."""
METADATA = DECLARING[0].metadata

_MIGRATIONS = Path(__file__).parent / "migrations"
_MARK = Table(
    "alembic_version", MetaData(), Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)  # fmt: skip
"""Where alembic notes the revision, as it makes that table itself."""

_ADVISORY_LOCK = 0x666F6C6C  # "foll": any constant that no other program on the database uses


class WrongDatabase(FollowupError):
    """Newer than this program, or not followup's. Exit code 78 for the daemon: to start it again mends nothing."""

    exit_code = 78


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
    """FollowupError with what to do, unless the schema is exactly this release's.

    Who only reads may find a newer one, as on a machine that is upgraded last: what it knows of is all there.
    """
    with db.reading() as connection:
        state, revision = _state(connection), _revision(connection)
    if state is SchemaState.BEHIND:
        raise FollowupError("the database needs an upgrade; stop the daemon and run: followup db upgrade")
    if state is SchemaState.AHEAD and db.read_only and _only_added_to(revision):
        return
    _refuse_foreign(state)


def upgrade(db: Database) -> None:
    """Run the missing migrations in one transaction. FollowupError if the database is newer, or not ours."""
    with db.writing() as connection:
        if db.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        state = _state(connection)
        _refuse_foreign(state)
        if state is SchemaState.BEHIND:
            _migrate(connection)


def create_all(db: Database) -> None:
    """Make the tables of an empty database at once, marked with this release's revision: dry runs and tests."""
    with db.writing() as connection:
        for statement in _statements(db.dialect):
            connection.exec_driver_sql(statement)
        connection.execute(_MARK.insert().values(version_num=revisions()[-1]))


@cache
def revisions() -> tuple[str, ...]:
    """The revisions of this release, oldest first, as the names of their files end: `world_0005.py` is 0005."""
    return tuple(sorted(file.stem.rpartition("_")[2] for file in _MIGRATIONS.glob("versions/*_[0-9]*.py")))


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _statements(engine: str) -> tuple[str, ...]:
    """What makes the declared tables, worded once for each engine: a dry run makes them anew every time."""
    dialect = URL.create(engine).get_dialect()()
    parts: list[ExecutableDDLElement] = []
    for table in (_MARK, *METADATA.sorted_tables):
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        parts += [CreateTable(table), *map(CreateIndex, indexes)]
    made = (str(part.compile(dialect=dialect)) for part in parts)
    return (*made, *archive_tables.NEVER_AGAIN[engine])


def _state(connection: Connection) -> SchemaState:
    revision = _revision(connection)
    if revision is None:
        return SchemaState.UNKNOWN if inspect(connection).get_table_names() else SchemaState.BEHIND
    if revision == revisions()[-1]:
        return SchemaState.OK
    return SchemaState.BEHIND if revision in revisions() else SchemaState.AHEAD


def _revision(connection: Connection) -> str | None:
    marked = inspect(connection).has_table(_MARK.name)
    return connection.execute(select(_MARK.c.version_num)).scalar() if marked else None


def _only_added_to(revision: str | None) -> bool:
    """Whether migrations up to that newer revision only add: those of one thousand do. See docs/upgrading.md."""
    ours = revisions()[-1]
    return revision is not None and revision.isdigit() and len(revision) == len(ours) and revision[0] == ours[0]


def _refuse_foreign(state: SchemaState) -> None:
    if state is SchemaState.AHEAD:
        raise WrongDatabase("the database was made by a newer followup; install that release or a later one")
    if state is SchemaState.UNKNOWN:
        raise WrongDatabase("the database holds tables that are not followup's; give followup one of its own")
