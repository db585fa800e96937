"""Bringing leads, reps and records in from a CSV file.

Idempotent by id. Rows are written in transactions of at most 1,000; a bad row goes into the quarantine file beside
the source, with its number and every reason, and the others land. Reasons quote what the file says, so they are
written there and nowhere else.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from adapters.sources.csv_rows import CsvFile, Row, UnreadableFile
from adapters.sources.quarantine import OWN_COLUMNS, Quarantine
from engine.domain.people import (
    REP_COLUMNS,
    AttributeType,
    BadRow,
    LeadEntry,
    RepEntry,
    Terms,
    lead_columns,
    lead_entry,
    rep_entry,
)
from engine.domain.records import RECORD_COLUMNS, RecordEntry, record_entry
from engine.ground.errors import UsageError
from engine.rulebook.vocabulary import festivals_in
from engine.settings.model import Settings
from engine.stages.gates.objections import Gates
from engine.stages.gates.passing import actor_named, pass_gates
from engine.stages.gates.records import reasons
from engine.store.database import Connection, Database
from engine.store.facts.asked import asked_by_entries
from engine.store.facts.dirty import Stamp, Tally
from engine.store.facts.entries import lead_zones, write_leads, write_records
from engine.store.facts.people import unknown_reps, upsert_reps

BATCH = 1000
"""Rows a transaction: short enough that the daemon beside it never waits long."""

NO_GATES = Gates()
"""For imports that no author's gate stands before: samples and rehearsals."""

What = Literal["leads", "reps", "records"]
Progress = Callable[[int, int], None]
"""Called after every batch with the rows done and the rows of the file."""
Entry = LeadEntry | RepEntry | RecordEntry


@dataclass(frozen=True)
class ImportReport:
    """What became of a file's rows. `unknown_owners`: owners that no rep has; import the reps too."""

    added: int
    changed: int
    unchanged: int
    quarantined: int
    quarantine_file: Path | None
    unknown_owners: int = 0


@dataclass
class _Run:
    """What a run has counted so far."""

    tally: Tally = field(default_factory=Tally)
    seen: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)


def run_import(
    db: Database, settings: Settings, what: What, path: Path, now: int,
    *, gates: Gates = NO_GATES, actor: str = "import", dry_run: bool = False, progress: Progress | None = None,
) -> ImportReport:  # fmt: skip
    """Import a file. A dry run counts and writes the quarantine file, and leaves the database as it is.

    A row with a change that a gate refuses is refused as a whole, and goes into quarantine with the evidence.

    UsageError: the file cannot be read, or its header names a column that `what` does not have.
    """
    terms = terms_of(settings)
    source = _source(path, what, terms)
    run, stamp, done = _Run(), Stamp(now, actor, f"import {path.name}"), 0
    with Quarantine(path, source.header) as quarantine:
        for batch in _batches(source.rows()):
            with db.writing() as connection, connection.begin_nested() as savepoint:
                read = _read_batch(connection, what, batch, source.header, terms, run, quarantine)
                entries = _through_gates(connection, gates, read, stamp, quarantine)
                run.tally = run.tally.plus(write_entries(connection, entries, settings, stamp))
                run.owners |= _unknown_owners(connection, entries)
                if dry_run:
                    savepoint.rollback()
            done += len(batch)
            if progress is not None:
                progress(done, source.length)
    return ImportReport(*run.tally, quarantine.count, quarantine.path_if_any, len(run.owners))


def terms_of(settings: Settings) -> Terms:
    """What config.yaml lets cells say."""
    words, defaults = settings.vocabularies, settings.defaults
    return Terms(
        words={
            "tier": words.tiers, "grade": words.grades, "stage": words.stages, "status": words.statuses,
            "loyalty": words.loyalties, "temperament": words.temperaments,
            "profile": words.profiles,
        },
        attributes={name: AttributeType(one.type, one.words) for name, one in settings.attributes.items()},
        date_kinds=settings.dates, timezone=defaults.timezone, locale=defaults.locale, country=defaults.country,
        festivals=festivals_in(settings),
    )  # fmt: skip


def _source(path: Path, what: What, terms: Terms) -> CsvFile:
    try:
        source = CsvFile(path)
    except UnreadableFile as error:
        raise UsageError(str(error)) from error
    known = {"leads": lead_columns(terms), "reps": REP_COLUMNS, "records": RECORD_COLUMNS}[what]
    needed = {"leads": ("id", "name"), "reps": ("id", "name"), "records": ("id", "lead", "kind")}[what]
    unknown = [_unknown_column(name, known) for name in source.header if name not in known + OWN_COLUMNS]
    missing = [f'column "{name}" is missing' for name in needed if name not in source.header]
    if unknown or missing:
        raise UsageError(f'"{path.name}": ' + "; ".join(unknown + missing))
    return source


