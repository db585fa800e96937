"""`status`: how everything stands, at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from engine.cli.common import Command, json_option, now_option, opened
from engine.cli.output import print_json, styled
from engine.cli.times import Given
from engine.desk.calendar_data import calendar_years
from engine.desk.lateness import LATE_SECONDS, VERY_LATE_SECONDS, lags
from engine.domain.civil import local
from engine.service import feeds, inbox
from engine.service.app import App
from engine.service.channels.relays import resting
from engine.service.sources import source_standings
from engine.store import state, tallies
from engine.store.aside import rows as malformed_rows
from engine.store.aside.checks import malformed_line
from engine.store.book import causes
from engine.store.book.generations import active_generation
from engine.store.conditions.fields import countries_in_use
from engine.store.database import Connection
from engine.store.lookups import lookups


@click.command(cls=Command)
@json_option
@now_option
def status(as_json: bool, now: Given | None) -> None:
    """Show how everything stands.

    Rules in force and rejected reloads, the queue by state, what is oldest, the last tick, pauses, channels.

    Example: followup status
    """
    with opened(now, read_only=True) as app:
        found = gather(app)
    if as_json:
        print_json([found])
    else:
        click.echo("\n".join(_lines(found)))


def gather(app: App) -> dict[str, Any]:
    """The keys of `status --json`. Instants are ISO 8601 in the zone of config.yaml's defaults."""
    with app.db.reading() as connection:
        active = active_generation(connection)
        rejected = state.get(connection, state.REJECTED_RELOAD)
        stopped = state.pauses(connection)
        generation, countries = app.books.active(connection), countries_in_use(connection)
        book = generation.book if generation else None
        calendars = calendar_years(app.clockwork.calendars, book, countries, app.clock.now())
        oldest = lookups.oldest_due(connection, app.clock.now())
        health = _health(app, connection)
        chains = causes.held_chains(connection)
        malformed = _malformed(app, connection)
        sources = list(source_standings(app, connection))
        queue = {
            "touches": lookups.touches_by_state(connection), "deliveries": lookups.deliveries_by_state(connection)
        }  # fmt: skip
    return {
        "generation": None if active is None else {"id": active.id, "loaded_at": _iso(app, active.loaded_at)},
        "quarantined": [
            {"rule": one.id, "since": _iso(app, one.since), "place": f"{one.file}:{one.line}",
             "problems": list(one.problems)}
            for one in (book.quarantined if book else ())
        ],
        "malformed": malformed,
        "rejected_reload": None if rejected is None else {"at": _iso(app, rejected.at), "problems": rejected.value},
        "queue": queue,
        "chains": chains,
        "oldest_due": None if oldest is None else _iso(app, oldest),
        **health,
        "holding": [one.name for one in stopped if one.scope == "all" and one.name],
        "pauses": [{"scope": p.scope, "name": p.name, "actor": p.actor, "at": _iso(app, p.at)} for p in stopped],
        "calendars": [one.as_json() for one in calendars],
        "sources": [one.as_json(app.settings.defaults.timezone) for one in sources],
        "feeds": [
            one | {"ok_at": None if one["ok_at"] is None else _iso(app, one["ok_at"])} for one in feeds.standing(app)
        ],
        "inbox": _inbox(app),
        "channels": {name: channel.kind for name, channel in app.settings.channels.items()},
        "resting_relays": [one._asdict() for one in resting(app)],
        "redirect_to": dict(app.settings.redirect_to),
        "only": list(app.settings.only),
        "rehearsal": app.rehearsal,
    }


def _health(app: App, connection: Connection) -> dict[str, Any]:
    """How late each stage is, seconds; when a daemon ticked last; what failed."""
    last, failed = state.get(connection, state.LAST_TICK), state.get(connection, state.LAST_FAILURE)
    failures = tallies.counted(connection).get(tallies.FAILURES, {})
    return {
        "late": lags(connection, app.clock.now()),
        "last_tick": None if last is None else _iso(app, last.at),
        "last_tick_age": None if last is None else max(app.clock.now() - last.at, 0),
        "failures": {stage: int(times) for (stage,), times in sorted(failures.items())},
        "last_failure": None if failed is None else {**failed.value, "at": _iso(app, failed.at)},
    }


