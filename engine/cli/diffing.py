"""`diff`: what a reload would change."""

from __future__ import annotations

import click

from engine.cli.authoring import checked_folder
from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.output import print_json, print_rows
from engine.cli.times import Given
from engine.desk.diff import DAYS, Diff
from engine.desk.diff import diff as compare
from engine.desk.planning import ASSUMED, PlannedTouch

SHOWN = 20
"""Touches of a kind that are listed one by one; --json has them all."""
COLUMNS = ("due", "rule", "step", "lead", "to", "before")


@click.command(cls=Command)
@click.option("--days", type=click.IntRange(1, 366), default=DAYS, metavar="N", help="How far ahead. [default: 30]")
@json_option
@now_option
def diff(days: int, as_json: bool, now: Given | None) -> None:
    """Show what a reload would change.

    Rules with what changed in them, touches gained, lost and moved, and the load of each rep. Nothing is written.

    Example: followup diff
    """
    with opened(now, read_only=True) as app:
        found = compare(app.db, app.settings, checked_folder(app), app.clock.now(), days)
    if as_json:
        print_json([found.as_json()])
    else:
        _print(found, days)
    click.echo(ASSUMED, err=True)


def _print(found: Diff, days: int) -> None:
    if not found.edits.rules and not (found.gained or found.lost or found.moved):
        click.echo("nothing would change")
        return
    for renamed in found.edits.renamed:
        click.echo(str(renamed))
    for one in found.edits.rules:
        click.echo(str(one))
        for line in found.words.get(one.rule, ()):
            click.echo(f"    {line}")
    click.echo(
        f"in the next {days} days: {len(found.gained):,} touches gained, {len(found.lost):,} lost, "
        f"{len(found.moved):,} moved"
    )
    for what, touches in (("gained", found.gained), ("lost", found.lost)):
        _print_touches(what, [_row(one) for one in touches])
    _print_touches("moved", [_row(one.after) | {"before": one.before.due_at[:16]} for one in found.moved])
    load = [{"rep": rep, "before": a, "after": b} for rep, (a, b) in (found.per_rep or {}).items()]
    if load:
        print_rows(load, ("rep", "before", "after"), "", title="load")


def _row(one: PlannedTouch) -> dict[str, object]:
    return {"due": one.due_at[:16], "rule": one.rule, "step": one.step, "lead": one.lead, "to": one.receiver}


def _print_touches(what: str, rows: list[dict[str, object]]) -> None:
    if rows:
        title = what if len(rows) <= SHOWN else f"{what}: the first {SHOWN} of {len(rows):,}"
        print_rows(rows[:SHOWN], [name for name in COLUMNS if name in rows[0]], "", title=title)
