"""`lead export`, `lead restrict`, `lead erase`: what the law asks for one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from engine.cli.common import Command, actor_option, now_option, opened
from engine.cli.output import print_json
from engine.cli.times import Given
from engine.domain.civil import local
from engine.ground.errors import UsageError
from engine.stages import privacy
from engine.stages.known import known_lead

UTC = "UTC"


@click.command("export", cls=Command)
@click.argument("lead_id", metavar="ID")
@now_option
@actor_option
def export(lead_id: str, now: Given | None, actor: str) -> None:
    """Print everything that is held about one person, as JSON.

    By table, instants in UTC. That it was handed out is kept, with the name of who did it.

    Example: followup lead export wang-0001 > wang-0001.json
    """
    with opened(now) as app:
        found = privacy.held(app.db, lead_id, actor, app.clock.now())
    print_json([{"lead": lead_id, "held": {table: [_readable(row) for row in rows] for table, rows in found.items()}}])


@click.command("restrict", cls=Command)
@click.argument("lead_id", metavar="ID")
@click.option("--reason", metavar="TEXT", help="Why, e.g. that he asked for it.")
@click.option("--lift", is_flag=True, help="End it.")
@now_option
@actor_option
def restrict(lead_id: str, reason: str | None, lift: bool, now: Given | None, actor: str) -> None:
    """Leave a person alone: nothing goes to him or tells of him, until you lift it.

    What is known of him stays and is shown. What waits is suppressed at once. With --lift an erased person may be
    imported again; what he got before he never gets again.

    Example: followup lead restrict wang-0001 --reason "he objected by letter"
    """
    if lift and reason is not None:
        raise UsageError("--reason says why somebody is left alone; --lift needs none")
    if not lift and not (reason or "").strip():
        raise UsageError('say why: --reason "he asked for it"')
    with opened(now) as app:
        at = app.clock.now()
        if lift:
            done = privacy.lift(app.db, app.settings, lead_id, actor, at)
        else:
            done = privacy.restrict(app.db, lead_id, str(reason).strip(), actor, at)
    if lift:
        click.echo(f"{lead_id} is looked after again" if done else f"{lead_id} was not restricted")
    else:
        click.echo(f"{lead_id} is {'' if done else 'already '}left alone: nothing goes to him or tells of him")


@click.command("erase", cls=Command)
@click.argument("lead_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@now_option
@actor_option
def erase(lead_id: str, yes: bool, now: Given | None, actor: str) -> None:
    """Erase a person, because the law says so: only ids and counts are left.

    His names, addresses, days, notes, business, letters and the words of all messages to and about him go. He stays
    left alone and is not imported again before somebody lifts that. Copies elsewhere (backups, mailboxes, quarantine
    files, the source he came from) are yours to clear.

    Example: followup lead erase wang-0001
    """
    with opened(now) as app:
        with app.db.reading() as connection:
            known_lead(connection, lead_id, erased_too=True)
        if not yes:
            click.confirm(f"erase everything about {lead_id}? It cannot be undone", abort=True)
        clean = privacy.erase(app.db, app.settings, lead_id, actor, app.clock.now())
    click.echo(f"{lead_id} is erased: only ids and counts are left; backups still hold him")
    if not clean:
        raise UsageError("others are reading the database, so its file still holds traces; say it once more")


def restriction_line(lead: Mapping[str, Any]) -> str:
    """Since when a lead is left alone or erased, in words."""
    if lead["erased_at"] is not None:
        return f"erased {_day(lead['erased_at'])}, by {lead['restricted_by']}: only ids and counts are left"
    why = f": {lead['restricted_for']}" if lead["restricted_for"] else ""
    return f"left alone since {_day(lead['restricted_at'])}, by {lead['restricted_by']}{why}"


def _day(at: Any) -> str:
    return local(at, UTC).date().isoformat() if isinstance(at, int) else str(at)[:10]


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Instants as ISO 8601 in UTC."""
    return {
        name: local(value, UTC).isoformat() if name.endswith("_at") and isinstance(value, int) else value
        for name, value in row.items()
    }
