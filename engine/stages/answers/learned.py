"""What a rep learned about a customer, written down in the caller's transaction by the acts that anybody uses."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain import cells
from engine.domain.civil import day_start
from engine.ground.errors import UsageError
from engine.stages import acts
from engine.stages.answers.means import Means
from engine.stages.answers.replies import FIELDS, Appointment, Dated, Happened, NewAddress, News
from engine.stages.events import write_event
from engine.stages.known import known_lead, known_word
from engine.store.database import Connection
from engine.store.facts.circumstances import Happening
from engine.store.facts.dirty import Stamp


def learn(connection: Connection, means: Means, lead_id: str, news: Sequence[News], stamp: Stamp) -> tuple[str, ...]:
    """Write it all down; a word for each. UsageError says what does not fit, Refused which gate objects."""
    return tuple(_learn(connection, means, lead_id, one, stamp) for one in news)


def _learn(connection: Connection, means: Means, lead_id: str, one: News, stamp: Stamp) -> str:
    match one:
        case Happened():
            write_event(connection, means.settings, means.gates, _happening(connection, lead_id, one, stamp), stamp)
            return one.kind
        case Dated():
            cell = {f"date.{one.kind}": one.when}
            acts.write_fields(connection, means.settings, means.gates, lead_id, cell, stamp)
            return one.kind
        case NewAddress():
            known_word("address", one.field, FIELDS)
            if not one.value.strip():
                raise UsageError(f"the new {one.field} is empty")
            acts.write_fields(connection, means.settings, means.gates, lead_id, {one.field: one.value}, stamp)
            return one.field
        case Appointment():
            acts.write_appointment(connection, means.settings, lead_id, one.text, one.note, stamp)
            return "appointment"


def _happening(connection: Connection, lead_id: str, one: Happened, stamp: Stamp) -> Happening:
    zone = str(known_lead(connection, lead_id)["timezone"])
    try:
        starts_at = stamp.now if one.day is None else day_start(one.day, zone)
    except ValueError as error:
        raise UsageError(f'"{one.day}" is no date of this calendar') from error
    try:
        attrs = {"note": cells.long_text(one.note)} if one.note else {}
    except ValueError as error:
        raise UsageError(f"note: {error}") from error
    return Happening("", one.kind, starts_at, lead=lead_id, attrs=attrs)
