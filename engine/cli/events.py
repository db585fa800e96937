"""`event`: what happens in customers' lives and regions."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

from engine.cli.common import Group, actor_option, json_option, now_option, opened, pair
from engine.cli.ingesting import ingest_event, show_event
from engine.cli.output import print_json, print_rows
from engine.cli.times import Given, WhenType
from engine.domain.civil import local
from engine.domain.extents import Extent
from engine.ground.errors import UsageError
from engine.service.app import App
from engine.stages import events
from engine.stages.ingest.places import extent_near, extent_of_file
from engine.stages.ingest.story import phase_of
from engine.stages.known import known_lead
from engine.store.facts.circumstances import Happening, list_circumstances


@click.group(cls=Group)
def event() -> None:
    """Record what happens to leads and in regions."""


event.add_command(ingest_event)
event.add_command(show_event)


@event.command("add")
@click.argument("kind", metavar="KIND")
@click.option("--lead", "leads", metavar="ID", multiple=True, help="It happens to this lead; again for several.")
@click.option("--invite", type=click.File(encoding="utf-8"), metavar="FILE", help="And to these: one id a line.")
@click.option("--region", "regions", metavar="CODE", multiple=True,
              help="It happens to every lead in this region: 5101, 成都, CN-SC, US-CA; again for several.")
@click.option("--area", type=click.Path(path_type=Path), metavar="FILE", help="And inside: GeoJSON or CAP.")
@click.option("--near", metavar="LAT,LON", help="And around this place, as far as --radius.")
@click.option("--radius", metavar="KM", help="How far: 20km.")
@click.option("--from", "start", type=WhenType(), metavar="ISO8601", help="When it begins. [default: now]")
@click.option("--to", "end", type=WhenType(), metavar="ISO8601", help="Its last day, or when it is over.")
@click.option("--host", metavar="REP", help="Who of us receives the guests: `remind: host`.")
@click.option("--severity", metavar="WORD", help="How bad: minor, moderate, severe, extreme or unknown.")
@now_option
@actor_option
def add(
    kind: str, leads: tuple[str, ...], invite: TextIO | None, regions: tuple[str, ...], area: Path | None,
    near: str | None, radius: str | None, start: Given | None, end: Given | None, host: str | None,
    severity: str | None, now: Given | None, actor: str,
) -> None:  # fmt: skip
    """Record what happens to leads or in a region; rules and policies see it at once.

    Example: followup event add flood --region 5101 --severity severe
    """
    named = tuple(dict.fromkeys((*leads, *_invited(invite))))
    extent = _extent(regions, area, near, radius)
    if not named and not extent:
        raise UsageError("give --lead, --invite, --region, --area or --near: whom does it concern?")
    lead = named[0] if len(named) == 1 and not extent else None
    with opened(now) as app:
        zone = _zone(app, lead)
        happening = Happening(
            "", kind, start.instant(zone) if start else app.clock.now(), end.end(zone) if end else None,
            lead=lead, area=extent, severity=severity, invited=() if lead else named,
            attrs={"host": host} if host else {},
        )  # fmt: skip
        added = events.add_event(app.db, app.settings, app.gates(), happening, actor, app.clock.now())
    click.echo(f"{added.id}: applies to {added.leads} lead{'' if added.leads == 1 else 's'}")


def _extent(regions: tuple[str, ...], area: Path | None, near: str | None, radius: str | None) -> Extent:
    """Everywhere that is given."""
    if near and not radius:
        raise UsageError("--near needs --radius, e.g. --radius 20km")
    drawn = extent_of_file(area, radius) if area is not None else Extent()
    around = extent_near(near, radius) if near and radius else Extent()
    return Extent((*regions, *drawn.regions), (*drawn.shapes, *around.shapes))


def _invited(file: TextIO | None) -> list[str]:
    """The ids of the file, blank lines left out."""
    return [line.strip() for line in file if line.strip()] if file is not None else []


def _zone(app: App, lead: str | None) -> str:
    """Whose clock days are read by: the lead's, for several and for a region that of config.yaml."""
    if lead is None:
        return app.settings.defaults.timezone
    with app.db.reading() as connection:
        return str(known_lead(connection, lead)["timezone"])


@event.command("list")
@click.option("--lead", metavar="ID", help="Only what applies to this lead.")
@click.option("--active", is_flag=True, help="Only what is going on now.")
@json_option
@now_option
def list_events(lead: str | None, active: bool, as_json: bool, now: Given | None) -> None:
    """What is recorded, by its beginning.

    Example: followup event list --active
    """
    with opened(now, read_only=True) as app, app.db.reading() as connection:
        if lead is not None:
            known_lead(connection, lead)
        now_at = app.clock.now()
        at = now_at if active else None
        zone = app.settings.defaults.timezone
        rows = [dict(row) for row in list_circumstances(connection, lead_id=lead, active_at=at)]
    for row in rows:
        row["phase"] = phase_of(row, now_at)
        for name in ("starts_at", "ends_at", "recorded_at"):
            row[name] = None if row[name] is None else local(row[name], zone).isoformat(timespec="minutes")
    if as_json:
        print_json(rows)
    else:
        columns = ("id", "kind", "phase", "severity", "lead", "region", "leads", "starts_at", "ends_at", "actor")
        print_rows(rows, columns, "nothing is recorded")


@event.command("end")
@click.argument("event_id", metavar="ID")
@click.option("--at", type=WhenType(), metavar="ISO8601", help="When it was over. [default: now]")
@click.option("--set", "said", multiple=True, metavar="FIELD=VALUE", help="What is known of its end, for gates.")
@now_option
@actor_option
def end_event(event_id: str, at: Given | None, said: tuple[str, ...], now: Given | None, actor: str) -> None:
    """Let it end: what was held because of it is judged again.

    Gates are asked first; exit 1 if one refuses.

    Example: followup event end complaint-20260214-3fa1c2 --set confirmed_by=customer
    """
    attrs = dict(pair(one, "confirmed_by=customer") for one in said)
    with opened(now) as app:
        ends_at = at.instant(app.settings.defaults.timezone) if at else app.clock.now()
        events.end_event(app.db, app.gates(), event_id, ends_at, attrs, actor, app.clock.now())
    click.echo(f"{event_id} has ended")
