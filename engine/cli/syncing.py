"""`sync`: pull leads, their records and interactions from the databases of config.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.output import print_json, print_rows, styled
from engine.cli.times import Given
from engine.domain.civil import local
from engine.ground.errors import UsageError
from engine.service.app import App
from engine.settings.wording import did_you_mean


@click.command(cls=Command)
@click.argument("source", required=False)
@click.option("--full", is_flag=True, help="Read every row again, and compare all keys.")
@click.option("--dry-run", is_flag=True, help="Count only; nothing is changed here or there.")
@click.option("--refused", is_flag=True, help="Pull nothing; list rows that could not be taken, with reasons.")
@json_option
@now_option
def sync(
    source: str | None, full: bool, dry_run: bool, refused: bool, as_json: bool, now: Given | None
) -> None:
    """Pull leads, their records and interactions from the sources of config.yaml: from SOURCE, or from all of them.

    The daemon does it by itself, each as often as its `every` says.

    Example: followup sync
    """
    with opened(now, read_only=refused) as app:
        names = _names(app, source)
        if refused:
            _list_refused(app, source, as_json)
            return
        pulled = [_pulled(app, name, full, dry_run) for name in names]
    if as_json:
        print_json(pulled)
    elif not pulled:
        click.echo("config.yaml names no sources", err=True)
    else:
        click.echo("\n".join(_told(one, dry_run) for one in pulled))
    if any(one["failure"] for one in pulled):
        raise click.exceptions.Exit(1)


def _names(app: App, source: str | None) -> list[str]:
    known = tuple(app.settings.sources)
    if source is None:
        from engine.service.sources import in_turn

        return in_turn(app.settings)
    if source not in known:
        hint = did_you_mean(source, known) or "define it under sources in config.yaml"
        raise UsageError(f'there is no source "{source}"; {hint}')
    return [source]


def _pulled(app: App, name: str, full: bool, dry_run: bool) -> dict[str, Any]:
    from engine.service.sources import pull_source

    return pull_source(app, name, full=full, dry_run=dry_run).as_json()


def _list_refused(app: App, source: str | None, as_json: bool) -> None:
    from engine.store.facts.sources import refusals

    with app.db.reading() as connection:
        found = refusals(connection, source)
    zone = app.settings.defaults.timezone
    rows = [
        {"source": one.source, "key": one.row, "reason": one.reason, "since": local(one.at, zone).isoformat()}
        for one in found
    ]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("source", "key", "since", "reason"), "every row was taken")


def _told(one: Mapping[str, Any], dry_run: bool) -> str:
    text = f"{one['source']}: {one['fetched']} read, "
    text += ", ".join(f"{one[key]} {key}" for key in ("added", "changed", "unchanged", "gone"))
    if one["written_back"]:
        text += f", {one['written_back']} written back"
    if one["quarantined"]:
        text += f"; {one['quarantined']} in quarantine, see: followup sync {one['source']} --refused"
    if one["unknown_owners"]:
        text += f"; {one['unknown_owners']} owners are no reps yet, see: followup import reps"
    if one["failure"]:
        text += "; " + styled(f"then it failed: {one['failure']}", fg="red")
    return f"dry run, nothing changed. {text}" if dry_run else text
