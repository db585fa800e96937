"""`event ingest` and `event show`: what feeds and files of warnings tell, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.output import print_json
from engine.cli.times import Given
from engine.domain.civil import local
from engine.service.feeds import Look, ingest_once
from engine.stages.ingest.story import story_of


@click.command("ingest", cls=Command)
@click.argument("source", metavar="FILE|URL")
@click.option("--format", "form", type=click.Choice(["cap", "gdacs", "usgs"]), default=None,
              help="[default: by its name]")
@click.option("--dry-run", is_flag=True, help="Only say what would become of it.")
@json_option
@now_option
def ingest_event(source: str, form: str | None, dry_run: bool, as_json: bool, now: Given | None) -> None:
    """Take in warnings from a file or an address, whatever their severity.

    CAP 1.0 to 1.2 (alone, several, in EDXL or Atom), GDACS, USGS. A message that was read before does nothing.

    Example: followup event ingest warning.cap --dry-run
    """
    with opened(now) as app:
        look = ingest_once(app, source, form or "", dry_run=dry_run)
    if as_json:
        print_json([*(asdict(told) for told in look.told), *({"problem": problem} for problem in look.problems)])
    else:
        click.echo("\n".join(_told(look)) or "it tells nothing")
    if look.problems:
        raise SystemExit(1)


def _told(look: Look) -> Iterator[str]:
    for told in look.told:
        if told.seen_before:
            yield f"{told.message}: read before, nothing new"
        else:
            yield f"{told.message} ({told.act}): " + "; ".join(told.lines)
    yield from (f"problem: {problem}" for problem in look.problems)


@click.command("show", cls=Command)
@click.argument("ident", metavar="ID")
@json_option
@now_option
def show_event(ident: str, as_json: bool, now: Given | None) -> None:
    """Show one event, or a warning by its message id: where it stands, and all that was told of it.

    Example: followup event show flood-20260214-3fa1c2
    """
    with opened(now, read_only=True) as app, app.db.reading() as connection:
        found = story_of(connection, ident, app.clock.now())
        zone = app.settings.defaults.timezone
    if as_json:
        print_json([found])
    else:
        click.echo("\n".join((*_shown(found["circumstances"], zone), *_messages(found["messages"], zone))))


def _shown(rows: list[Mapping[str, Any]], zone: str) -> Iterator[str]:
    for row in rows:
        span = f"{_at(row['starts_at'], zone)} to {_at(row['ends_at'], zone) if row['ends_at'] else 'its end'}"
        severity = f", {row['severity']}" if row["severity"] else ""
        yield f"{row['id']}  {row['kind']}{severity}: {row['phase'] or 'to come'}, {span}, by {row['actor']}"
        leads = row["leads"]
        yield f"  applies to {leads} lead{'' if leads == 1 else 's'} in {_where(row)}"
        yield from (f"  {name}: {value}" for name, value in row["attrs"].items() if value)


def _where(row: Mapping[str, Any]) -> str:
    if row["area"] is None:
        return f"region {row['region']}" if row["region"] else "no region, by name"
    shapes, regions = row["area"]["shapes"], row["area"]["regions"]
    drawn = [f"{len(shapes)} drawn shape{'' if len(shapes) == 1 else 's'}"] if shapes else []
    return " and ".join([*drawn, *([f"regions {', '.join(regions)}"] if regions else [])])


def _messages(rows: list[Mapping[str, Any]], zone: str) -> Iterator[str]:
    for row in rows:
        yield f"{_at(row['sent_at'], zone)}  {row['act']} {row['id']} ({row['feed']})"
        yield from (f"  {line}" for line in row["told"])


def _at(at: int, zone: str) -> str:
    return local(at, zone).isoformat(timespec="minutes")
