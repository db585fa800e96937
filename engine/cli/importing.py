"""`import`: people and records from CSV."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Command, actor_option, json_option, now_option, opened
from engine.cli.output import print_json, progress_bar
from engine.cli.times import Given
from engine.stages.imports import ImportReport, What, run_import


@click.command("import", cls=Command)
@click.argument("what", type=click.Choice(["leads", "reps", "records"]))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Count and write the quarantine file; change nothing.")
@json_option
@now_option
@actor_option
def import_(what: What, file: Path, dry_run: bool, as_json: bool, now: Given | None, actor: str) -> None:
    """Bring leads, reps or records in from a CSV file.

    Again is harmless: rows are told apart by id. Bad rows go to a quarantine file beside it, with row number
    and reason; the others land. Exit 1 if none did.

    Example: followup import leads leads.csv
    """
    with opened(now) as app, progress_bar(f"import {what}", 0) as progress:
        report = run_import(
            app.db, app.settings, what, file, app.clock.now(), gates=app.gates(), actor=actor, dry_run=dry_run,
            progress=progress,
        )  # fmt: skip
    landed = report.added + report.changed + report.unchanged
    if as_json:
        print_json([_as_json(report)])
    else:
        click.echo(_told(what, report, landed, dry_run))
    if report.unknown_owners:
        hint = "import them too: followup import reps FILE"
        click.echo(f"{report.unknown_owners} owners are no reps yet; {hint}", err=True)
    if report.quarantined and not landed:
        raise click.exceptions.Exit(1)


def _told(what: str, report: ImportReport, landed: int, dry_run: bool) -> str:
    text = f"{landed} {what}: {report.added} added, {report.changed} changed, {report.unchanged} unchanged"
    if report.quarantined:
        text += f"; {report.quarantined} in quarantine: {report.quarantine_file}"
    return f"dry run, nothing changed. {text}" if dry_run else text


def _as_json(report: ImportReport) -> dict[str, object]:
    return {
        "added": report.added, "changed": report.changed, "unchanged": report.unchanged,
        "quarantined": report.quarantined, "unknown_owners": report.unknown_owners,
        "quarantine_file": str(report.quarantine_file) if report.quarantine_file else None,
    }  # fmt: skip
