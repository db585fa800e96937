"""`check`: what authors call after every edit, so it loads nothing that only a database needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.cli.common import Command, caller, opened
from engine.desk.check import check as check_all
from engine.ground.clock import SystemClock

if TYPE_CHECKING:
    from engine.desk.folder import Checked


@click.command(cls=Command)
@click.option("--against", type=click.Choice(["running"]), help="Also what a reload would make due at once.")
def check(against: str | None) -> None:
    """Check config.yaml, rules and templates.

    Prints every mistake with its place; exit 1 if there is any. Needs no database, unless it is to compare.

    Example: followup check --against running
    """
    found = check_all(caller().config, SystemClock().now())
    for problem in found.problems:
        click.echo(str(problem), err=True)
    if found.consequence:
        click.echo(found.consequence, err=True)
    if found.checked is None:
        raise click.exceptions.Exit(1)
    book = found.checked.book
    click.echo(f"{len(book.rules)} rules, {len(book.policies)} policies, {len(book.gates)} gates: all good")
    if against:
        _compare_with_running(found.checked)


def _compare_with_running(checked: Checked) -> None:
    """What a reload would change, and whether it needs a yes; exit 1 if so."""
    from engine.desk.edits import edits_of, require_confirmed

    with opened(read_only=True) as app, app.db.reading() as connection:
        edits = edits_of(connection, app.settings, app.books, checked, app.clock.now())
    for line in edits.lines():
        click.echo(line)
    if not edits.rules:
        click.echo("the rules in force are the same")
    require_confirmed(edits, app.settings.caps.backfill)
