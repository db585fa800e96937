"""`pool`: leads without an owner, for whoever takes them."""

from __future__ import annotations

import click

from engine.cli.common import Group, actor_option, json_option, now_option, opened
from engine.cli.output import print_json, print_rows
from engine.cli.pool_forecast import forecast
from engine.cli.times import Given
from engine.domain.civil import local
from engine.stages import pool as stages
from engine.store.lookups import pool as lookups

SHOWN = 50
"""How many leads `pool list` shows unless it is told otherwise."""
_COLUMNS = ("id", "name", "company", "key", "tier", "grade", "contacts", "previous_owner", "pooled")
_NOT_TOLD = ("pooled", "timezone", "last_contact_at")


@click.group(cls=Group)
def pool() -> None:
    """The public pool: leads without an owner."""


@pool.command("list")
@click.option("--limit", type=click.IntRange(1), default=SHOWN, show_default=True, metavar="N", help="How many.")
@json_option
def list_pool(limit: int, as_json: bool) -> None:
    """Who is to be had, the most important first.

    Key customers, then by tier and grade, then who has waited longest.

    Example: followup pool list --limit 10
    """
    with opened(read_only=True) as app, app.db.reading() as connection:
        words = app.settings.vocabularies
        rows = lookups.pool(connection, words.tiers, words.grades, limit)
        size = lookups.pool_size(connection)
    told = []
    for row in rows:
        zone, at = str(row["timezone"]), row["pooled_at"]
        since = None if at is None else local(at, zone).isoformat(timespec="minutes")
        told.append({**row, "pooled_at": since, "pooled": (since or "")[:10]})
    if as_json:
        print_json({name: value for name, value in row.items() if name not in _NOT_TOLD} for row in told)
        return
    print_rows(told, _COLUMNS, "the pool is empty")
    if size > len(rows):
        click.echo(f"{len(rows)} of {size} are shown; see: --limit", err=True)


@pool.command("claim")
@click.argument("lead_id", metavar="LEAD")
@now_option
@actor_option
def claim(lead_id: str, now: Given | None, actor: str) -> None:
    """Take a lead from the pool: the actor becomes his owner.

    The actor must be a rep. Gates are asked first; exit 1 if one refuses, or somebody was quicker.

    Example: followup pool claim wang-0001 --actor li
    """
    with opened(now) as app:
        stages.claim(app.db, app.gates(), lead_id, actor, app.clock.now())
    click.echo(f"{lead_id} is {actor}'s now")


@pool.command("return")
@click.argument("lead_id", metavar="LEAD")
@click.option("--why", default="", metavar="TEXT", help="What is remembered with it.")
@now_option
@actor_option
def give_back(lead_id: str, why: str, now: Given | None, actor: str) -> None:
    """Put a lead into the pool; his owner is remembered as the previous one.

    Gates are asked first; exit 1 if one refuses.

    Example: followup pool return wang-0001 --actor li
    """
    with opened(now) as app:
        stages.give_back(app.db, app.settings, app.gates(), lead_id, actor, app.clock.now(), why)
    click.echo(f"{lead_id} is in the pool")


pool.add_command(forecast)
