"""What authors of rules and templates use: check, plan, preview."""

from __future__ import annotations

from itertools import groupby

import click

from engine.cli.common import Command, caller, json_option, now_option, opened
from engine.cli.output import print_json, print_rows, progress_bar, receiver_shown
from engine.cli.times import Given, WhenType
from engine.desk.check import check as check_all
from engine.desk.folder import Checked, check_folder, read_folder
from engine.desk.planning import ASSUMED, PlannedTouch, Span, planned_touches
from engine.desk.preview import preview as preview_text
from engine.desk.prospects import View
from engine.ground.clock import SystemClock
from engine.ground.errors import UsageError
from engine.service.app import App
from engine.stages.known import known_lead

FURTHEST = 731
"""Days that a plan may play through: two years."""


@click.command(cls=Command)
def check() -> None:
    """Check config.yaml, rules and templates.

    Needs no database. Prints every mistake with its place; exit 1 if there is any.

    Example: followup check
    """
    found = check_all(caller().config, SystemClock().now())
    for problem in found.problems:
        click.echo(str(problem), err=True)
    if found.checked is None:
        raise click.exceptions.Exit(1)
    book = found.checked.book
    click.echo(f"{len(book.rules)} rules, {len(book.policies)} policies: all good")


def checked_folder(app: App) -> Checked:
    """The rules and templates of the folder; BadConfig with every problem."""
    return check_folder(app.settings, read_folder(app.settings, app.home))


@click.command(cls=Command)
@click.option("--from", "start", type=WhenType(), metavar="ISO8601", help="First day or instant. [default: now]")
@click.option("--to", "end", type=WhenType(), metavar="ISO8601", required=True, help="First day or instant after it.")
@click.option("--lead", default="", metavar="ID", help="Only what is due for this lead.")
@json_option
@now_option
def plan(start: Given | None, end: Given, lead: str, as_json: bool, now: Given | None) -> None:
    """Show who would get what, and when.

    A dry run of the folder's rules on a copy in memory: nothing is written and nothing is sent.

    Example: followup plan --from 2026-02-14 --to 2026-02-21
    """
    with opened(now, read_only=True) as app:
        zone = app.settings.defaults.timezone
        if lead:
            with app.db.reading() as connection:
                known_lead(connection, lead)
        present = app.clock.now()
        span = Span(present, start.instant(zone) if start else present, end.instant(zone))
        if span.end <= span.start:
            raise UsageError("--to must lie after --from")
        checked = checked_folder(app)
        if span.end - span.now > FURTHEST * 86_400:
            raise UsageError(f"--to lies more than {FURTHEST} days ahead; plan a nearer span")
        with progress_bar("plan", 0) as bar:
            found = planned_touches(
                app.db, app.settings, checked, span, lead=lead,
                progress=lambda at: bar(at - span.now, span.end - span.now),
            )  # fmt: skip
    if as_json:
        print_json(touch.as_json() for touch in found)
    else:
        _print_days(found)
    click.echo(ASSUMED, err=True)


def _print_days(found: list[PlannedTouch]) -> None:
    """A table a day, by the receivers' clocks."""
    found = sorted(found, key=lambda touch: touch.comes_up_at[:10])
    for day, touches in groupby(found, key=lambda touch: touch.comes_up_at[:10]):
        rows = [
            {"time": one.comes_up_at[11:16], "rule": one.rule, "step": one.step, "lead": one.lead,
             "to": receiver_shown(one.receiver, one.absent), "state": one.state,
             "why": one.policy or one.reason, "via": one.channels}
            for one in touches
        ]  # fmt: skip
        print_rows(rows, ("time", "rule", "step", "lead", "to", "state", "why", "via"), "", title=day)
    if not found:
        click.echo("nothing is due in that time", err=True)


@click.command(cls=Command)
@click.argument("template", metavar="TEMPLATE")
@click.option("--lead", required=True, metavar="ID", help="The lead it is written for.")
@click.option("--locale", default="", metavar="TAG", help="zh-Hans, zh-Hant or en. [default: the receiver's]")
@click.option("--html", is_flag=True, help="The HTML part instead of the text.")
@now_option
def preview(template: str, lead: str, locale: str, html: bool, now: Given | None) -> None:
    """Show a template as it would be sent about a lead.

    At its rule's next occasion; today where there is none.

    Example: followup preview greeting/birthday --lead wang-0001
    """
    with opened(now, read_only=True) as app, app.db.reading() as connection:
        view = View(connection, app.settings, known_lead(connection, lead), app.clock.now())
        written = preview_text(read_folder(app.settings, app.home), app.settings, view, template, locale)
    if html and not written.html:
        raise UsageError(f"{template} has no HTML part in that language; write mail.LOCALE.html.j2")
    click.echo(written.html if html else f"Subject: {written.subject}\n\n{written.text}", nl=False)
