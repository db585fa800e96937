"""What is wrong with rows that somebody wrote past followup, or that outlived a zone or a word of config.yaml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Float,
    Integer,
    Table,
    and_,
    false,
    literal_column,
    not_,
    or_,
    select,
    text,
    true,
    tuple_,
)

from engine.domain.civil import is_zone
from engine.domain.dates import LifeDate, is_a_day
from engine.domain.keys import SHARDS
from engine.domain.words import Action, Audience
from engine.store.aside.shapes import Shape, ill_typed, wrong_json
from engine.store.book.planning import STATUS_GONE
from engine.store.facts.dirty import chunks
from engine.store.ledger import delivery, occasion, touch
from engine.store.queued import IS_QUEUED
from engine.store.tables import attribute_day, date_record, interaction, lead, opportunity, record, rep

_LARGEST = 1e300
_UNDER_WAY = text("delivery.state IN ('pending', 'claimed', 'sending')")


class Malformed(NamedTuple):
    """A field that cannot be read: table, id and column, without what stands there."""

    kind: str
    row: str
    field: str
    lead: str
    touch: int | None
    problem: str

    @property
    def told(self) -> str:
        """In words, with ids only."""
        return malformed_line(self._asdict())


def malformed_line(row: Mapping[str, Any]) -> str:
    """What is wrong with a row, by the columns in which it is kept."""
    whose = "" if row["kind"] in ("lead", "rep") else f" of {row['lead'] or 'a schedule'}"
    return f"{row['kind']} {row['row']}{whose}: {row['field']} {PROBLEMS[row['problem']]}"


PROBLEMS = {
    "zone": "is no time zone; use a name like Asia/Shanghai",
    "day": "is no day; write it like 2026-02-28",
    "date": "is a day that no calendar has",
    "word": "is a word that config.yaml and followup do not know",
    "json": "cannot be read",
    "number": "is no number to reckon with",
    "shard": f"is not one of 0 to {SHARDS - 1}",
}
"""What is wrong, by the word that is stored."""


class _Facts(NamedTuple):
    """A table whose rows are about leads."""

    table: Table
    lead: ColumnElement[Any]
    ident: ColumnElement[Any]
    touch: ColumnElement[Any] | None = None
    which: ColumnElement[bool] = true()


_LEAD = _Facts(lead, lead.c.id, lead.c.id)
_TOUCH = _Facts(touch, touch.c.lead, touch.c.id, touch.c.id, IS_QUEUED)
"""What went long ago is not looked at: nobody reads it again to send something."""
_DELIVERY = _Facts(delivery, delivery.c.lead, delivery.c.id, delivery.c.touch, _UNDER_WAY)  # type: ignore[arg-type]
_DATES = _Facts(date_record, date_record.c.lead, date_record.c.id, None, ~date_record.c.gone)
_RECORDS = _Facts(record, record.c.lead, record.c.id, None, ~record.c.gone)
_DEALS = _Facts(opportunity, opportunity.c.lead, opportunity.c.id)
_TALKS = _Facts(interaction, interaction.c.lead, interaction.c.id)
_DAYS = _Facts(attribute_day, attribute_day.c.lead, attribute_day.c.lead + " " + attribute_day.c.name)
_OCCASIONS = _Facts(
    occasion, occasion.c.lead, occasion.c.rule + " " + occasion.c.anchor, None, occasion.c.ended_at.is_(None)
)
_REP = _Facts(rep, literal_column("''"), rep.c.id)

_ZONES = ((_LEAD, "timezone"), (_DELIVERY, "timezone"))
_ISO_DAYS = (
    (_LEAD, "back_on"), (_RECORDS, "ends_on"), (_RECORDS, "due_on"), (_DEALS, "expected_close_on"),
    (_DAYS, "day_on"), (_OCCASIONS, "occurs_on"), (_TOUCH, "day_on"),
)  # fmt: skip
_WORDS: tuple[tuple[_Facts, str, tuple[str, ...]], ...] = (
    (_TOUCH, "action", tuple(Action)), (_TOUCH, "audience", tuple(Audience)),
    (_DELIVERY, "audience", tuple(Audience)), (_DATES, "calendar", ("solar", "lunar")),
)  # fmt: skip
_TYPED = (_LEAD, _DATES, _RECORDS, _DEALS, _TALKS, _OCCASIONS, _TOUCH, _DELIVERY)
_SHAPES = (
    (_LEAD, "channels", Shape("array")), (_LEAD, "attrs", Shape("object")),
    (_LEAD, "observances", Shape("array", optional=True)),
    (_LEAD, "portrait_missing", Shape("array", optional=True)), (_TOUCH, "via", Shape("array")),
    (_TOUCH, "passed_over", Shape("object", optional=True)), (_TOUCH, "changed", Shape("object", optional=True)),
    (_DELIVERY, "headers", Shape("object", optional=True)), (_DELIVERY, "appointment", Shape("object", optional=True)),
)  # fmt: skip

Leads = Sequence[str] | None


def malformed(connection: Connection, statuses: Sequence[str], leads: Leads = None) -> Iterator[Malformed]:
    """Everything about these leads that cannot be read (None: about anybody), by walks along whole tables.

    `statuses` are those of config.yaml.
    """
    for facts, field in _ZONES:
        yield from _distinct(connection, facts, field, is_zone, "zone", leads)
    for facts, field in _ISO_DAYS:
        yield from _distinct(connection, facts, field, _is_day, "day", leads)
    for facts, field, words in (*_WORDS, (_LEAD, "status", (*statuses, STATUS_GONE))):
        yield from _where(connection, facts, field, facts.table.c[field].not_in(words), "word", leads)
    yield from _where(connection, _LEAD, "shard", not_(lead.c.shard.between(0, SHARDS - 1)), "shard", leads)
    yield from _impossible_dates(connection, leads)
    for facts, field, shape in _SHAPES:
        yield from _where(connection, facts, field, wrong_json(connection, facts.table.c[field], shape), "json", leads)
    for facts in _TYPED:
        yield from _of_other_types(connection, facts, leads)


def malformed_reps(connection: Connection) -> Iterator[Malformed]:
    """The same of reps, whom many leads hang on: they are mended before anything goes on."""
    yield from _distinct(connection, _REP, "timezone", is_zone, "zone", None)
    yield from _where(connection, _REP, "channels",
                      wrong_json(connection, rep.c.channels, Shape("array", optional=True)), "json", None)  # fmt: skip
    yield from _of_other_types(connection, _REP, None)


def _distinct(
    connection: Connection, facts: _Facts, field: str, is_right: Callable[[Any], bool], problem: str, leads: Leads
) -> Iterator[Malformed]:
    """Columns of few values: each is looked at once, however many rows have it."""
    column = facts.table.c[field]
    query = select(column).where(column.is_not(None), facts.which, _theirs(facts, leads)).distinct()
    wrong = [value for value in connection.execute(query).scalars() if not is_right(value)]
    for some in chunks(wrong):
        yield from _where(connection, facts, field, column.in_(some), problem, leads)


def _impossible_dates(connection: Connection, leads: Leads) -> Iterator[Malformed]:
    c = date_record.c
    parts = (c.calendar, c.year, c.month, c.day, c.leap)
    query = select(*parts).where(_DATES.which, _theirs(_DATES, leads)).distinct()
    wrong = [tuple(row) for row in connection.execute(query) if not is_a_day(LifeDate(*row))]
    for calendar, year, month, day, leap in wrong:
        same = and_(tuple_(c.calendar, c.month, c.day, c.leap) == tuple_(calendar, month, day, leap),
                    c.year.is_(None) if year is None else c.year == year)  # fmt: skip
        yield from _where(connection, _DATES, "month", same, "date", leads)


def _of_other_types(connection: Connection, facts: _Facts, leads: Leads) -> Iterator[Malformed]:
    """Numbers that are none. Only SQLite takes what is of another type than its column."""
    checks = {column.name: _no_number(connection, column) for column in facts.table.c if _is_number(column)}
    query = _rows(facts, or_(false(), *checks.values()), leads).add_columns(*checks.values())
    for lead_id, ident, touch_id, *wrong in connection.execute(query):
        for field, is_wrong in zip(checks, wrong, strict=True):
            if is_wrong:
                yield Malformed(facts.table.name, str(ident), field, lead_id, touch_id, "number")


def _is_number(column: ColumnElement[Any]) -> bool:
    return isinstance(column.type, (Integer, BigInteger, Float, Boolean))


def _no_number(connection: Connection, column: Any) -> ColumnElement[bool]:
    if isinstance(column.type, Float):
        out_of_reach = and_(column.is_not(None), not_(and_(column > -_LARGEST, column < _LARGEST)))
        return or_(ill_typed(connection, column), out_of_reach)
    return ill_typed(connection, column)


def _where(
    connection: Connection, facts: _Facts, field: str, wrong: ColumnElement[bool], problem: str, leads: Leads
) -> Iterator[Malformed]:
    for lead_id, ident, touch_id in connection.execute(_rows(facts, wrong, leads)):
        yield Malformed(facts.table.name, str(ident), field, lead_id, touch_id, problem)


def _rows(facts: _Facts, wrong: ColumnElement[bool], leads: Leads) -> Any:
    touch_id = literal_column("NULL") if facts.touch is None else facts.touch
    query = select(facts.lead.label("of_lead"), facts.ident.label("ident"), touch_id.label("touch_id"))
    return query.select_from(facts.table).where(facts.which, _theirs(facts, leads), wrong).order_by(facts.ident)


def _theirs(facts: _Facts, leads: Leads) -> ColumnElement[bool]:
    return true() if leads is None else facts.lead.in_(leads)


def _is_day(day: Any) -> bool:
    try:
        return bool(date.fromisoformat(day).isoformat() == day)
    except (ValueError, TypeError):
        return False
