"""Rows of an imported table of interactions: what was said with a customer, or tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain import cells
from engine.domain.people import BadRow, Cell, Terms, read_cells

SCORES = (0, 10)
"""The worst and the best answer to a survey."""

TALK_COLUMNS = ("id", "lead", "at", "outcome", "rep", "channel", "purpose", "benefit", "note", "next_step")

_CELLS: Mapping[str, Cell] = {
    "id": cells.identifier,
    "lead": cells.identifier,
    "rep": cells.identifier,
    "benefit": cells.long_text,
    "note": cells.long_text,
    "next_step": cells.long_text,
}


@dataclass(frozen=True)
class TalkEntry:
    """An interaction as a file tells it. `at` is when it happened (seconds UTC)."""

    id: str
    lead: str
    at: int
    outcome: str
    rep: str | None = None
    channel: str | None = None
    purpose: str | None = None
    benefit: str | None = None
    note: str | None = None
    next_step: str | None = None


def talk_entry(row: Mapping[str, str], terms: Terms, zone_name: str, now: int) -> TalkEntry:
    """Read one row; a wall time without an offset is in that zone (the lead's). BadRow: also if it is still to come."""
    read = read_cells(row, lambda column: _cell(column, terms, zone_name), ("id", "lead", "at", "outcome"))
    values = {name: None if value is None else str(value) for name, value in read.items() if name != "at"}
    at = read["at"]
    assert isinstance(at, int)
    if at > now:
        raise BadRow(f"at: {cells.quoted(row['at'].strip())} lies in the future; an appointment is a record")
    return TalkEntry(**values, at=at)  # type: ignore[arg-type]


def _cell(column: str, terms: Terms, zone_name: str) -> Cell:
    if column == "at":
        return lambda text: cells.moment(text, zone_name)
    if column in ("outcome", "purpose"):
        return lambda text: cells.word(text, terms.words[column])
    return _CELLS.get(column, cells.plain_text)