def _unknown_column(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f'unknown column "{name}", did you mean "{near[0]}"?'
    return f'unknown column "{name}"' + (" (declare it in config.yaml)" if name.startswith(("attrs.", "date.")) else "")


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _read_batch(
    connection: Connection, what: What, batch: Sequence[Row], header: Sequence[str], terms: Terms,
    run: _Run, quarantine: Quarantine,
) -> list[tuple[Row, Entry]]:  # fmt: skip
    """The batch's good rows with their entries; the others are put into quarantine."""
    zones = _zones(connection, batch, header) if what == "records" else {}
    entries: list[tuple[Row, Entry]] = []
    for row in batch:
        try:
            entries.append((row, _entry(what, _named(row, header), terms, zones, run.seen)))
        except BadRow as error:
            quarantine.put(row, str(error))
    return entries


def _through_gates(
    connection: Connection, gates: Gates, read: Sequence[tuple[Row, Entry]], stamp: Stamp, quarantine: Quarantine
) -> list[Entry]:
    """The entries that no gate refuses; the rows of the others are put into quarantine, whole."""
    leads = [entry for _, entry in read if isinstance(entry, LeadEntry)]
    if not leads or not gates.on_leads:
        return [entry for _, entry in read]
    actor = actor_named(connection, stamp.actor)
    refusals = pass_gates(connection, gates, asked_by_entries(connection, leads), actor, stamp)
    for row, entry in read:
        if entry.id in refusals:
            quarantine.put(row, f"refused by {reasons(refusals[entry.id])}")
    return [entry for _, entry in read if entry.id not in refusals]


def _named(row: Row, header: Sequence[str]) -> dict[str, str]:
    if len(row.cells) != len(header):
        raise BadRow(f"the row has {len(row.cells)} cells, the header has {len(header)}")
    return {name: cell for name, cell in zip(header, row.cells, strict=True) if name not in OWN_COLUMNS}


def _entry(what: What, row: Mapping[str, str], terms: Terms, zones: Mapping[str, str], seen: set[str]) -> Entry:
    if what == "leads":
        entry: Entry = lead_entry(row, terms)
    elif what == "reps":
        entry = rep_entry(row, terms)
    else:
        entry = record_of_known_lead(row, terms, zones)
    if entry.id in seen:
        raise BadRow(f'id: "{entry.id}" is there already, in a row above')
    seen.add(entry.id)
    return entry


def record_of_known_lead(row: Mapping[str, str], terms: Terms, zones: Mapping[str, str]) -> RecordEntry:
    """A row of records. `zones`: the time zones of leads that there are; BadRow where its lead is not among them."""
    ident = row["lead"].strip()
    entry = record_entry(row, terms, zones.get(ident, terms.timezone))
    if ident not in zones:
        raise BadRow(f'lead: there is no lead "{ident}"')
    return entry


def _zones(connection: Connection, batch: Sequence[Row], header: Sequence[str]) -> dict[str, str]:
    place = list(header).index("lead")
    return lead_zones(connection, {row.cells[place].strip() for row in batch if len(row.cells) > place})


def write_entries(connection: Connection, entries: Sequence[Entry], settings: Settings, stamp: Stamp) -> Tally:
    """Write entries of any kind; what new leads and reps lack is filled from config.yaml."""
    zone_and_locale = {"timezone": settings.defaults.timezone, "locale": settings.defaults.locale}
    more = {"status": settings.vocabularies.statuses[0], "country": settings.defaults.country}
    leads = [entry for entry in entries if isinstance(entry, LeadEntry)]
    reps = [entry for entry in entries if isinstance(entry, RepEntry)]
    records = [entry for entry in entries if isinstance(entry, RecordEntry)]
    tally = write_leads(connection, leads, zone_and_locale | more, settings, stamp) if leads else Tally()
    tally = tally.plus(upsert_reps(connection, reps, zone_and_locale, stamp.now)) if reps else tally
    return tally.plus(write_records(connection, records, settings, stamp)) if records else tally


def _unknown_owners(connection: Connection, entries: Sequence[Entry]) -> set[str]:
    owners = {str(e.values["owner"]) for e in entries if isinstance(e, LeadEntry) and e.values.get("owner")}
    return unknown_reps(connection, owners)
