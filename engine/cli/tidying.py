"""`db tidy`: what has become old is put away now, instead of by the daemon."""

from __future__ import annotations

import click

from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.output import print_json, progress_bar
from engine.cli.times import Given

_WORDS = {"touch": "touches", "delivery": "deliveries", "delivery_event": "their events", "verdict": "verdicts",
          "draft": "drafts"}  # fmt: skip


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Count only.")
@json_option
@now_option
def tidy(dry_run: bool, as_json: bool, now: Given | None) -> None:
    """Move touches that ended long ago to the archive, as the daemon does every hour.

    How long ago is for `retention` in config.yaml to say. Nothing is lost: lists, pages and reports show them as
    before, and nobody gets anything twice. The daemon may go on meanwhile.

    Example: followup db tidy --dry-run
    """
    from engine.stages.tidy.archive import Limits, archive, to_archive

    with opened(now, read_only=dry_run) as app:
        retention, at = app.settings.retention, app.clock.now()
        count = to_archive(app.db, retention, at)
        if dry_run:
            _tell({"touch": count}, as_json, dry_run=True)
            return
        with progress_bar("db tidy", count) as progress:
            rows = archive(app.db, retention, at, Limits(moved=lambda done: progress(done, count)))
    _tell(dict(rows), as_json, dry_run=False)


def _tell(rows: dict[str, int], as_json: bool, *, dry_run: bool) -> None:
    if as_json:
        print_json([{"dry_run": dry_run, "archived": rows}])
    elif dry_run:
        click.echo(f"{rows['touch']} touches would move to the archive")
    else:
        counts = ", ".join(f"{rows[table]} {words}" for table, words in _WORDS.items() if rows.get(table))
        click.echo(f"moved to the archive: {counts}" if counts else "nothing is old enough to move")
