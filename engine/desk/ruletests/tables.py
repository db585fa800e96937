"""People and records of a test: rows with the columns that imports have, and dates that may count from its start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

from engine.domain.civil import add, add_civil
from engine.domain.dates import parse_life_date
from engine.domain.people import (
    REP_COLUMNS,
    BadRow,
    LeadEntry,
    RepEntry,
    Terms,
    lead_columns,
    lead_entry,
    rep_entry,
    zone_of,
)
from engine.domain.records import RECORD_COLUMNS, RecordEntry, record_entry
from engine.ground.durations import Duration, parse_duration
from engine.ground.yamlio import Node
from engine.rulebook.reading import Keys, Source, read_choice, shown

_MOMENTS = frozenset({"registered_at", "last_contact_at", "joined_at", "at", "starts"})
_DAYS = frozenset({"absent_from", "absent_to", "ends_on", "due_on", "expected_close"})
_DATE_KEYS = ("kind", "calendar", "year", "month", "day", "leap")

Row = Mapping[str, str]
Entry = LeadEntry | RepEntry
Found = TypeVar("Found")


@dataclass(frozen=True)
class Rows:
    """Reads rows of one test file, whose offsets (`-30d`) count from its start (seconds UTC; its civil date)."""

    source: Source
    terms: Terms
    start: int
    first_day: date

    def reps(self, node: Node) -> list[RepEntry]:
        """The reps; a rep without a name is called by his id."""
        entries = [self._person(entry, "a rep", REP_COLUMNS, ()) for entry in _listed(self.source, node, "reps")]
        return [rep_entry(row, self.terms) for row in entries if row]

    def leads(self, node: Node) -> tuple[list[LeadEntry], list[RecordEntry]]:
        """The leads, and the days of their lives."""
        leads: list[LeadEntry] = []
        dates: list[RecordEntry] = []
        for entry in _listed(self.source, node, "leads"):
            row = self._person(entry, "a lead", lead_columns(self.terms), ("dates",))
            if row:
                leads.append(lead_entry(row, self.terms))
                days = entry.get("dates")
                dates += self._dates(days, row["id"]) if days else []
        return leads, dates

    def record(self, node: Node, ident: str, zones: Mapping[str, str]) -> RecordEntry | None:
        """A record of a lead who is known; `ident` names it where it has no id."""
        keys = Keys(self.source, node, "a record", RECORD_COLUMNS)
        lead_node, kind_node = keys.require("lead"), keys.require("kind")
        lead = read_known(self.source, lead_node, "lead", tuple(zones)) if lead_node else None
        if lead is None or kind_node is None:
            return None
        zone = zones[lead]
        row = {"id": ident, **self.cells(keys, zone, offsets=kind_node.value != "date")}
        return self._entry(node, lambda: record_entry(row, self.terms, zone))

    def _person(self, node: Node, where: str, columns: Sequence[str], more: Sequence[str]) -> Row | None:
        """His row; None where a cell of it does not fit."""
        keys = Keys(self.source, node, where, (*columns, *more))
        ident = keys.require("id")
        if ident is None:
            return None
        zone_node = keys.get("timezone")
        zone = zone_of({"timezone": cell_of(zone_node) if zone_node else ""}, self.terms)
        row = {"name": cell_of(ident), **self.cells(keys, zone, without=more)}
        read = rep_entry if where == "a rep" else lead_entry
        good = [self._fits(keys, {"timezone": zone, column: row[column]}, column, read) for column in row]
        return row if all(good) else None

    def _fits(self, keys: Keys, cells: Row, column: str, read: Callable[[Row, Terms], Entry]) -> bool:
        """Whether a cell can be read; if not, that is told at its place."""
        some = {"id": "x", "name": "x", **cells}
        return self._entry(keys.get(column) or keys.node, lambda: read(some, self.terms)) is not None

    def _entry(self, at: Node, read: Callable[[], Found]) -> Found | None:
        try:
            return read()
        except BadRow as error:
            self.source.report(at, "T205", str(error))
            return None

    def cells(
        self, keys: Keys, zone: str, *, without: Sequence[str] = (), offsets: bool = True
    ) -> dict[str, str]:
        """Every key that is there as a cell of text, offsets worked out."""
        found: dict[str, str] = {}
        for name in keys.names:
            node = keys.get(name)
            if node is not None and name not in without:
                found[name] = self.cell(name, node, zone) if offsets else cell_of(node)
        return found

    def cell(self, column: str, node: Node, zone: str) -> str:
        """One value as a cell."""
        span = offset_of(node)
        if span is not None and column in _MOMENTS:
            return datetime.fromtimestamp(add(self.start, span, zone), UTC).isoformat()
        if span is not None and column in _DAYS:
            return add_civil(self.first_day, span).isoformat()
        return cell_of(node)

    def _dates(self, node: Node, lead: str) -> list[RecordEntry]:
        found: list[RecordEntry] = []
        for n, entry in enumerate(_listed(self.source, node, "dates"), 1):
            keys = Keys(self.source, entry, "a date", _DATE_KEYS)
            kind_node = keys.require("kind")
            kinds = self.terms.date_kinds
            kind = read_choice(self.source, kind_node, "kind", "R207", "kind of date", kinds) if kind_node else None
            needed = [keys.require("month"), keys.require("day")]
            if kind is None or None in needed:
                continue
            try:
                found.append(RecordEntry(f"{lead}:{kind}:{n}", lead, kind, {}, parse_life_date(_life_date(entry))))
            except ValueError as error:
                self.source.report(entry, "T205", str(error))
        return found


def _life_date(node: Node) -> str:
    """As imports write it: `1988-05-12`, `--05-12`, `lunar:1987-L06-10`."""
    given = {str(key.value): value.value for key, value in node.items()}

    def number(key: str, width: int) -> str:
        return str(given[key]).zfill(width)

    year = number("year", 4) if given.get("year") is not None else "-"
    mark = {"lunar": "lunar:", "solar": ""}.get(str(given.get("calendar", "solar")), f"{given.get('calendar')}:")
    leap = "L" if given.get("leap") else ""
    return f"{mark}{year}-{leap}{number('month', 2)}-{number('day', 2)}"


def read_known(source: Source, node: Node, what: str, known: Sequence[str]) -> str | None:
    """The id of somebody in the test."""
    return read_choice(source, node, what, "T204", what, known)


def offset_of(node: Node) -> Duration | None:
    """`-30d`, `+2h`; None if it is none, or in working time."""
    try:
        span = parse_duration(node.value) if isinstance(node.value, str) else None
    except ValueError:
        return None
    return None if span is None or span.needs_office_calendar else span


def cell_of(node: Node) -> str:
    """A value as a cell of an imported file has it."""
    if node.kind == "list":
        return "; ".join(cell_of(entry) for entry in node.entries())
    if node.kind == "map":
        return shown(node)
    return "" if node.value is None else str(node.value).lower() if isinstance(node.value, bool) else str(node.value)


def _listed(source: Source, node: Node, what: str) -> tuple[Node, ...]:
    if node.kind != "list":
        source.report(node, "R102", f'"{what}" must be a list, not {shown(node)}')
    return node.entries()
