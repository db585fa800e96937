"""Values of another database: as cells of an import, and as JSON that can be asked for again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from engine.domain.civil import zone
from engine.domain.people import Terms

_INSTANTS = ("at", "starts")
_DAYS = ("ends_on", "due_on", "expected_close")
_AHEAD = 86_400
"""How far a watermark may be ahead of our clock, in seconds: theirs may be wrong by some hours, not by years."""


def cell_of(value: object, column: str, zone_name: str, terms: Terms) -> str:
    """The value as an import of that column of ours would write it. Instants without a zone are of `zone_name`.

    ValueError: it is of a kind that no cell can hold.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() | Decimal():
            return _decimal(Decimal(str(value)))
        case datetime():
            return _moment(value, column, zone_name, terms)
        case str():
            return _text(value, column, zone_name, terms)
        case date() | int() | UUID():
            return str(value)
        case list() | tuple():
            return "; ".join(map(str, value))
        case _:
            raise ValueError(f"holds {type(value).__name__}, which is no text, number or date")


def _decimal(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(text: str, column: str, zone_name: str, terms: Terms) -> str:
    """SQLite keeps instants as text."""
    if not _is_day(column, terms) and not _is_instant(column):
        return text
    try:
        return _moment(datetime.fromisoformat(text.strip()), column, zone_name, terms) if len(text) > 10 else text
    except ValueError:
        return text  # the cell itself says what is wrong with it


def _moment(value: datetime, column: str, zone_name: str, terms: Terms) -> str:
    if _is_day(column, terms):
        local = value if value.tzinfo is None else value.astimezone(zone(zone_name))
        return local.date().isoformat()
    return _aware(value, zone_name).isoformat()


def _aware(value: datetime, zone_name: str) -> datetime:
    return value if value.tzinfo is not None else value.replace(tzinfo=zone(zone_name))


def _is_instant(column: str) -> bool:
    return column.endswith("_at") or column in _INSTANTS


def _is_day(column: str, terms: Terms) -> bool:
    if column.startswith("attrs."):
        return terms.attributes[column.removeprefix("attrs.")].type == "date"
    return column.startswith("date.") or column in _DAYS


def key_text(value: object) -> str:
    """A key of theirs as we keep it."""
    return _decimal(value) if isinstance(value, Decimal) else str(value)


def mark_of(value: object) -> list[str | int] | None:
    """A value as JSON with its kind; None where it is of none that can be asked for again."""
    match value:
        case bool():
            return None
        case int():
            return ["int", value]
        case str():
            return ["text", value]
        case datetime():
            return ["instant", value.isoformat()]
        case date():
            return ["day", value.isoformat()]
        case Decimal() | float():
            return ["number", _decimal(Decimal(str(value)))]
        case UUID():
            return ["uuid", str(value)]
        case _:
            return None


def value_of(mark: list[str | int]) -> object:
    """The value that was kept by `mark_of`."""
    kind, told = mark
    text = str(told)
    match kind:
        case "instant":
            return datetime.fromisoformat(text)
        case "day":
            return date.fromisoformat(text)
        case "number":
            return Decimal(text)
        case "uuid":
            return UUID(text)
        case _:
            return told


def looking_back(value: object, seconds: int) -> object:
    """Where a pull begins to read: some time before the watermark if it is an instant, else at it."""
    if isinstance(value, datetime):
        return value - timedelta(seconds=seconds)
    if isinstance(value, str) and (at := _instant_in(value)) is not None:
        return (at - timedelta(seconds=seconds)).isoformat(sep=value[10])[: len(value)]
    return value


def is_ahead(value: object, zone_name: str, now: int) -> bool:
    """Whether a watermark lies in a future that no clock of theirs can have reached: it must not hide later changes."""
    at = _instant_in(value) if isinstance(value, str) else value
    if isinstance(at, datetime):
        return _aware(at, zone_name) > datetime.fromtimestamp(now + _AHEAD, UTC)
    if isinstance(at, date):
        return at > datetime.fromtimestamp(now + _AHEAD, zone(zone_name)).date()
    return False


def _instant_in(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else None
    except ValueError:
        return None
