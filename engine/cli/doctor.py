"""`doctor`: whether everything that the daemon lives on is in order."""

from __future__ import annotations

import click

from engine.cli.common import Command, caller, json_option
from engine.cli.output import is_terminal, print_json, print_rows


@click.command(cls=Command)
@json_option
def doctor(as_json: bool) -> None:
    """Look at everything that the daemon lives on.

    Database, clock, zones, calendars, rules, rows that cannot be read, permissions, versions, disk, whether a daemon
    is at work; channels, the mailbox, feeds and sources: connect, log in, look; nothing is sent or changed. Each line
    says what to do. Exit 1 if anything fails.

    Example: followup doctor
    """
    from engine.service.doctor.examine import examine

    found = [one.as_json() for one in examine(caller().config)]
    if as_json:
        print_json(found)
    elif is_terminal():
        print_rows(found, ("level", "about", "found", "do"), "nothing was looked at")
    else:
        for one in found:
            click.echo(f"{one['level']:<5}{one['about']}: {one['found']}" + (f"; {one['do']}" if one["do"] else ""))
    if any(one["level"] == "fail" for one in found):
        raise click.exceptions.Exit(1)