def _malformed(app: App, connection: Connection) -> dict[str, Any]:
    """How many leads are set aside, and the rows that cannot be read, the oldest first, at most `NAMED`."""
    rows = malformed_rows.kept(connection, NAMED)
    return {
        "leads": malformed_rows.how_many_leads(connection),
        "rows": [
            {"lead": one.lead, "kind": one.kind, "row": one.row, "field": one.field, "problem": one.problem,
             "since": _iso(app, one.found_at)}
            for one in rows
        ],
    }  # fmt: skip


def _inbox(app: App) -> dict[str, Any] | None:
    known = inbox.standing(app)
    return None if known is None else known | {"ok_at": None if known["ok_at"] is None else _iso(app, known["ok_at"])}


def _iso(app: App, at: int) -> str:
    return local(at, app.settings.defaults.timezone).isoformat()


NAMED = 20
"""Rows that cannot be read that are named; whoever mends these is told of the next. Ours."""
SHOWN = 3
"""Warnings of each feed with unmatched areas that are named; the others are counted."""
_HOLDING = {
    state.HOLD: "nothing is sent (`run --hold`, or a restored backup); look at `followup deliveries --state pending`,"
    " then: followup resume",
    state.CLOCK_JUMP: "the clock jumped ahead, nothing is planned or sent; look, then: followup resume",
}


def _lines(found: dict[str, Any]) -> Iterator[str]:
    for name in found["holding"]:
        yield styled(_HOLDING.get(name, f"everything is held: {name}"), fg="red", bold=True)
    generation = found["generation"]
    in_force = f"generation {generation['id']}, loaded {generation['loaded_at']}" if generation else "none in force yet"
    yield f"rules       {in_force}"
    if found["rejected_reload"]:
        when = found["rejected_reload"]["at"]
        yield styled(f"rejected    a reload at {when}; the rules above stay in force:", fg="red")
        yield from (f"            {problem}" for problem in found["rejected_reload"]["problems"])
    for one in found["quarantined"]:
        yield styled(f"quarantine  {one['rule']} since {one['since']}; what is under way of it waits:", fg="red")
        yield from (f"            {problem}" for problem in one["problems"])
    yield from _malformed_lines(found["malformed"])
    for what, counts in found["queue"].items():
        yield f"{what:<12}" + (", ".join(_counted(name, n) for name, n in counts.items()) or "none waiting")
    for rule, count in found["chains"].items():
        held = f"{count} held, as rules made each other change five times in a row; see: followup explain LEAD"
        yield styled(f"chain       {rule}: {held}", fg="yellow")
    yield f"oldest due  {found['oldest_due'] or 'nothing is overdue'}"
    yield from _late_lines(found)
    for one in found["pauses"]:
        what = "everything" if one["scope"] == "all" else f"{one['scope']} {one['name']}"
        yield styled(f"paused      {what}, by {one['actor']} at {one['at']}", fg="yellow")
    yield from _calendar_lines(found)
    yield from _source_lines(found)
    yield "channels    " + (", ".join(f"{name} ({kind})" for name, kind in found["channels"].items()) or "none")
    for one in found["resting_relays"]:
        text = f"{one['channel']} by {one['relay']}: let alone until {one['until']}: {one['why']}"
        yield styled(f"relay       {text}", fg="red")
    yield from _inbox_lines(found["inbox"])
    yield from _feed_lines(found)
    yield from _pilot_lines(found)


def _malformed_lines(found: dict[str, Any]) -> Iterator[str]:
    """Whom nothing is done about, since somebody wrote past followup what cannot be read."""
    if found["rows"]:
        told = f"{found['leads']} customers; mend these rows, and it goes on within ten minutes:"
        yield styled(f"set aside   {told}", fg="red")
    for one in found["rows"]:
        yield styled(f"            {malformed_line(one)}, since {one['since']}", fg="red")


_WRONG = {"dead": "red", "in_doubt": "red", "failed": "yellow", "bounced": "yellow"}
"""States that somebody has to look at."""


def _counted(state_name: str, count: int) -> str:
    return styled(f"{count} {state_name}", fg=_WRONG[state_name]) if state_name in _WRONG else f"{count} {state_name}"


