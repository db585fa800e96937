"""`plan`: who would get what, when; how much that is for whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import click

from engine.cli.authoring import checked_folder
from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.load_chart import print_load
from engine.cli.output import print_json, print_rows, progress_bar, receiver_shown
from engine.cli.times import Given, WhenType
from engine.desk.folder import Checked
from engine.desk.load import grid_of, load_of, people_of
from engine.desk.load_marks import marks_of
from engine.desk.load_page import load_page
from engine.desk.planning import ASSUMED, PlannedTouch, Span, planned_touches
from engine.ground.errors import FollowupError, UsageError
from engine.service.app import App
from engine.stages.known import known_lead

FURTHEST = 731
"""Days that a plan may play through: two years."""


@click.command(cls=Command)
@click.option("--from", "start", type=WhenType(), metavar="ISO8601", help="First day or instant. [default: now]")
@click.option("--to", "end", type=WhenType(), metavar="ISO8601", required=True, help="First day or instant after it.")
@click.option("--lead", default="", metavar="ID", help="Only what is due for this lead.")
@click.option("--load", is_flag=True, help="How many touches for whom on which day, instead of each.")
@click.option("--by", type=click.Choice(["rep", "rule", "day"]), help="What --load counts by. [default: rep]")
@click.option("--html", "page", type=click.Path(path_type=Path), metavar="FILE", help="Write the load as a page there.")
@json_option
@now_option
def plan(
    start: Given | None, end: Given, lead: str, load: bool, by: str | None, page: Path | None, as_json: bool,
    now: Given | None,
) -> None:  # fmt: skip
    """Show who would get what, and when.

    A dry run of the folder's rules on a copy in memory: nothing is written and nothing is sent.

    Example: followup plan --from 2026-02-14 --to 2026-02-21 --load
    """
    if by and not load:
        raise UsageError("--by says how to count; add --load")
    with opened(now, read_only=True) as app:
        span = _span(app, start, end)
        checked = checked_folder(app)
        found = _planned(app, checked, span, lead)
        if page is not None:
            _write_page(app, checked, found, page)
        if load:
            _print_load(app, found, by or "rep", as_json)
    if as_json and not load:
        print_json(touch.as_json() for touch in found)
    elif not load and page is None:
        _print_days(found)
    click.echo(ASSUMED, err=True)


def _span(app: App, start: Given | None, end: Given) -> Span:
    zone, present = app.settings.defaults.timezone, app.clock.now()
    span = Span(present, start.instant(zone) if start else present, end.instant(zone))
    if span.end <= span.start:
        raise UsageError("--to must lie after --from")
    if span.end - span.now > FURTHEST * 86_400:
        raise UsageError(f"--to lies more than {FURTHEST} days ahead; plan a nearer span")
    return span


def _planned(app: App, checked: Checked, span: Span, lead: str) -> list[PlannedTouch]:
    if lead:
        with app.db.reading() as connection:
            known_lead(connection, lead)
    with progress_bar("plan", 0) as bar:
        return planned_touches(
            app.db, app.settings, checked, span, lead=lead,
            progress=lambda at: bar(at - span.now, span.end - span.now),
        )  # fmt: skip


def _print_load(app: App, found: Sequence[PlannedTouch], by: str, as_json: bool) -> None:
    with app.db.reading() as connection:
        people = people_of(connection, found)
    items = load_of(found, people)
    if not as_json:
        print_load(items, by, people.reps if by != "rule" else {})
        return
    grid = grid_of(items, by)
    if by == "day":
        print_json({"day": day.isoformat(), "touches": grid.on(day)} for day in grid.days if grid.on(day))
    else:
        print_json({by: row, "day": day.isoformat(), "touches": grid.counts[row, day]}
                   for row, day in sorted(grid.counts))  # fmt: skip


def _write_page(app: App, checked: Checked, found: Sequence[PlannedTouch], page: Path) -> None:
    with app.db.reading() as connection:
        people = people_of(connection, found)
    summaries = {rule.id: rule.summary for rule in checked.book.rules}
    items = load_of(found, people)
    country, days = app.settings.defaults.country, {one.day for one in items}
    marks = marks_of(checked.book, app.clockwork.calendars, country, days)
    try:
        page.write_text(load_page(items, people, summaries, app.settings.company.name, marks), "utf-8")
    except OSError as error:
        raise FollowupError(f"{page} cannot be written: {error.strerror}") from error
    click.echo(f"{page} is written: {len(found)} touches", err=True)


def _together(one: PlannedTouch) -> str:
    return f"one message about {one.gathered}" if (one.gathered or 0) > 1 else ""


def _print_days(found: list[PlannedTouch]) -> None:
    """A table a day, by the receivers' clocks."""
    found = sorted(found, key=lambda touch: touch.comes_up_at[:10])
    for day, touches in groupby(found, key=lambda touch: touch.comes_up_at[:10]):
        rows = [
            {"time": one.comes_up_at[11:16], "rule": one.rule, "step": one.step, "lead": one.lead,
             "to": receiver_shown(one.receiver, one.absent), "state": one.state,
             "why": one.policy or one.reason or _together(one), "via": one.channels}
            for one in touches
        ]  # fmt: skip
        print_rows(rows, ("time", "rule", "step", "lead", "to", "state", "why", "via"), "", title=day)
    if not found:
        click.echo("nothing is due in that time", err=True)
