"""`pool forecast`: who would go back to the pool on a day, and who would be warned of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import click

from engine.cli.authoring import checked_folder
from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.looks import in_a_list
from engine.cli.output import print_json, print_rows, progress_bar
from engine.cli.times import Given, WhenType
from engine.desk.planning import ASSUMED, Span
from engine.desk.pool_returns import RETURNS, WARNED, PoolReturn, pool_returns, rules_to_pool
from engine.domain.civil import day_start, local_date
from engine.ground.errors import UsageError
from engine.service.app import App

FURTHEST = 366
"""Days ahead that can be asked for."""
NO_RULE = "no rule that is on gives customers back to the pool; switch pool-return on (enabled: true) and look again"
_COLUMNS = ("time", "lead", "name", "grade", "key", "owner", "last_contact", "days", "rule", "state", "why")


@click.command("forecast", cls=Command)
@click.option("--on", "day", type=WhenType(), metavar="DATE", help="The day. [default: tomorrow]")
@json_option
@now_option
def forecast(day: Given | None, as_json: bool, now: Given | None) -> None:
    """Who would return to the pool tomorrow, and who would be warned.

    A dry run of the folder's rules on a copy in memory: nothing is written, and nobody is told.

    Example: followup pool forecast --on 2026-03-02
    """
    with opened(now, read_only=True) as app:
        zone, present = app.settings.defaults.timezone, app.clock.now()
        on = _day(day, local_date(present, zone))
        span = Span(present, max(present, day_start(on, zone)), day_start(on + timedelta(days=1), zone))
        found = _found(app, span, on)
    if found is None:
        click.echo(NO_RULE, err=True)
    elif as_json:
        print_json(_row(one) for one in found)
    else:
        _print(found, on)
    if found is not None:
        click.echo(ASSUMED, err=True)


def _day(given: Given | None, today: date) -> date:
    """The day that is asked for; UsageError unless it is a day between today and a year ahead."""
    on = given.when if given else today + timedelta(days=1)
    if isinstance(on, datetime):
        raise UsageError("--on takes a day, such as 2026-03-02")
    if not today <= on <= today + timedelta(days=FURTHEST):
        raise UsageError(f"--on takes a day from today to {FURTHEST} days ahead; {on} is not")
    return on


def _found(app: App, span: Span, on: date) -> list[PoolReturn] | None:
    """None: no rule of the folder gives anybody to the pool."""
    checked = checked_folder(app)
    if not rules_to_pool(checked.book.rules):
        return None
    with progress_bar("plan", 0) as bar:
        return pool_returns(
            app.db, app.settings, checked, span, on, lambda at: bar(at - span.now, span.end - span.now)
        )


def _row(one: PoolReturn) -> dict[str, Any]:
    """The row of a list: of who is confidential the initial alone."""
    row = one.as_json()
    return {name: in_a_list({**row, "confidential": one.confidential})[name] for name in row}


def _print(found: list[PoolReturn], on: date) -> None:
    rows = [{**_row(one), "time": one.at[11:16], "to": one.receiver} for one in found]
    back, warned = ([row for row in rows if row["what"] == what] for what in (RETURNS, WARNED))
    print_rows(back, _COLUMNS, f"nobody returns to the pool on {on}", title=f"{on}: {RETURNS}")
    print_rows(warned, ("time", "to", *_COLUMNS[1:]), f"nobody is warned on {on}", title=f"{on}: {WARNED}")
