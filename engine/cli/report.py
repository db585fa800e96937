"""`report`: what was done in a day, a week or a month, as figures."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.output import print_json
from engine.cli.report_chart import print_report
from engine.cli.times import Given, WhenType
from engine.domain.civil import local_date
from engine.domain.periods import Period, PeriodKind, period_of, reported
from engine.ground.errors import FollowupError, UsageError
from engine.service.app import App
from engine.stages.report import scope as scopes
from engine.stages.report.figures import Report
from engine.stages.report.report import Sources, report
from engine.stages.report.rows import rows
from engine.stages.report.scope import Scope
from engine.store.database import Connection


@click.command("report", cls=Command)
@click.argument("kind", type=click.Choice(get_args(PeriodKind)))
@click.option("--rep", default="", metavar="ID", help="Only this rep, by his own clock.")
@click.option("--team", default="", metavar="NAME", help="Only the reps of this team.")
@click.option("--on", type=WhenType(), metavar="DATE", help="The period that this day lies in.")
@click.option("--html", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write it as a page there.")
@json_option
@now_option
def report_command(
    kind: PeriodKind, rep: str, team: str, on: Given | None, file: Path | None, as_json: bool, now: Given | None
) -> None:
    """Say how a day, week or month went.

    What was planned and what came of it, the funnel against the mean, the rhythm kept, contacts per customer.
    Without --on: today, the last full week, the last full month.

    Example: followup report weekly --rep li
    """
    if rep and team:
        raise UsageError("give --rep or --team, not both")
    with opened(now, read_only=True) as app, app.db.reading() as connection:
        scope = _scope(app, connection, rep, team)
        period = _period(app, kind, scope.zone, on)
        sources = Sources(app.settings, app.books, app.clockwork.calendars)
        told = report(connection, sources, scope, period, app.clock.now())
    if file is not None:
        _write_file(app, told, scope, file)
    if as_json:
        print_json(rows(told))
    elif file is None:
        print_report(told)


def _write_file(app: App, told: Report, scope: Scope, file: Path) -> None:
    """In the language of the rep, or of the house."""
    from engine.web.report_file import report_file
    from engine.web.wording import language_of

    locale = scope.reps[0].locale if scope.kind == scopes.REP else ""
    language = language_of(locale, app.settings.defaults.locale)
    try:
        file.write_text(report_file(told, language, {one.id: one.name for one in scope.reps}), "utf-8")
    except OSError as error:
        raise FollowupError(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{file} is written", err=True)


def _scope(app: App, connection: Connection, rep: str, team: str) -> Scope:
    office = app.settings.office.timezone
    if rep:
        return scopes.of_rep(connection, rep, office)
    return scopes.of_team(connection, team, office) if team else _house(app, connection)


def _house(app: App, connection: Connection) -> Scope:
    return scopes.of_house(connection, app.settings.company.name, app.settings.office.timezone)


def _period(app: App, kind: PeriodKind, zone: str, on: Given | None) -> Period:
    today = local_date(app.clock.now(), zone)
    if on is None:
        return reported(kind, today)
    period = period_of(kind, local_date(on.instant(zone), zone))
    if period.first > today:
        raise UsageError(f"--on lies ahead; nothing has come of {period.first} yet (see: followup plan)")
    return period
