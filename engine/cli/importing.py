"""`import`: people, records and interactions from files."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Command, actor_option, json_option, now_option, opened
from engine.cli.output import print_json, progress_bar
from engine.cli.people import duplicate_row, print_duplicates
from engine.cli.times import Given
from engine.stages.imports import How, ImportReport, What, run_import


@click.command("import", cls=Command)
@click.argument("what", type=click.Choice(["leads", "reps", "records", "interactions"]))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--map", "mapping", metavar="FILE", type=click.Path(path_type=Path),
              help="YAML or JSON: which of their columns is which of ours.")
@click.option("--sheet", metavar="NAME", help="Of an XLSX file; the first if left out.")
@click.option("--history", is_flag=True, help="It is all past: nothing that was due before now comes of it.")
@click.option("--dry-run", is_flag=True, help="Count and write the quarantine file; change nothing.")
@json_option
@now_option
@actor_option
def import_(
    what: What, file: Path, mapping: Path | None, sheet: str | None, history: bool, dry_run: bool, as_json: bool,
    now: Given | None, actor: str,
) -> None:  # fmt: skip
    """Bring leads, reps, records or interactions in from a CSV, XLSX or vCard file.

    Again is harmless: rows are told apart by id. Bad rows go to a quarantine file beside it, with row number
    and reason; the others land. Exit 1 if none did. Leads that share a telephone, an address or a WeCom id are told.

    Example: followup import leads leads.csv
    """
    with opened(now) as app, progress_bar(f"import {what}", 0) as progress:
        report = run_import(
            app.db, app.settings, what, file, app.clock.now(), gates=app.gates(), actor=actor,
            how=How(dry_run, sheet, mapping, history), progress=progress,
        )  # fmt: skip
    landed = report.added + report.changed + report.unchanged
    if as_json:
        print_json([_as_json(report)])
    else:
        click.echo(_told(what, report, landed, dry_run))
        if report.duplicates:
            click.echo("perhaps the same person (nothing is merged; all of them: followup lead duplicates):")
            print_duplicates(report.duplicates)
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
        "duplicates": [duplicate_row(one) for one in report.duplicates],
    }  # fmt: skip
