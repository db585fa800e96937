"""`db tidy`: what has become old is put away now, instead of by the daemon."""

from __future__ import annotations

from collections.abc import Mapping

import click

from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.output import print_json, progress_bar
from engine.cli.times import Given

_MOVED = {"touch": "touches", "delivery": "deliveries", "delivery_event": "their events", "verdict": "verdicts",
          "draft": "drafts"}  # fmt: skip
_DROPPED = {"words": "touches' words", "addresses": "touches' addresses", "findings": "touches' findings",
            "letters": "letters", "looks": "looks"}  # fmt: skip


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Count only.")
@json_option
@now_option
def tidy(dry_run: bool, as_json: bool, now: Given | None) -> None:
    """Put away what is old, as the daemon does every hour.

    Touches that ended long ago move to the archive: lists, pages and reports show them as before, and nobody gets
    anything twice. Texts about people that config.yaml keeps for some time only (`retention`) are dropped. The daemon
    may go on meanwhile.

    Example: followup db tidy --dry-run
    """
    from engine.stages.tidy.archive import archive, to_archive
    from engine.stages.tidy.drop import drop, to_drop
    from engine.stages.tidy.limits import Limits

    with opened(now, read_only=dry_run) as app:
        retention, at = app.settings.retention, app.clock.now()
        count, going = to_archive(app.db, retention, at), to_drop(app.db, retention, at)
        if dry_run:
            _tell({"touch": count} if count else {}, going, as_json, dry_run=True)
            return
        with progress_bar("to the archive", count) as progress:
            moved = archive(app.db, retention, at, Limits(progress=lambda done: progress(done, count)))
        with progress_bar("dropping texts", going.total()) as progress:
            dropped = drop(app.db, retention, at, Limits(progress=lambda done: progress(done, going.total())))
    _tell(moved, dropped, as_json, dry_run=False)


def _tell(moved: Mapping[str, int], dropped: Mapping[str, int], as_json: bool, *, dry_run: bool) -> None:
    if as_json:
        print_json([{"dry_run": dry_run, "archived": dict(moved), "dropped": dict(dropped)}])
        return
    would = "would be " if dry_run else ""
    found = False
    for done, counts, names in (("moved to the archive", moved, _MOVED), ("dropped", dropped, _DROPPED)):
        told = ", ".join(f"{counts[what]} {words}" for what, words in names.items() if counts.get(what))
        if told:
            click.echo(f"{would}{done}: {told}")
        found = found or bool(told)
    if not found:
        click.echo("nothing is old enough to be put away")
