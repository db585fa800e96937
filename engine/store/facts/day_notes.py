"""What a rep says of his day: what stood in his way, and what he does about it. One note a rep and civil day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, select, update

from engine.store.many import insert_ignore
from engine.store.web_tables import day_note


@dataclass(frozen=True)
class DayNote:
    """Of that rep and his civil day; either text may be empty."""

    rep: str
    day_on: str
    problems: str
    measures: str


def write_day_note(connection: Connection, note: DayNote, now: int) -> None:
    """Keep it in place of what he said of that day before. `now`: seconds UTC."""
    values = asdict(note) | {"written_at": now}
    if not insert_ignore(connection, day_note, [values]):
        his = day_note.c.rep == note.rep, day_note.c.day_on == note.day_on
        connection.execute(update(day_note).where(*his).values(values))


def day_notes(connection: Connection, day: date, reps: Collection[str] | None = None) -> list[DayNote]:
    """Those of that day that say anything, by rep; of these reps alone (None: of all)."""
    columns = (day_note.c[name] for name in DayNote.__dataclass_fields__)
    query = select(*columns).where(day_note.c.day_on == day.isoformat()).order_by(day_note.c.rep)
    if reps is not None:
        query = query.where(day_note.c.rep.in_(reps))
    return [note for row in connection.execute(query) if (note := DayNote(*row)).problems or note.measures]
