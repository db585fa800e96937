"""What other programs send: leads, interactions and events, taken item by item as imports and commands take them.

Everything is written in the caller's transaction. What is wrong with one item keeps none of the others out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engine.domain import cells
from engine.domain.civil import day_start
from engine.domain.extents import Extent
from engine.domain.people import BadRow, LeadEntry, lead_columns, lead_entry
from engine.domain.talks import TalkEntry
from engine.ground.errors import FollowupError
from engine.settings.model import Settings
from engine.stages.events import write_event
from engine.stages.gates.objections import Gates
from engine.stages.gates.passing import actor_named, pass_gates
from engine.stages.gates.records import Refused, reasons, record
from engine.stages.imports import new_leads_have, talk_of_known_lead, terms_of
from engine.stages.inlet.batch import Batch, Reason, Result, Taken, reasons_of
from engine.stages.known import erased_line
from engine.store.database import Connection
from engine.store.facts.asked import asked_by_entries
from engine.store.facts.circumstances import Happening
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import lead_zones, leads_written, write_talks
from engine.store.facts.interactions import told_before
from engine.store.facts.people import locked, unknown_reps

Cells = Mapping[str, str]
"""An item as a row of a file: every value as text, "" clears."""
@dataclass(frozen=True)
class Inlet:
    """Where items go, and who brings them."""

    connection: Connection
    settings: Settings
    gates: Gates
    stamp: Stamp

    def leads(self, items: Sequence[Cells]) -> list[Taken]:
        """New leads, and fields of known ones; what an item does not have stays as it is.

        A gate's refusal of one change refuses the whole lead, and is kept.
        """
        terms = terms_of(self.settings)
        columns = lead_columns(terms)
        known = locked(self.connection, {item.get("id", "").strip() for item in items})

        def read(item: Cells) -> LeadEntry:
            _insist_on(item, columns)
            ident = item.get("id", "").strip()
            if ident in known and known[ident]["erased_at"] is not None:
                raise BadRow(erased_line(ident))
            return lead_entry({**_as_known(known.get(ident)), **item}, terms)

        found = Batch[LeadEntry].of(items, read)
        found.refuse(self._unknown_owners(found.entries))
        who = actor_named(self.connection, self.stamp.actor)
        asked = asked_by_entries(self.connection, list(found.entries.values()))
        refused = pass_gates(self.connection, self.gates, asked, who, self.stamp)
        found.refuse({ident: Reason("", f"refused by {reasons(said)}") for ident, said in refused.items()})
        entries = list(found.entries.values())
        written = leads_written(self.connection, entries, new_leads_have(self.settings), self.settings, self.stamp)
        return found.told(written.added, written.changed)

    def _unknown_owners(self, entries: Mapping[str, LeadEntry]) -> dict[str, Reason]:
        owners = {ident: str(e.values["owner"]) for ident, e in entries.items() if e.values.get("owner")}
        return _no_reps(self.connection, owners, "owner")

    def interactions(self, items: Sequence[Cells]) -> list[Taken]:
        """What was said with customers, or tried. What was logged before stays, and is `unchanged` if sent again."""
        terms, now = terms_of(self.settings), self.stamp.now
        zones = lead_zones(self.connection, {item.get("lead", "").strip() for item in items})
        told = told_before(self.connection, {item.get("id", "").strip() for item in items})
        found = Batch[TalkEntry].of(items, lambda item: talk_of_known_lead(item, terms, zones, told, now))
        reps = {ident: entry.rep for ident, entry in found.entries.items() if entry.rep}
        found.refuse(_no_reps(self.connection, reps, "rep"))
        write_talks(self.connection, list(found.entries.values()), self.settings, now)
        return found.told(frozenset(found.entries.keys() - told.keys()), frozenset())

    def events(self, items: Sequence[Mapping[str, Any]]) -> list[Taken]:
        """What happens to leads and in regions, as `event add` records it."""
        return [self._event(item) for item in items]

    def _event(self, item: Mapping[str, Any]) -> Taken:
        try:
            with self.connection.begin_nested():
                happening = self._happening(item)
                added = write_event(self.connection, self.settings, self.gates, happening, self.stamp)
        except Refused as error:
            who = actor_named(self.connection, self.stamp.actor)
            record(self.connection, error.objections, who, self.stamp.now, self.stamp.cause)
            return Taken(str(item.get("id", "")), Result.REFUSED, (Reason("", str(error)),))
        except BadRow as error:
            return Taken(str(item.get("id", "")), Result.REFUSED, reasons_of(error))
        except FollowupError as error:
            return Taken(str(item.get("id", "")), Result.REFUSED, (Reason("", str(error)),))
        return Taken(added.id, Result.ADDED)

    def _happening(self, item: Mapping[str, Any]) -> Happening:
        leads = tuple(dict.fromkeys(item.get("leads", ())))
        regions = tuple(dict.fromkeys(item.get("regions", ())))
        lead = leads[0] if len(leads) == 1 and not regions else None
        zone = lead_zones(self.connection, leads[:1]).get(lead or "", self.settings.defaults.timezone)
        start, end = _instant(item, "starts_at", zone), _instant(item, "ends_at", zone)
        start = self.stamp.now if start is None else start
        if end is not None and end <= start:
            raise BadRow("ends_at: must lie after starts_at")
        return Happening(
            _identifier(item), item["kind"], start, end, lead=lead, area=Extent(regions), severity=item.get("severity"),
            invited=() if lead else leads, attrs={"host": item["host"]} if item.get("host") else {},
        )  # fmt: skip


def _as_known(lead: Mapping[str, Any] | None) -> Cells:
    """What a lead's row needs, of a lead that is known: his name, and the zone of wall times."""
    return {} if lead is None else {"name": str(lead["name"]), "timezone": str(lead["timezone"])}


def _insist_on(item: Cells, columns: Sequence[str]) -> None:
    unknown = [name for name in item if name not in columns]
    if unknown:
        raise BadRow(*(f"{name}: config.yaml does not have it" for name in unknown))


def _no_reps(connection: Connection, named: Mapping[str, str], column: str) -> dict[str, Reason]:
    """Of entries that name a rep whom nobody knows, why they are refused."""
    unknown = unknown_reps(connection, set(named.values()))
    return {
        ident: Reason(column, f"there is no rep {cells.quoted(rep)}") for ident, rep in named.items() if rep in unknown
    }


def _identifier(item: Mapping[str, Any]) -> str:
    """The id that was given, or "" for one of ours."""
    try:
        return cells.identifier(item["id"]) if item.get("id") else ""
    except ValueError as error:
        raise BadRow(f"id: {error}") from error


def _instant(item: Mapping[str, Any], name: str, zone: str) -> int | None:
    """Of an item's instant; a day is its beginning, and as an end its last minute."""
    text = item.get(name)
    if not text:
        return None
    try:
        if len(text) == 10 and name == "ends_at":
            return day_start(date.fromisoformat(cells.civil_day(text)) + timedelta(days=1), zone)
        return cells.moment(text, zone)
    except (ValueError, OverflowError) as error:
        raise BadRow(f"{name}: {error}") from error
