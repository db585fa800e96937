"""Rows of a source written as leads, records or interactions: the way of every import, gates and ownership included."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.domain.changes import Actor, Role
from engine.domain.people import BadRow, LeadEntry, Terms, lead_entry
from engine.domain.records import RecordEntry
from engine.domain.talks import TalkEntry
from engine.settings.model import Settings
from engine.settings.source_model import Source
from engine.stages.gates.objections import Gates
from engine.stages.gates.passing import pass_gates
from engine.stages.gates.records import reasons
from engine.stages.imports import record_of_known_lead, talk_of_known_lead, write_entries
from engine.stages.known import erased_line
from engine.stages.sync.ownership import taken_from
from engine.stages.sync.rows import SourceRow
from engine.store.database import Connection
from engine.store.facts.asked import asked_by_entries
from engine.store.facts.dirty import Stamp, Tally
from engine.store.facts.entries import lead_zones
from engine.store.facts.history import mark_history, versions_of
from engine.store.facts.interactions import told_before
from engine.store.facts.people import locked
from engine.store.facts.restrictions import erased_among
from engine.store.facts.sources import KnownRow

GONE = "gone"
"""The status of a lead whom his source no longer has."""


@dataclass(frozen=True)
class Landed:
    """What became of rows: how many were written, and reasons by key of those that were not."""

    tally: Tally
    refused: Mapping[str, str]
    owners: Collection[str] = ()


@dataclass(frozen=True)
class Landing:
    """Where rows of one source land."""

    name: str
    source: Source
    settings: Settings
    terms: Terms
    gates: Gates
    now: int
    history: bool = False
    """Whether the rows tell of the past: what they bring counts, and nothing that was due before comes of it."""

    @property
    def _stamp(self) -> Stamp:
        return Stamp(self.now, self.name, f"source {self.name}")

    def land(self, connection: Connection, rows: Sequence[SourceRow], known: Mapping[str, KnownRow]) -> Landed:
        """Write the rows. Those that are wrong, or that a gate refuses, are left as they were, whole."""
        concerned = {row.cells["id" if self.source.kind == "leads" else "lead"].strip() for row in rows}
        before = versions_of(connection, concerned) if self.history else {}
        if self.source.kind == "leads":
            landed = self._leads(connection, rows, known)
        else:
            landed = self._of_leads(connection, rows)
        if self.history:
            mark_history(connection, before, concerned, self.now)
        return landed

    def _leads(self, connection: Connection, rows: Sequence[SourceRow], known: Mapping[str, KnownRow]) -> Landed:
        erased = erased_among(connection, {row.cells["id"].strip() for row in rows})
        refused: dict[str, str] = {}
        told: dict[str, LeadEntry] = {}
        for row in rows:
            ident = row.cells["id"].strip()
            try:
                if ident in erased:  # before anything of the row is quoted
                    raise BadRow(erased_line(ident))
                told[row.key] = lead_entry(row.cells, self.terms)
            except BadRow as error:
                refused[row.key] = str(error)
        leads = locked(connection, [entry.id for entry in told.values()])
        entries = {
            key: self._returned(
                taken_from(entry, self._before(known.get(key)), leads.get(entry.id), self.source),
                entry, known.get(key), leads.get(entry.id),
            )
            for key, entry in told.items()
        }  # fmt: skip
        return self._through_gates(connection, entries, refused)

    def _before(self, known: KnownRow | None) -> LeadEntry | None:
        """What the row said last, if that can still be read by today's words."""
        try:
            return None if known is None else lead_entry(known.cells, self.terms)
        except BadRow:
            return None

    def _returned(
        self, taken: LeadEntry, entry: LeadEntry, known: KnownRow | None, lead: Mapping[str, object] | None
    ) -> LeadEntry:
        """Who is there again is no longer gone."""
        if known is None or not known.gone or lead is None or lead["status"] != GONE:
            return taken
        first = self.settings.vocabularies.statuses[0]
        return replace(taken, values={**taken.values, "status": entry.values.get("status", first)})

    def _through_gates(
        self, connection: Connection, entries: Mapping[str, LeadEntry], refused: dict[str, str]
    ) -> Landed:
        actor = Actor(self.name, Role.SOURCE)
        asked = asked_by_entries(connection, list(entries.values())) if self.gates.on_leads else {}
        refusals = pass_gates(connection, self.gates, asked, actor, self._stamp)
        refused |= {
            key: f"refused by {reasons(refusals[entry.id])}" for key, entry in entries.items() if entry.id in refusals
        }
        good = [entry for key, entry in entries.items() if key not in refused]
        tally = write_entries(connection, good, self.settings, self._stamp)
        return Landed(tally, refused, {str(entry.values["owner"]) for entry in good if entry.values.get("owner")})

    def _of_leads(self, connection: Connection, rows: Sequence[SourceRow]) -> Landed:
        """Records and interactions: they come in if their lead is there."""
        zones = lead_zones(connection, {row.cells["lead"].strip() for row in rows})
        talks = self.source.kind == "interactions"
        told = told_before(connection, {row.cells["id"].strip() for row in rows}) if talks else {}
        refused: dict[str, str] = {}
        entries: list[RecordEntry | TalkEntry] = []
        for row in rows:
            try:
                if talks:
                    entries.append(talk_of_known_lead(row.cells, self.terms, zones, told, self.now))
                else:
                    entries.append(record_of_known_lead(row.cells, self.terms, zones))
            except BadRow as error:
                refused[row.key] = str(error)
        return Landed(write_entries(connection, entries, self.settings, self._stamp), refused)

    def leave(self, connection: Connection, ours: Mapping[str, str]) -> Landed:
        """These leads, by key, are no longer there: their status becomes gone. Nothing is deleted."""
        there = locked(connection, list(ours.values()))
        entries = {key: LeadEntry(lead, {"status": GONE}) for key, lead in ours.items() if lead in there}
        return self._through_gates(connection, entries, {})
