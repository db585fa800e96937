"""Rows of an imported table of records: what was bought, agreed, arranged or is owed, chances, and dates.

A record of kind `date` carries its date in the column `at` (`1988-05-12`, `--05-12`, `lunar:...`) and the
kind of date (`birthday`, `child_birthday`, ...) in the column `product`. `gone` says that money was paid, an
appointment dropped, a contract ended early, a purchase taken back: it is kept, and nothing more comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.domain import cells
from engine.domain.dates import LifeDate, parse_life_date
from engine.domain.people import BadRow, Cell, Terms, read_cells

RECORD_COLUMNS = (
    "lead", "kind", "id", "product", "at", "starts", "ends_on", "due_on", "amount", "stage",
    "expected_close", "note", "gone",
)  # fmt: skip
ENDED_BY_THEIR_FIELDS = ("opportunity", "date")
"""Kinds that are never gone: an opportunity has its stage, a date its day."""
NEEDED = {
    "purchase": ("at",),
    "contract": ("ends_on",),
    "appointment": ("starts",),
    "receivable": ("due_on",),
    "opportunity": ("stage",),
    "date": ("at", "product"),
}
"""Kinds of records, and the columns without which one of them says nothing."""
CLOSED_STAGES = ("won", "lost")
"""Stages in which an opportunity is no longer open."""

_NAMES = {"starts": "starts_at", "expected_close": "expected_close_on"}
_CELLS: Mapping[str, Cell] = {
    "lead": cells.identifier,
    "id": cells.identifier,
    "kind": lambda text: cells.word(text, tuple(NEEDED)),
    "ends_on": cells.civil_day,
    "due_on": cells.civil_day,
    "expected_close": cells.civil_day,
    "amount": cells.number,
    "note": cells.long_text,
    "gone": cells.yes_or_no,
}


@dataclass(frozen=True)
class RecordEntry:
    """A record as a file tells it. `values` are columns of its table; `date` only of kind `date`."""

    id: str
    lead: str
    kind: str
    values: Mapping[str, object] = field(default_factory=dict)
    date: LifeDate | None = None


def record_entry(row: Mapping[str, str], terms: Terms, zone_name: str) -> RecordEntry:
    """Read one row of records; wall times without an offset are in that zone (the lead's)."""
    kind = row.get("kind", "").strip()
    required = ("lead", "kind", "id", *NEEDED.get(kind, ()))
    read = read_cells(row, lambda column: _cell(column, kind, zone_name, terms), required)
    named = {_NAMES.get(column, column): value for column, value in read.items()}
    record_id, lead, _ = (str(named.pop(column)) for column in ("id", "lead", "kind"))
    gone = named.pop("gone", None)
    if gone and kind in ENDED_BY_THEIR_FIELDS:
        raise BadRow(f"gone: does not go with {kind}")
    if "gone" in row and kind not in ENDED_BY_THEIR_FIELDS:
        named["gone"] = bool(gone)
    if kind == "date":
        found = named.pop("at")
        if not isinstance(found, LifeDate):
            raise BadRow("at: is missing")
        return RecordEntry(record_id, lead, str(named["product"]), {"note": named.get("note")}, found)
    return RecordEntry(record_id, lead, kind, named)


def _cell(column: str, kind: str, zone_name: str, terms: Terms) -> Cell:
    if kind == "date" and column == "at":
        return parse_life_date
    if kind == "date" and column == "product":
        return lambda text: cells.word(text, terms.date_kinds)
    if column in ("at", "starts"):
        return lambda text: cells.moment(text, zone_name)
    if column == "stage":
        return lambda text: cells.word(text, terms.words["stage"])
    return _CELLS.get(column, cells.plain_text)
