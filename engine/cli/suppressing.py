"""`suppress`: the list of what customers do not want to receive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from engine.cli.common import Group, actor_option, json_option, now_option, opened
from engine.cli.output import print_json, print_rows
from engine.cli.times import Given
from engine.domain.civil import local
from engine.stages.consent import go_on, stop
from engine.stages.known import known_lead
from engine.store.facts.suppressions import Entry, entries_of, latest_entries

LATEST = 200
"""How many entries `suppress list` shows without --lead."""

F = TypeVar("F", bound=Callable[..., Any])


def _what(command: F) -> F:
    """Which entry it is about."""
    category = click.option("--category", default="", metavar="NAME", help="This category only. [default: every one]")
    channel = click.option("--channel", default="", metavar="NAME", help="This channel only. [default: every one]")
    return click.argument("lead_id", metavar="LEAD")(channel(category(command)))


@click.group(cls=Group)
def suppress() -> None:
    """What customers do not want to receive, by channel and category."""


@suppress.command("list")
@click.option("--lead", "lead_id", default="", metavar="ID", help="Only of this lead.")
@json_option
def list_(lead_id: str, as_json: bool) -> None:
    """List what is stopped, since when, why and by whom; without --lead the latest entries.

    Example: followup suppress list --lead wang-0001
    """
    with opened(read_only=True) as app, app.db.reading() as connection:
        if lead_id:
            known_lead(connection, lead_id)
        found = entries_of(connection, lead_id) if lead_id else latest_entries(connection, LATEST)
        zone = app.settings.defaults.timezone
    rows = [_row(one, zone) for one in found]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("lead", "channel", "category", "since", "reason", "by"), "nothing is stopped")


def _row(one: Entry, zone: str) -> dict[str, Any]:
    since = local(one.at, zone).isoformat(timespec="minutes")
    return {
        "lead": one.lead, "channel": one.channel or "every", "category": one.category or "every", "since": since,
        "reason": one.reason, "by": one.actor,
    }  # fmt: skip


@suppress.command("add")
@_what
@click.option("--reason", default="by hand", metavar="TEXT", help="Why.")
@now_option
@actor_option
def add(lead_id: str, channel: str, category: str, reason: str, now: Given | None, actor: str) -> None:
    """Stop what would reach a customer, from now on.

    On every channel and of every category, unless you name one. What is not sent yet is judged again.

    Example: followup suppress add wang-0001 --channel email --category sales
    """
    with opened(now) as app:
        fresh = stop(app.db, app.settings, lead_id, channel, category, reason, actor, app.clock.now())
    click.echo(f"{lead_id} {'gets' if fresh else 'got already'} {_no_more(channel, category)}")


@suppress.command("remove")
@_what
@now_option
@actor_option
def remove(lead_id: str, channel: str, category: str, now: Given | None, actor: str) -> None:
    """Take an entry off the list, because the customer asked for it.

    Example: followup suppress remove wang-0001 --channel email --category sales
    """
    with opened(now) as app:
        gone = go_on(app.db, app.settings, lead_id, channel, category, actor, app.clock.now())
    what = _no_more(channel, category)
    click.echo(f"no longer on the list: {lead_id}, {what}" if gone else f"not on the list: {lead_id}, {what}")


def _no_more(channel: str, category: str) -> str:
    return f"no more {category or 'messages'}" + (f" by {channel}" if channel else "")
