"""Rows of an imported table as entries that the store can write. Pure: no file, no database, no clock.

A blank cell means "nothing" and clears what was there; a column that the file does not have leaves it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.domain import addresses, cells
from engine.domain.dates import LifeDate, parse_life_date

LEAD_COLUMNS = (
    "id", "name", "account", "company", "salutation", "email", "phone", "wecom", "channels", "owner", "tier",
    "grade", "stage", "status", "loyalty", "temperament", "profile", "region", "country", "timezone", "locale",
    "registered_at", "last_contact_at", "contacts", "key", "confidential", "unsubscribed", "hope", "observances",
    "lat", "lon",
)  # fmt: skip
REP_COLUMNS = (
    "id", "name", "role", "email", "phone", "wecom", "feishu", "channels", "manager", "team", "region",
    "timezone", "locale", "joined_at", "absent_from", "absent_to", "delegate",
)  # fmt: skip
REP_ROLES = ("rep", "manager")


class BadRow(ValueError):
    """A row that cannot be taken. Its text is one line: every reason, each with its column and value."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        """One by one: `tier: "god" is not one of ...`."""


@dataclass(frozen=True)
class AttributeType:
    """What an attribute of config.yaml takes: text, int, number, bool, date or list, and its closed words."""

    type: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """What cells may say: words by column, own attributes, kinds of dates, and what blanks stand for."""

    words: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, AttributeType]
    date_kinds: tuple[str, ...]
    timezone: str
    locale: str
    country: str
    festivals: tuple[str, ...] = ()
    questions: Mapping[str, AttributeType] = field(default_factory=dict)
    """Questions of the questionnaires, by field: `quality.standing`."""


@dataclass(frozen=True)
class LeadEntry:
    """A lead as a file tells it: columns of the lead, attributes, dates by kind; only those the file has."""

    id: str
    values: Mapping[str, object]
    attrs: Mapping[str, object] = field(default_factory=dict)
    dates: Mapping[str, LifeDate | None] = field(default_factory=dict)
    company: str | None = None


@dataclass(frozen=True)
class RepEntry:
    """A rep as a file tells it."""

    id: str
    values: Mapping[str, object]


Cell = Callable[[str], object]


def lead_columns(terms: Terms) -> tuple[str, ...]:
    """Every column that a file of leads may have."""
    dates = tuple(f"date.{kind}" for kind in terms.date_kinds)
    return LEAD_COLUMNS + dates + tuple(f"attrs.{name}" for name in terms.attributes) + tuple(terms.questions)


def lead_entry(row: Mapping[str, str], terms: Terms) -> LeadEntry:
    """Read one row of leads. BadRow names every cell that is wrong."""
    zone_name, country = zone_of(row, terms), _country_of(row, terms)
    read = read_cells(row, lambda column: _lead_cell(column, terms, zone_name, country), required=("id", "name"))
    attrs = _taken_out(read, "attrs.") | {column: read.pop(column) for column in terms.questions if column in read}
    dates = {kind: _date_or_none(found) for kind, found in _taken_out(read, "date.").items()}
    company = read.pop("company", None)
    if company and not read.get("account"):
        read["account"] = company
    _fill_blanks(read, _blank_leads(terms))
    if (read.get("lat") is None) != (read.get("lon") is None):
        raise BadRow("lat, lon: one without the other is no place")
    return LeadEntry(str(read.pop("id")), read, attrs, dates, None if company is None else str(company))


def rep_entry(row: Mapping[str, str], terms: Terms) -> RepEntry:
    """Read one row of reps. BadRow names every cell that is wrong."""
    zone_name = zone_of(row, terms)
    read = read_cells(row, lambda column: _rep_cell(column, zone_name, terms.country), required=("id", "name"))
    _fill_blanks(read, {"role": "rep", "timezone": terms.timezone, "locale": terms.locale})
    return RepEntry(str(read.pop("id")), read)


def zone_of(row: Mapping[str, str], terms: Terms) -> str:
    """The zone in which the row's wall times are read: its own, else the configured one."""
    try:
        return cells.timezone(row.get("timezone", "").strip() or terms.timezone)
    except ValueError:
        return terms.timezone  # the cell itself is reported with the others


def _country_of(row: Mapping[str, str], terms: Terms) -> str:
    """The country whose numbers the row's telephone is one of, if it does not say: its own, else the configured one."""
    try:
        return cells.country(row.get("country", "").strip() or terms.country)
    except ValueError:
        return terms.country  # the cell itself is reported with the others