def _late_lines(found: dict[str, Any]) -> Iterator[str]:
    """What waits too long, by the stage that it waits for; when a daemon finished a pass last; what failed."""
    for stage, seconds in found["late"].items():
        if seconds >= LATE_SECONDS:
            colour = "red" if seconds >= VERY_LATE_SECONDS else "yellow"
            yield styled(f"late        {stage}: for {_span(seconds)}", fg=colour)
    age = found["last_tick_age"]
    told = "never" if age is None else f"{found['last_tick']}, {_span(age)} ago"
    yield f"last tick   {told}" if age is None or age < LATE_SECONDS else styled(f"last tick   {told}", fg="red")
    last = found["last_failure"]
    if last is not None:
        counts = ", ".join(f"{times} {stage}" for stage, times in found["failures"].items())
        yield styled(f"failures    {counts}; last {last['stage']} at {last['at']}: {last['error']}", fg="yellow")


def _span(seconds: int) -> str:
    """The two largest units of a span: 3d 4h, 12m 5s."""
    parts = [(seconds // size % most, unit) for size, most, unit in _UNITS]
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count}{unit}" for count, unit in parts[first : first + 2])


_UNITS = ((86_400, 10**9, "d"), (3_600, 24, "h"), (60, 60, "m"), (1, 60, "s"))


def _calendar_lines(found: dict[str, Any]) -> Iterator[str]:
    """Which years are published; of the others, what may still move."""
    known = [f"{one['country']} {one['year']}" for one in found["calendars"] if one["data"] == "published"]
    yield f"calendars   {', '.join(known) or 'none'} published"
    for one in found["calendars"]:
        if one["data"] == "provisional":
            rules = f"; may still move: {', '.join(one['rules'])}" if one["rules"] else ", no rule depends on it"
            yield styled(f"provisional {one['country']} {one['year']}{rules}", fg="yellow" if one["rules"] else None)


def _source_lines(found: dict[str, Any]) -> Iterator[str]:
    """Every source: when it was pulled last, what waits to be mended, and why it fails if it does."""
    for one in found["sources"]:
        text = f"{one['source']}, last pulled {one['pulled_at'] or 'never'}"
        if one["quarantined"]:
            text += f"; {one['quarantined']} in quarantine, see: followup sync {one['source']} --refused"
        yield f"source      {text}"
        if one["failure"]:
            yield styled(f"            fails: {one['failure']}; next try {one['retry_at']}", fg="red")


def _inbox_lines(known: dict[str, Any] | None) -> Iterator[str]:
    if known is None:
        return
    last = f"last read {known['ok_at']}" if known["ok_at"] else "never read yet"
    if known["away"]:
        yield styled(f"inbox       away: {known['away']}; {last}", fg="red")
    else:
        letters = ", ".join(f"{n} {kind}" for kind, n in sorted(known["letters"].items())) or "no letters so far"
        yield f"inbox       {last}; {letters}"


def _feed_lines(found: dict[str, Any]) -> Iterator[str]:
    for one in found["feeds"]:
        last = f"last read {one['ok_at']}" if one["ok_at"] else "never read yet"
        if one["away"]:
            yield styled(f"feed        {one['feed']} is away: {one['away']}; {last}", fg="red")
        else:
            yield f"feed        {one['feed']}: {last}"
        yield from (styled(f"            {problem}", fg="yellow") for problem in one["problems"])
        unknown = [f"            {told} ({message})" for message, told in one["unmatched"][:SHOWN]]
        yield from (styled(line, fg="yellow") for line in unknown)
        if (more := len(one["unmatched"]) - SHOWN) > 0:
            yield styled(f"            and {more} more warnings with unmatched areas this week", fg="yellow")


def _pilot_lines(found: dict[str, Any]) -> Iterator[str]:
    for channel, address in found["redirect_to"].items():
        yield styled(f"pilot       everything on {channel} goes to {address}", fg="yellow")
    if found["only"]:
        yield styled(f"pilot       only {', '.join(found['only'])}", fg="yellow")
    if found["rehearsal"]:
        yield styled("rehearsal   this database reaches nobody outside", fg="yellow")
