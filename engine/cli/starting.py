"""`init` and `db`: a new folder, and the database's schema."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.backup import backup, restore, sent
from engine.cli.common import Command, Group, caller, json_option
from engine.cli.copying import copy
from engine.cli.output import print_json, print_rows
from engine.cli.tidying import tidy
from engine.ground.clock import SystemClock
from engine.ground.errors import UsageError
from engine.service.app import database_url
from engine.service.lock import daemon_lock
from engine.service.samples import sample_people, write_samples
from engine.service.web_key import write_web_key
from engine.settings.load import load_settings
from engine.settings.profiles import FULL, profile_files, profiles
from engine.store import state
from engine.store.database import Database
from engine.store.upgrade import SchemaState, schema_state, upgrade

SAMPLE_LEADS, SAMPLE_REPS = 30, 4


def _tell_profiles(context: click.Context, _: click.Parameter, name: str) -> str:
    """`--profile help` lists them, each with what it is for, and makes nothing."""
    if name == "help":
        for profile in profiles():
            click.echo(f"{profile.name:12}  {profile.summary['en']}\n{'':12}  {profile.summary['zh-Hans']}")
        context.exit()
    return name


@click.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--rehearsal", is_flag=True, help="For rehearsals: takes --now, and reaches nobody outside.")
@click.option("--profile", default=FULL, metavar="NAME", is_eager=True, callback=_tell_profiles,
              help="The rules to begin with; help lists them. [default: full]")
def init(folder: Path, rehearsal: bool, profile: str) -> None:
    """Make a folder to start from.

    It gets config.yaml, rules, templates, a database, sample people as CSV files, and a key for links (web.key).

    Example: followup init care --profile door-shop && cd care && followup check
    """
    files = profile_files(profile)
    _make_empty(folder)
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    now = SystemClock().now()
    write_samples(folder, sample_people(now, SAMPLE_LEADS, SAMPLE_REPS))
    _make_database(folder / "config.yaml", rehearsal, now)
    write_web_key(folder)
    first = f"cd {folder} && followup import reps reps.csv && followup import leads leads.csv"
    click.echo(f"{folder} is ready. Next: {first}")


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f'the folder "{folder}" is not empty; name a new one')
    except OSError as error:
        raise UsageError(f'the folder "{folder}" cannot be made: {error.strerror}') from error


def _make_database(config: Path, rehearsal: bool, now: int) -> None:
    db = Database(database_url(load_settings(config), config.resolve().parent))
    try:
        upgrade(db)
        if rehearsal:
            with db.writing() as connection:
                state.put(connection, state.REHEARSAL, True, now)
    finally:
        db.close()


@click.group(cls=Group)
def db() -> None:
    """Upgrade the database, back it up, move it, tidy it, or look how it stands."""


db.add_command(backup)
db.add_command(restore)
db.add_command(sent)
db.add_command(copy)
db.add_command(tidy)


@db.command("upgrade")
def upgrade_command() -> None:
    """Run the migrations that are missing; makes the database where there is none.

    Example: followup db upgrade
    """
    url = _url()
    with daemon_lock(url):
        database = Database(url)
        try:
            upgrade(database)
        finally:
            database.close()
    click.echo("the database is up to date")


@db.command("status")
@json_option
def status_command(as_json: bool) -> None:
    """How the schema stands to this release; exit 1 unless it fits.

    Example: followup db status
    """
    database = Database(_url(), read_only=True)
    try:
        schema = schema_state(database)
        row = {"engine": database.dialect, "schema": schema.value, "rehearsal": _is_rehearsal(database, schema)}
    finally:
        database.close()
    if as_json:
        print_json([row])
    else:
        print_rows([row], tuple(row), "")
    if schema is not SchemaState.OK:
        raise click.exceptions.Exit(1)


def _is_rehearsal(database: Database, schema: SchemaState) -> bool:
    if schema is not SchemaState.OK:
        return False
    with database.reading() as connection:
        return state.is_rehearsal(connection)


def _url() -> str:
    config = caller().config
    return database_url(load_settings(config), config.resolve().parent)
