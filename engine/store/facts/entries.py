"""Writing whole batches of entries as files bring them: people with their dates, records of every kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, select

from engine.domain.people import LeadEntry
from engine.domain.records import RecordEntry
from engine.domain.talks import TalkEntry
from engine.settings.model import Settings
from engine.store.facts.dates import DateEntry, column_date_id, write_dates
from engine.store.facts.dirty import Stamp, Tally, touch_leads
from engine.store.facts.interactions import Interaction, log_interactions
from engine.store.facts.people import Written, upsert_leads
from engine.store.facts.portraits import keep_portraits
from engine.store.facts.records import upsert_opportunities, upsert_records
from engine.store.tables import lead


def lead_zones(connection: Connection, leads: Collection[str]) -> dict[str, str]:
    """The time zones of those leads that exist; nothing is put down any more about those who were erased."""
    query = select(lead.c.id, lead.c.timezone).where(lead.c.id.in_(leads), lead.c.erased_at.is_(None))
    return {row.id: row.timezone for row in connection.execute(query)}


def write_leads(
    connection: Connection,
    entries: Sequence[LeadEntry],
    defaults: Mapping[str, Any],
    settings: Settings,
    stamp: Stamp,
) -> Tally:
    """Write leads and their dates. A lead of whom only a date changed counts as changed."""
    written = leads_written(connection, entries, defaults, settings, stamp)
    added, changed = len(written.added), len(written.changed)
    return Tally(added, changed, len(entries) - added - changed)


def leads_written(
    connection: Connection,
    entries: Sequence[LeadEntry],
    defaults: Mapping[str, Any],
    settings: Settings,
    stamp: Stamp,
) -> Written:
    """The same; whose rows are new, and whose are changed."""
    written = upsert_leads(connection, entries, defaults, stamp)
    dates = [
        DateEntry(column_date_id(entry.id, kind), entry.id, kind, when)
        for entry in entries
        for kind, when in entry.dates.items()
    ]
    dated = write_dates(connection, dates, settings, stamp.now).leads
    keep_portraits(connection, dated)
    redated = dated - written.added - written.changed
    touch_leads(connection, redated, "date", stamp.now)
    return Written(written.added, written.changed | redated)


def write_records(
    connection: Connection, entries: Sequence[RecordEntry], settings: Settings, stamp: Stamp
) -> Tally:
    """Write records, opportunities and dates."""
    dates = [entry for entry in entries if entry.date is not None]
    others = [entry for entry in entries if entry.date is None]
    opportunities = [entry for entry in others if entry.kind == "opportunity"]
    records = [entry for entry in others if entry.kind != "opportunity"]
    tally = _write_dates(connection, dates, settings, stamp.now)
    tally = tally.plus(upsert_opportunities(connection, opportunities, stamp))
    return tally.plus(upsert_records(connection, records, stamp))


def write_talks(connection: Connection, entries: Sequence[TalkEntry], settings: Settings, now: int) -> Tally:
    """Write interactions; leads must exist, and whatever was logged before stays as it is."""
    effective = settings.vocabularies.effective_outcomes
    talks = [Interaction(**asdict(entry), effective=entry.outcome in effective) for entry in entries]
    added = log_interactions(connection, talks, now)
    return Tally(len(added), 0, len(entries) - len(added))


def _write_dates(connection: Connection, entries: Sequence[RecordEntry], settings: Settings, now: int) -> Tally:
    dates = [DateEntry(e.id, e.lead, e.kind, e.date, _text(e.values.get("note"))) for e in entries]
    written = write_dates(connection, dates, settings, now)
    keep_portraits(connection, written.leads)
    touch_leads(connection, written.leads, "date", now)
    added, changed = len(written.added), len(written.changed)
    return Tally(added, changed, len(entries) - added - changed)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
