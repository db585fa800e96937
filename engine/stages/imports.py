"""Bringing leads, reps, records and interactions in from a file.

Idempotent by id. Rows are written in transactions of at most 1,000; a bad row goes into the quarantine file beside
the source, with its number and every reason, and the others land. Reasons quote what the file says, so they are
written there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from adapters.sources.quarantine import Quarantine
from adapters.sources.table import Row
from engine.domain.people import AttributeType, BadRow, LeadEntry, RepEntry, Terms, lead_entry, rep_entry
from engine.domain.records import RecordEntry, record_entry
from engine.domain.talks import TalkEntry, talk_entry
from engine.rulebook.vocabulary import festivals_in
from engine.settings.model import Settings
from engine.stages.gates.objections import Gates
from engine.stages.gates.passing import actor_named, pass_gates
from engine.stages.gates.records import reasons
from engine.stages.import_source import Source, What, open_source
from engine.stages.known import erased_line
from engine.store.database import Connection, Database
from engine.store.facts.asked import asked_by_entries
from engine.store.facts.dirty import Stamp, Tally
from engine.store.facts.duplicates import Duplicate, duplicates_of
from engine.store.facts.entries import lead_zones, write_leads, write_records, write_talks
from engine.store.facts.history import mark_history, versions_of
from engine.store.facts.interactions import told_before
from engine.store.facts.people import unknown_reps, upsert_reps
from engine.store.facts.restrictions import erased_among

__all__ = ["ImportReport", "What", "run_import", "terms_of"]

BATCH = 1000
"""Rows a transaction: short enough that the daemon beside it never waits long."""
SHOWN = 100
"""Duplicates that a report names; it counts the others."""

NO_GATES = Gates()
"""For imports that no author's gate stands before: samples and rehearsals."""

Progress = Callable[[int, int], None]
"""Called after every batch with the rows done and the rows of the file."""
Entry = LeadEntry | RepEntry | RecordEntry | TalkEntry


@dataclass(frozen=True)
class ImportReport:
    """What became of a file's rows. `unknown_owners`: owners that no rep has; import the reps too."""

    added: int
    changed: int
    unchanged: int
    quarantined: int
    quarantine_file: Path | None
    unknown_owners: int = 0
    duplicates: tuple[Duplicate, ...] = ()
    """Leads with a telephone, address or WeCom id that another one has too, the first of them."""


@dataclass(frozen=True)
class How:
    """In which way a file is read and written: `sheet` of a spreadsheet, `mapping` a file that names its columns.

    `history`: what fell due before now brings nothing about; contacts, orders and dates count all the same.
    """

    dry_run: bool = False
    sheet: str | None = None
    mapping: Path | None = None
    history: bool = False


@dataclass
class _Run:
    """One run: what it is given, and what it has counted so far."""

    what: What
    source: Source
    settings: Settings
    terms: Terms
    stamp: Stamp
    gates: Gates
    quarantine: Quarantine
    tally: Tally = field(default_factory=Tally)
    seen: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)
    duplicates: dict[tuple[str, str], Duplicate] = field(default_factory=dict)


def run_import(
    db: Database, settings: Settings, what: What, path: Path, now: int,
    *, gates: Gates = NO_GATES, actor: str = "import", how: How | None = None, progress: Progress | None = None,
) -> ImportReport:  # fmt: skip
    """Import a file. A dry run counts and writes the quarantine file, and leaves the database as it is.

    A row with a change that a gate refuses is refused as a whole, and goes into quarantine with the evidence.

    UsageError: the file cannot be read, or its header names a column that `what` does not have.
    """
    how = how or How()
    terms = terms_of(settings)
    source = open_source(path, what, terms, how.sheet, how.mapping)
    stamp, done = Stamp(now, actor, f"import {path.name}"), 0
    with Quarantine(path, source.table.header) as quarantine:
        run = _Run(what, source, settings, terms, stamp, gates, quarantine)
        for batch in _batches(source.rows()):
            with db.writing() as connection, connection.begin_nested() as savepoint:
                _take(connection, run, batch, how)
                if how.dry_run:
                    savepoint.rollback()
            done += len(batch)
            if progress is not None:
                progress(done, source.table.length)
    found = tuple(run.duplicates.values())
    return ImportReport(*run.tally, quarantine.count, quarantine.path_if_any, len(run.owners), found)