def read_cells(row: Mapping[str, str], cell_of: Callable[[str], Cell], required: Sequence[str]) -> dict[str, object]:
    """Every cell of the row read, blanks as None. BadRow with all reasons."""
    read: dict[str, object] = {}
    reasons: list[str] = []
    for column, raw in row.items():
        text = raw.strip()
        try:
            read[column] = cell_of(column)(text) if text else None
        except ValueError as error:
            reasons.append(f"{column}: {error}")
    reasons += [f"{column}: is missing" for column in required if not row.get(column, "").strip()]
    if reasons:
        raise BadRow(*reasons)
    return read


_LEAD_CELLS: Mapping[str, Cell] = {
    "id": cells.identifier,
    "account": cells.identifier,
    "owner": cells.identifier,
    "email": addresses.email,
    "channels": cells.names,
    "timezone": cells.timezone,
    "locale": cells.locale,
    "country": cells.country,
    "region": cells.region,
    "company": lambda text: cells.identifier(cells.plain_text(text)),
    "contacts": cells.count,
    "key": cells.yes_or_no,
    "confidential": cells.yes_or_no,
    "unsubscribed": cells.yes_or_no,
    "hope": cells.long_text,
    "lat": cells.latitude,
    "lon": cells.longitude,
}
_REP_CELLS: Mapping[str, Cell] = {
    "id": cells.identifier,
    "manager": cells.identifier,
    "delegate": cells.identifier,
    "role": lambda text: cells.word(text, REP_ROLES),
    "email": addresses.email,
    "channels": cells.names,
    "region": cells.region,
    "timezone": cells.timezone,
    "locale": cells.locale,
    "absent_from": cells.civil_day,
    "absent_to": cells.civil_day,
}
_ATTRIBUTE_CELLS: Mapping[str, Cell] = {
    "text": cells.plain_text,
    "int": cells.whole,
    "number": cells.number,
    "bool": cells.yes_or_no,
    "date": cells.civil_day,
    "list": cells.texts,
}


def _lead_cell(column: str, terms: Terms, zone_name: str, country: str) -> Cell:
    if column in terms.questions:
        return _attribute_cell(terms.questions[column])
    if column.startswith("attrs."):
        return _attribute_cell(terms.attributes[column.removeprefix("attrs.")])
    if column.startswith("date."):
        return parse_life_date
    if column.endswith("_at"):
        return lambda text: cells.moment(text, zone_name)
    if column == "phone":
        return lambda text: addresses.phone(text, country)
    if column == "observances":
        return lambda text: cells.several(text, terms.festivals, "festival")
    if column in terms.words:
        return lambda text: cells.word(text, terms.words[column])
    return _LEAD_CELLS.get(column, cells.plain_text)


def _rep_cell(column: str, zone_name: str, country: str) -> Cell:
    if column == "phone":
        return lambda text: addresses.phone(text, country)
    if column == "joined_at":
        return lambda text: cells.moment(text, zone_name)
    return _REP_CELLS.get(column, cells.plain_text)


def _attribute_cell(declared: AttributeType) -> Cell:
    read = _ATTRIBUTE_CELLS[declared.type]
    if not declared.words:
        return read

    def closed(text: str) -> object:
        found = read(text)
        for part in found if isinstance(found, list) else [str(found)]:
            cells.word(part, declared.words)
        return found

    return closed


def _blank_leads(terms: Terms) -> dict[str, object]:
    """What a blank cell of a column that cannot be empty stands for."""
    return {
        "channels": [], "status": terms.words["status"][0], "country": terms.country,
        "timezone": terms.timezone, "locale": terms.locale, "key": False, "confidential": False,
        "unsubscribed": False,
    }  # fmt: skip


def _fill_blanks(read: dict[str, object], defaults: Mapping[str, object]) -> None:
    for column, default in defaults.items():
        if column in read and read[column] is None:
            read[column] = default


def _taken_out(read: dict[str, object], prefix: str) -> dict[str, object]:
    """The columns of that prefix, without it, removed from `read`."""
    found = [column for column in read if column.startswith(prefix)]
    return {column.removeprefix(prefix): read.pop(column) for column in found}


def _date_or_none(found: object) -> LifeDate | None:
    return found if isinstance(found, LifeDate) else None
