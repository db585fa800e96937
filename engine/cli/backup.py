"""`db backup` and `db restore`: a copy of the database while it is at work, and a copy put in its place."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from engine.cli.common import Command, actor_option, caller, json_option, now_option, opened
from engine.cli.output import print_json
from engine.cli.times import Given
from engine.ground.clock import SystemClock
from engine.ground.errors import UsageError
from engine.service.app import database_url
from engine.service.lock import daemon_lock
from engine.settings.load import load_settings
from engine.store.backup import Copied, back_up, put_back, without_password
from engine.store.database import sqlite_path

_SHOWN = {"lead": "leads", "touch": "touches", "delivery": "deliveries"}


@click.command(cls=Command)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Copy the database into a new file, while the daemon works.

    The copy is checked, page by page and table by table, before it gets its name. It sends nothing when it is put back,
    until somebody says `followup resume`. SQLite only; for PostgreSQL it names the line that does it.

    Example: followup db backup followup-backup.sqlite
    """
    source = _database(f"pg_dump --format=custom --file={shlex.quote(str(file))}")
    _tell(back_up(_present(source), file, _now()), as_json)


@click.command(cls=Command)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Put a backup in the place of the database; stop the daemon first.

    The database that was there is kept beside it, with `.replaced` behind its name.

    Example: followup db restore followup-backup.sqlite
    """
    command = f"pg_restore --clean --if-exists --single-transaction {shlex.quote(str(file))} --dbname"
    path = _database(command)
    with daemon_lock(f"sqlite:///{path}"):
        _tell(put_back(file, path, _now()), as_json)


@click.command(cls=Command)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(allow_dash=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Count only.")
@now_option
@actor_option
def sent(logs: tuple[str, ...], dry_run: bool, now: Given | None, actor: str) -> None:
    """Note what logs say was sent since the backup was made.

    LOG is followup's own log or a mail relay's, `-` for standard input. Each message whose Message-ID it names is noted
    as sent, and will not be sent again. Only while everything is on hold.

    Example: followup db sent /var/log/mail.log --dry-run
    """
    from engine.stages.dispatch.found_sent import found_in, note_sent

    with opened(now) as app:
        found = found_in(app.db, _lines(logs))
        noted = len(found) if dry_run else note_sent(app.db, found, actor, app.clock.now())
    messages, are = ("1 message was", "is") if noted == 1 else (f"{noted} messages were", "are")
    click.echo(f"{messages} sent; nothing is noted yet" if dry_run else f"{messages} sent, and {are} noted so")


def _lines(logs: Iterable[str]) -> Iterator[str]:
    for log in logs:
        try:
            with click.open_file(log, encoding="utf-8", errors="replace") as lines:
                yield from lines
        except OSError as error:
            raise UsageError(f'"{log}" cannot be read: {error.strerror}') from error


def _database(of_postgresql: str) -> Path:
    """The SQLite file of config.yaml; UsageError with the line for PostgreSQL, where it is there."""
    config = caller().config
    url = database_url(load_settings(config), config.resolve().parent)
    path = sqlite_path(url)
    if path is None:
        line = f"{of_postgresql} {shlex.quote(without_password(url))}"
        raise UsageError(f"the database is on PostgreSQL, whose own program does it: {line}")
    return path


def _present(path: Path) -> Path:
    if not path.exists():
        raise UsageError(f'there is no database "{path.name}" yet; make it with: followup db upgrade')
    return path


def _tell(copied: Copied, as_json: bool) -> None:
    if as_json:
        print_json([{"file": str(copied.file), "rows": copied.rows}])
        return
    counts = ", ".join(f"{copied.rows.get(table, 0)} {words}" for table, words in _SHOWN.items())
    click.echo(f"{copied.file} is whole: {counts}; it sends nothing until: followup resume")


def _now() -> int:
    return SystemClock().now()