def _take(connection: Connection, run: _Run, batch: Sequence[Row], how: How) -> None:
    """One batch of rows, all within one transaction."""
    entries = _through_gates(connection, run, _read_batch(connection, run, batch))
    concerned = {entry.id if isinstance(entry, LeadEntry) else entry.lead for entry in entries
                 if not isinstance(entry, RepEntry)}  # fmt: skip
    before = versions_of(connection, concerned) if how.history else {}
    run.tally = run.tally.plus(write_entries(connection, entries, run.settings, run.stamp))
    if how.history:
        mark_history(connection, before, concerned, run.stamp.now)
    run.owners |= _unknown_owners(connection, entries)
    for one in duplicates_of(connection, [e for e in entries if isinstance(e, LeadEntry)]):
        if len(run.duplicates) < SHOWN:
            run.duplicates[one.field, one.value] = one


def terms_of(settings: Settings) -> Terms:
    """What config.yaml lets cells say."""
    words, defaults = settings.vocabularies, settings.defaults
    return Terms(
        words={
            "tier": words.tiers, "grade": words.grades, "stage": words.stages, "status": words.statuses,
            "loyalty": words.loyalties, "temperament": words.temperaments,
            "profile": words.profiles, "purpose": words.purposes,
            "outcome": (*words.effective_outcomes, *words.attempt_outcomes),
        },
        attributes={name: AttributeType(one.type, one.words) for name, one in settings.attributes.items()},
        date_kinds=settings.dates, timezone=defaults.timezone, locale=defaults.locale, country=defaults.country,
        festivals=festivals_in(settings),
        questions={path: AttributeType(one.type, one.words) for path, one in settings.questions.items()},
    )  # fmt: skip


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _read_batch(connection: Connection, run: _Run, batch: Sequence[Row]) -> list[tuple[Row, Entry]]:
    """The batch's good rows with their entries; the others are put into quarantine."""
    named = [(row, _named(run.source, row)) for row in batch]
    known = _known(connection, run.what, [cells for _, cells in named if not isinstance(cells, BadRow)])
    entries: list[tuple[Row, Entry]] = []
    for row, cells in named:
        try:
            if isinstance(cells, BadRow):
                raise cells
            entries.append((row, _entry(run, cells, known)))
        except BadRow as error:
            run.quarantine.put(row, str(error))
    return entries


def _named(source: Source, row: Row) -> dict[str, str] | BadRow:
    try:
        return source.named(row)
    except BadRow as error:
        return error


@dataclass(frozen=True)
class _Known:
    """What the database knows of the leads and interactions that a batch names."""

    zones: Mapping[str, str] = field(default_factory=dict)
    talks: Mapping[str, TalkEntry] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()


def _known(connection: Connection, what: What, rows: Sequence[Mapping[str, str]]) -> _Known:
    if what == "leads":
        return _Known(erased=erased_among(connection, {row["id"].strip() for row in rows}))
    if what == "reps":
        return _Known()
    zones = lead_zones(connection, {row["lead"].strip() for row in rows})
    talks = told_before(connection, {row["id"].strip() for row in rows}) if what == "interactions" else {}
    return _Known(zones, talks)


def _entry(run: _Run, row: Mapping[str, str], known: _Known) -> Entry:
    if run.what == "leads":
        entry: Entry = lead_entry(row, run.terms)
        if entry.id in known.erased:
            raise BadRow(erased_line(entry.id))
    elif run.what == "reps":
        entry = rep_entry(row, run.terms)
    elif run.what == "records":
        entry = record_of_known_lead(row, run.terms, known.zones)
    else:
        entry = talk_of_known_lead(row, run.terms, known.zones, known.talks, run.stamp.now)
    if entry.id in run.seen:
        raise BadRow(f'id: "{entry.id}" is there already, in a row above')
    run.seen.add(entry.id)
    return entry


