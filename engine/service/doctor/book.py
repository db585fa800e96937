"""The book: database, clock, rules, calendars, what waits, and whether a daemon is at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.desk.calendar_data import provisional_years
from engine.desk.check import check
from engine.rulebook.model import RuleBook
from engine.service.app import App
from engine.service.doctor.finding import Finding, fail, ok, warn
from engine.store import state
from engine.store.book.generations import active_generation
from engine.store.conditions.fields import countries_in_use
from engine.store.database import Database
from engine.store.lookups import lookups
from engine.store.soundness import server, unsound
from engine.store.upgrade import require_schema, revisions

APART, FAR_APART = 5, 60
"""Seconds between our clock and the database's at which we warn, or fail. Ours."""
QUIET = 20
"""Ticks without a word after which no daemon is at work, at least `LEAST_QUIET` seconds. Ours."""
LEAST_QUIET = 300
LATE, VERY_LATE = 900, 3600
"""Seconds that something may wait beyond its time before we warn, or fail. Ours."""


def database(db: Database) -> Iterator[Finding]:
    """Whether it answers, has this release's tables, and is whole. FollowupError: not these tables."""
    require_schema(db)
    with db.reading() as connection:
        wrong = unsound(connection)
        told = f"{server(connection)}, schema {revisions()[-1]}"
    if wrong:
        yield fail("database", f"{told}, damaged: {wrong}", "stop the daemon, keep the file, restore a backup")
    else:
        yield ok("database", told)


def clock(app: App) -> Iterator[Finding]:
    """Ours and the database's: leases are counted by the latter, the day by the former."""
    apart = abs(app.db.now() - app.clock.now())
    with app.db.reading() as connection:
        jumped = any(one.name == state.CLOCK_JUMP for one in state.pauses(connection))
    if jumped:
        yield fail("clock", "it jumped ahead, nothing is planned or sent", "set it right, then: followup resume")
    if apart <= APART:
        yield ok("clock", "the database's agrees with ours")
    else:
        found, do = f"the database's is {apart} s away from ours", "synchronise both machines (NTP)"
        yield (warn if apart <= FAR_APART else fail)("clock", found, do)


def rules(app: App, config: Path) -> Iterator[Finding]:
    """The folder's, and those in force."""
    now = app.clock.now()
    errors = [one for one in check(config, now).problems if one.severity == "error"]
    if errors:
        yield fail("rules", f"{len(errors)} mistakes in the folder, the first: {errors[0]}", "followup check")
    with app.db.reading() as connection:
        active = active_generation(connection)
        rejected = state.get(connection, state.REJECTED_RELOAD)
        generation = app.books.active(connection)
    if rejected is not None:
        yield warn("rules", "the last reload was rejected", "followup status says why; then: followup reload --wait")
    if active is None or generation is None:
        yield warn("rules", "none are in force yet", "start the daemon, or: followup reload")
        return
    out = [one.id for one in generation.book.quarantined]
    if out:
        yield warn("rules", f"in quarantine: {', '.join(out)}", "followup check")
    yield ok("rules", f"generation {active.id} in force, {len(generation.book.rules)} rules")


def calendars(app: App) -> Iterator[Finding]:
    """Whether the coming year is published where rules depend on it."""
    with app.db.reading() as connection:
        generation, countries = app.books.active(connection), countries_in_use(connection)
    book = generation.book if generation else RuleBook()
    awaited = provisional_years(app.clockwork.calendars, book, countries, app.clock.now())
    for one in awaited:
        yield warn("calendars", one.line, f"list its official file under calendars.{one.country}.files")
    if not awaited:
        yield ok("calendars", "the coming months are published wherever a rule depends on them")


def at_work(app: App) -> Iterator[Finding]:
    """Whether a daemon has looked round lately."""
    with app.db.reading() as connection:
        last = state.get(connection, state.LAST_TICK)
        stopped = [one.name or one.actor for one in state.pauses(connection) if one.scope == "all"]
    if stopped:
        yield warn("daemon", f"everything is paused ({', '.join(stopped)})", "when you have looked: followup resume")
    if last is None:
        yield warn("daemon", "no pass has been made yet", "start it: systemctl start followup, or followup run")
        return
    ago = app.clock.now() - last.at
    if ago > max(LEAST_QUIET, QUIET * app.settings.service.tick):
        yield fail("daemon", f"the last pass was {ago} s ago", "systemctl status followup; is one running?")
    else:
        yield ok("daemon", f"the last pass was {ago} s ago")


def backlog(app: App) -> Iterator[Finding]:
    """What should have been done by now, and what waits for a person."""
    now = app.clock.now()
    with app.db.reading() as connection:
        oldest = lookups.oldest_due(connection, now)
        waiting = lookups.deliveries_by_state(connection)
    if doubtful := waiting.get("in_doubt", 0):
        do = "followup deliveries --state in_doubt, then: followup resolve"
        yield warn("backlog", f"{doubtful} deliveries are in doubt", do)
    late = 0 if oldest is None else now - oldest
    if late > LATE:
        do = "followup status; a slow relay, a pause, or a daemon that is not running?"
        yield (warn if late <= VERY_LATE else fail)("backlog", f"the oldest waits {late} s beyond its time", do)
    else:
        yield ok("backlog", f"the oldest waits {late} s beyond its time" if late else "nothing is overdue")
