"""`db copy`: a house moves from its SQLite file to PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Command, json_option
from engine.cli.output import print_json, print_rows, progress_bar
from engine.ground.errors import UsageError
from engine.service.lock import daemon_lock
from engine.settings.secrets import is_reference, resolve
from engine.store.copying import copy_house
from engine.store.database import Database, sqlite_path


@click.command(cls=Command)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@json_option
def copy(source: str, target: str, as_json: bool) -> None:
    """Copy everything from a SQLite file to an empty PostgreSQL database.

    Both are files, URLs, or references to one (env:NAME, file:PATH, cred:NAME): a password belongs into no command
    line. The daemon must stand still. All or nothing is copied, and each table compared afterwards.

    Example: followup db copy followup.sqlite env:FOLLOWUP_DATABASE
    """
    here, there = _url_of(source), _url_of(target)
    _require_file(here)
    with daemon_lock(here):
        one, other = Database(here, read_only=True), Database(there)
        try:
            with progress_bar("db copy", 0) as progress:
                tables = copy_house(one, other, progress)
        finally:
            one.close()
            other.close()
    rows = [{"table": table.name, "rows": table.rows, "checksum": table.checksum} for table in tables]
    if as_json:
        print_json(rows)
    else:
        print_rows([row for row in rows if row["rows"]], ("table", "rows", "checksum"), "there was nothing to copy")
        click.echo("both sides are the same; name the new database in config.yaml and start the daemons", err=True)


def _url_of(named: str) -> str:
    """What the command line names: a reference, a URL, or a SQLite file."""
    if is_reference(named):
        return resolve(named, Path())
    return named if "://" in named else f"sqlite:///{Path(named).resolve()}"


def _require_file(url: str) -> None:
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise UsageError(f'there is no database "{path.name}"')