def talk_of_known_lead(
    row: Mapping[str, str], terms: Terms, zones: Mapping[str, str], told: Mapping[str, TalkEntry], now: int
) -> TalkEntry:
    """A row of interactions. `zones`: the time zones of leads that there are; `told`: what was logged before, by id.

    BadRow: also where its lead is not there, or it was logged with other words.
    """
    ident = row["lead"].strip()
    if ident not in zones:  # before anything of the row is quoted: he may have been erased
        raise BadRow(f'lead: there is no lead "{ident}"')
    entry = talk_entry(row, terms, zones[ident], now)
    if not _says_the_same(told.get(entry.id), entry):
        raise BadRow(f'id: "{entry.id}" was logged already and says something else; what was logged stays')
    return entry


def _says_the_same(told: TalkEntry | None, entry: TalkEntry) -> bool:
    return told is None or (told.lead, told.at, told.outcome) == (entry.lead, entry.at, entry.outcome)


def _through_gates(connection: Connection, run: _Run, read: Sequence[tuple[Row, Entry]]) -> list[Entry]:
    """The entries that no gate refuses; the rows of the others are put into quarantine, whole."""
    leads = [entry for _, entry in read if isinstance(entry, LeadEntry)]
    if not leads or not run.gates.on_leads:
        return [entry for _, entry in read]
    actor = actor_named(connection, run.stamp.actor)
    refusals = pass_gates(connection, run.gates, asked_by_entries(connection, leads), actor, run.stamp)
    for row, entry in read:
        if entry.id in refusals:
            run.quarantine.put(row, f"refused by {reasons(refusals[entry.id])}")
    return [entry for _, entry in read if entry.id not in refusals]


def record_of_known_lead(row: Mapping[str, str], terms: Terms, zones: Mapping[str, str]) -> RecordEntry:
    """A row of records. `zones`: the time zones of leads that there are; BadRow where its lead is not among them."""
    ident = row["lead"].strip()
    if ident not in zones:  # as above
        raise BadRow(f'lead: there is no lead "{ident}"')
    return record_entry(row, terms, zones[ident])


def write_entries(connection: Connection, entries: Sequence[Entry], settings: Settings, stamp: Stamp) -> Tally:
    """Write entries of any kind; what new leads and reps lack is filled from config.yaml."""
    zone_and_locale = {"timezone": settings.defaults.timezone, "locale": settings.defaults.locale}
    leads = [entry for entry in entries if isinstance(entry, LeadEntry)]
    reps = [entry for entry in entries if isinstance(entry, RepEntry)]
    talks = [entry for entry in entries if isinstance(entry, TalkEntry)]
    records = [entry for entry in entries if isinstance(entry, RecordEntry)]
    tally = write_leads(connection, leads, new_leads_have(settings), settings, stamp) if leads else Tally()
    tally = tally.plus(upsert_reps(connection, reps, zone_and_locale, stamp.now)) if reps else tally
    tally = tally.plus(write_talks(connection, talks, settings, stamp.now)) if talks else tally
    return tally.plus(write_records(connection, records, settings, stamp)) if records else tally


def new_leads_have(settings: Settings) -> dict[str, object]:
    """What a new lead has of whom nothing else is said."""
    defaults = settings.defaults
    return {
        "timezone": defaults.timezone, "locale": defaults.locale, "country": defaults.country,
        "status": settings.vocabularies.statuses[0],
    }  # fmt: skip


def _unknown_owners(connection: Connection, entries: Sequence[Entry]) -> set[str]:
    owners = {str(e.values["owner"]) for e in entries if isinstance(e, LeadEntry) and e.values.get("owner")}
    return unknown_reps(connection, owners)
